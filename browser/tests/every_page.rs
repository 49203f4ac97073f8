//! What holds for every page, wide and narrow, light and dark: nothing keeps anybody out, nothing sticks out, the browser
//! complains about nothing, and nothing comes from another host.

use plinth_browser::{Browser, test};

use crate::sample;

/// A window, one at 200 % zoom, and a telephone.
const WIDTHS: [u32; 3] = [1_280, 640, 390];

#[tokio::test]
async fn the_dashboard_and_what_is_around_it_can_be_used_by_everybody() {
    test(async |site| {
        let page = &site.browser;
        sample::fill(&site).await?;
        let mut found = Found::default();
        for path in ["/dashboard", "/dashboard?scope=default", "/dashboard/history", "/dashboard/reset", "/about/licenses"] {
            found.look_at(page, path).await?;
        }
        found.look_at(page, "/api/docs").await?;
        page.go("/dashboard/edit").await?;
        page.press("#settings-news").await?;
        page.wait_for(".widget-settings").await?;
        found.look_around(page, "settings of a widget").await?;
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
async fn the_pages_about_metrics_can_be_used_by_everybody() {
    test(async |site| {
        let page = &site.browser;
        sample::fill(&site).await?;
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
        for scheme in ["light", "dark"] {
            page.prefer(scheme).await?;
            for width in WIDTHS {
                page.resize(width, 900).await?;
                let faults = page.faults().await?;
                self.0.extend(faults.into_iter().map(|fault| format!("{name}, {scheme}, {width} wide: {fault}")));
            }
        }
        page.resize(WIDTHS[0], 900).await
    }

    fn nothing(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.0.is_empty(), "{}", self.0.join("\n"));
        Ok(())
    }
}
