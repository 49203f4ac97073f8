//! The `plinth` program: subcommands only.

use clap::Parser;
use plinth::cli::Cli;

/// Much is allocated for every command, and freed by another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    Cli::parse().run()
}
