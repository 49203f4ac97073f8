//! Tries Plinth's web pages in a real browser: a service of its own for each test, and a Chromium that looks at it.
//!
//! Knows Plinth only from outside: its program, its commands over NATS, its pages.

mod audit;
mod browser;
mod devtools;
mod driver;
mod installation;

pub use self::{
    browser::{Browser, keys},
    installation::{Installation, Person},
};

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt as _;
use tokio::sync::Semaphore;

/// Browsers at a time: each takes a processor.
static ROOM: Semaphore = Semaphore::const_new(2);

/// Runs a test with a service of its own, which has a tenant, and a browser, signed in as Ada. Where one of them cannot be
/// had, it says so and runs nothing.
///
/// # Panics
/// If the test fails or panics, and when something is missing although `PLINTH_BROWSER_REQUIRED` is set.
pub async fn test(test: impl AsyncFnOnce(&Installation, &Browser) -> anyhow::Result<()>) {
    let missing = match (installation::servers(), driver::program()) {
        (None, _) => "Postgres and nats-server: run ./dev test",
        (_, None) => "chromium and chromedriver",
        _ => return run(test).await.unwrap_or_else(|error| panic!("{error:#}")),
    };
    assert!(std::env::var_os("PLINTH_BROWSER_REQUIRED").is_none(), "this needs {missing}");
    println!("skipped: this needs {missing}");
}

async fn run(test: impl AsyncFnOnce(&Installation, &Browser) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let _room = ROOM.acquire().await?;
    let installation = Installation::start().await?;
    let driver = driver::Driver::start().await?;
    let browser = Browser::open(&driver, &installation.address).await?;
    let outcome = match browser.sign_in(&installation.ada).await {
        Ok(()) => AssertUnwindSafe(test(&installation, &browser)).catch_unwind().await,
        Err(error) => Ok(Err(error)),
    };
    if !matches!(outcome, Ok(Ok(()))) {
        println!("the page at the end:\n{}", browser.told().await.unwrap_or_default());
    }
    // also when the test failed: what is not ended here stays for ever
    browser.close().await?;
    driver.end().await?;
    installation.end().await?;
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}
