//! The `plinth` program: subcommands only.

use clap::Parser;
use plinth::cli::Cli;

fn main() -> std::process::ExitCode {
    Cli::parse().run()
}
