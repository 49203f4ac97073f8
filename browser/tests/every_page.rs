//! What holds for every page, wide and narrow, light and dark: nothing keeps anybody out, nothing sticks out, the browser
//! complains about nothing, and nothing comes from another host.

use plinth_browser::{Browser, test};

use crate::{
    dashboard::change,
    sample::{self, SHOWN_JOB},
};

const WIDE: u32 = 1_280;
/// The same at 200 %.
const ZOOMED: u32 = 640;
/// That of a telephone.
const NARROW: u32 = 390;
const FORMS: [(&str, u32); 5] =
    [("light", WIDE), ("light", ZOOMED), ("light", NARROW), ("dark", WIDE), ("dark", NARROW)];

#[tokio::test]
async fn the_dashboard_and_what_is_around_it_can_be_used_by_everybody() {
    test(async |site, page| {
        sample::fill(site).await?;
        let mut found = Found::default();
        for path in
            ["/dashboard", "/dashboard?scope=default", "/dashboard/history", "/dashboard/reset", "/about/licenses"]
        {
            found.look_at(page, path).await?;
        }
        page.go("/dashboard/edit").await?;
        page.press("#settings-news").await?;
        page.wait_for(".widget-settings").await?;
        found.look_around(page, "settings of a widget").await?;
        page.go("/dashboard/edit?seen=0").await?;
        page.wait_for("#changed:not([hidden])").await?;
        found.look_around(page, "news of a layout").await?;
        page.press("#settings-news").await?;
        page.fill("config/text", "Mine.").await?;
        change(page, "button[name=configure]").await?;
        page.press("#save").await?;
        page.wait_for(".conflicts").await?;
        // browsers complain of every answer that says so
        let complaints = page.faults().await?;
        anyhow::ensure!(complaints.iter().all(|complaint| complaint.contains("409 (Conflict)")), "{complaints:?}");
        found.look_around(page, "what two people changed").await?;
        page.press(".account summary").await?;
        found.look_around(page, "the open menu").await?;
        page.press("form[action='/logout'] button").await?;
        page.wait_for("input[name=key]").await?;
        found.look_around(page, "signing in").await?;
        found.nothing()
    })
    .await;
}

#[tokio::test]
async fn the_documentation_of_the_api_can_be_used_by_everybody() {
    test(async |_, page| {
        let mut found = Found::default();
        found.look_at(page, "/api/docs").await?;
        found.nothing()
    })
    .await;
}

#[tokio::test]
async fn the_pages_about_metrics_can_be_used_by_everybody() {
    test(async |site, page| {
        sample::fill(site).await?;
        let mut found = Found::default();
        for path in ["", "?search=none", "/new-metric", "/contacted_recently"] {
            found.look_at(page, &format!("/definitions{path}")).await?;
        }
        for part in ["", "/versions", "/differences", "/sql", "/records", "/history", "/proof", "/edit", "/deprecate"] {
            found.look_at(page, &format!("/definitions/at_risk_customer{part}")).await?;
        }
        found.nothing()
    })
    .await;
}

#[tokio::test]
async fn the_pages_about_jobs_can_be_used_by_everybody() {
    test(async |site, page| {
        sample::fill(site).await?;
        let mut found = Found::default();
        for path in
            ["", "/list", "/list?status=failed", "/new", "/bulk", "/bulk/new", "/pause", &format!("/{SHOWN_JOB}")]
        {
            found.look_at(page, &format!("/jobs{path}")).await?;
        }
        for path in ["", "/new-schedule", "/nightly_report", "/nightly_report/edit"] {
            found.look_at(page, &format!("/schedules{path}")).await?;
        }
        found.nothing()
    })
    .await;
}

/// What is wrong with pages.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    async fn look_at(&mut self, page: &Browser, path: &str) -> anyhow::Result<()> {
        page.go(path).await?;
        self.look_around(page, path).await
    }

    /// Looks at the page that is shown in all its forms, and puts the window back.
    async fn look_around(&mut self, page: &Browser, name: &str) -> anyhow::Result<()> {
        for (scheme, width) in FORMS {
            page.prefer(scheme).await?;
            page.resize(width, 900).await?;
            let mut found = page.faults().await?;
            found.extend(page.barriers().await?);
            self.0.extend(found.into_iter().map(|fault| format!("{name}, {scheme}, {width} wide: {fault}")));
        }
        page.resize(WIDE, 900).await
    }

    fn nothing(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.0.is_empty(), "{}", self.0.join("\n"));
        Ok(())
    }
}
