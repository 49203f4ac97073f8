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

use std::{panic::resume_unwind, sync::Arc};

use anyhow::Context as _;
use tokio::sync::Semaphore;

/// Browsers at a time: each takes a processor.
static ROOM: Semaphore = Semaphore::const_new(2);

/// What one test works with.
pub struct Site {
    /// A service with a tenant.
    pub installation: Installation,
    /// A browser, signed in as Ada.
    pub browser: Browser,
}

/// Runs a test with a service and a browser of its own; where one of them cannot be had, it says so and runs nothing.
///
/// # Panics
/// If the test fails or panics, and when something is missing although `PLINTH_BROWSER_REQUIRED` is set.
pub async fn test<T: Future<Output = anyhow::Result<()>> + Send + 'static>(test: impl FnOnce(Arc<Site>) -> T) {
    let missing = match (installation::servers(), driver::program()) {
        (None, _) => "Postgres and nats-server: run ./dev test",
        (_, None) => "chromium and chromedriver",
        _ => return run(test).await.unwrap_or_else(|error| panic!("{error:#}")),
    };
    assert!(std::env::var_os("PLINTH_BROWSER_REQUIRED").is_none(), "this needs {missing}");
    println!("skipped: this needs {missing}");
}

async fn run<T: Future<Output = anyhow::Result<()>> + Send + 'static>(
    test: impl FnOnce(Arc<Site>) -> T,
) -> anyhow::Result<()> {
    let _room = ROOM.acquire().await?;
    let installation = Installation::start().await?;
    let driver = driver::Driver::start().await?;
    let browser = Browser::open(&driver, &installation.address).await?;
    let site = Arc::new(Site { installation, browser });
    let outcome = match site.browser.sign_in(&site.installation.ada).await {
        Ok(()) => tokio::spawn(test(Arc::clone(&site))).await,
        Err(error) => Ok(Err(error)),
    };
    if !matches!(outcome, Ok(Ok(()))) {
        println!("the page at the end:\n{}", site.browser.told().await.unwrap_or_default());
    }
    // also when the test failed: what is not ended here stays for ever
    let Site { installation, browser } = Arc::into_inner(site).context("a test keeps its site")?;
    browser.close().await?;
    driver.end().await?;
    installation.end().await?;
    outcome.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
