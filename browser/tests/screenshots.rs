//! Pictures of the pages, for the documentation: written to `docs/images` when `UPDATE_SCREENSHOTS` is set. Without it,
//! only whether there is a page to take a picture of. And how soon the first thing shows.

use std::path::Path;

use plinth_browser::{Browser, test};

use crate::{
    dashboard::change,
    sample::{self, SHOWN_JOB},
};

const IMAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images");
/// First paint of the dashboard on a machine with nothing else to do: 300 ms. Those of tests have.
const FIRST_PAINT_MS: f64 = 2_000.0;

const METRIC: &str = "/definitions/at_risk_customer";

#[tokio::test]
async fn pictures_of_the_pages_are_taken() {
    test(async |site, page| {
        sample::fill(site).await?;
        let pages = [
            ("metric", METRIC.to_owned(), ".timeline-bars .bar"),
            ("metric-editor", format!("{METRIC}/edit"), "[data-formula-builder] select"),
            ("jobs", "/jobs".to_owned(), ".chart-plot"),
            ("job", format!("/jobs/{SHOWN_JOB}"), ".timeline-bars .bar"),
            ("dashboard", "/dashboard".to_owned(), "#widgets .chart"),
        ];
        for (name, path, shown) in pages {
            page.go(&path).await?;
            page.wait_for(shown).await?;
            take_both(page, name).await?;
        }
        take(page, "dashboard-narrow", "light", 390).await?;
        page.resize(1_280, 800).await?;
        page.go("/dashboard/edit").await?;
        change(page, "#down-at_risk_customers").await?;
        page.press("#settings-news").await?;
        page.wait_for(".widget-settings").await?;
        take_both(page, "dashboard-edit").await
    })
    .await;
}

#[tokio::test]
async fn the_dashboard_shows_soon() {
    test(async |site, page| {
        sample::fill(site).await?;
        let mut soonest = f64::INFINITY;
        for _ in 0..5 {
            page.go("/dashboard").await?;
            page.wait_for("#widgets .widget").await?;
            let paint = page.run("return performance.getEntriesByType('paint')[0]?.startTime").await?;
            soonest = soonest.min(paint.as_f64().unwrap_or(f64::INFINITY));
        }
        println!("first paint of the dashboard: {soonest:.0} ms");
        anyhow::ensure!(soonest < FIRST_PAINT_MS, "first paint only after {soonest} ms");
        Ok(())
    })
    .await;
}

/// Takes pictures of the page that is shown, light and dark.
async fn take_both(page: &Browser, name: &str) -> anyhow::Result<()> {
    for scheme in ["light", "dark"] {
        take(page, &format!("{name}-{scheme}"), scheme, 1_280).await?;
    }
    Ok(())
}

async fn take(page: &Browser, name: &str, scheme: &str, width: u32) -> anyhow::Result<()> {
    page.prefer(scheme).await?;
    page.resize(width, 800).await?;
    page.wait_until("return document.fonts.ready.then(() => document.fonts.status)", "loaded").await?;
    let picture = page.picture().await?;
    if std::env::var_os("UPDATE_SCREENSHOTS").is_some() {
        tokio::fs::create_dir_all(IMAGES).await?;
        tokio::fs::write(Path::new(IMAGES).join(format!("{name}.png")), picture).await?;
    }
    Ok(())
}
