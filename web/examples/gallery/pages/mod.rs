//! Pages with sample data: for the gallery, and for the tests that check every page.

mod charts;
mod dashboards;
mod jobs;
mod metrics;
mod parts;
mod schedules;
mod sign_in;

use maud::Markup;
use plinth_web::{
    assets,
    shell::{Person, Section, Shell, Theme, page},
};

/// A page with sample data.
pub struct Sample {
    /// The name of its file.
    pub name: &'static str,
    section: Section,
    body: Markup,
}

impl Sample {
    /// The whole page.
    pub fn render(&self, theme: Theme) -> String {
        let person = Some(Person { name: "Ann Example", tenant_name: "Acme Retail" });
        let shell = Shell { title: self.name, section: self.section, person, flash: None, theme, path: "/" };
        page(&shell, self.body.clone()).into_string()
    }
}

/// Every page.
pub fn all() -> Vec<Sample> {
    let sample = |name, section, body| Sample { name, section, body };
    vec![
        sample("parts", Section::Elsewhere, parts::body()),
        sample("charts", Section::Elsewhere, charts::body()),
        sample("sign-in", Section::Elsewhere, sign_in::form()),
        sample("sign-in-used-link", Section::Elsewhere, sign_in::used_link()),
        sample("nowhere", Section::Elsewhere, sign_in::nowhere()),
        sample("dashboard", Section::Dashboard, dashboards::looking()),
        sample("dashboard-default", Section::Dashboard, dashboards::looking_at_default()),
        sample("dashboard-edit", Section::Dashboard, dashboards::editing()),
        sample("dashboard-conflict", Section::Dashboard, dashboards::conflict()),
        sample("dashboard-settings", Section::Dashboard, dashboards::settings()),
        sample("dashboard-history", Section::Dashboard, dashboards::changes()),
        sample("dashboard-reset", Section::Dashboard, dashboards::reset()),
        sample("metrics", Section::Metrics, metrics::all()),
        sample("metrics-none", Section::Metrics, metrics::none()),
        sample("metric", Section::Metrics, metrics::effective()),
        sample("metric-believed", Section::Metrics, metrics::believed()),
        sample("metric-deprecated", Section::Metrics, metrics::deprecated()),
        sample("metric-versions", Section::Metrics, metrics::all_versions()),
        sample("metric-differences", Section::Metrics, metrics::changes()),
        sample("metric-sql", Section::Metrics, metrics::in_sql()),
        sample("metric-history", Section::Metrics, metrics::happened()),
        sample("metric-proof", Section::Metrics, metrics::proved()),
        sample("metric-records", Section::Metrics, metrics::evaluated()),
        sample("metric-edit", Section::Metrics, metrics::draft()),
        sample("metric-edit-refused", Section::Metrics, metrics::refused()),
        sample("metric-new", Section::Metrics, metrics::new()),
        sample("metric-deprecate", Section::Metrics, metrics::ending()),
        sample("jobs", Section::Jobs, jobs::all()),
        sample("jobs-none", Section::Jobs, jobs::none()),
        sample("jobs-list", Section::Jobs, jobs::listed()),
        sample("jobs-list-none", Section::Jobs, jobs::none_listed()),
        sample("job", Section::Jobs, jobs::running()),
        sample("job-failed", Section::Jobs, jobs::failed()),
        sample("job-blocked", Section::Jobs, jobs::blocked()),
        sample("job-archived", Section::Jobs, jobs::archived()),
        sample("job-cancel", Section::Jobs, jobs::cancelling()),
        sample("job-new", Section::Jobs, jobs::enqueuing()),
        sample("jobs-pause", Section::Jobs, jobs::pausing()),
        sample("bulk", Section::Jobs, jobs::bulk::all()),
        sample("bulk-form", Section::Jobs, jobs::bulk::form()),
        sample("bulk-confirm", Section::Jobs, jobs::bulk::confirm()),
        sample("bulk-action", Section::Jobs, jobs::bulk::running()),
        sample("schedules", Section::Schedules, schedules::all()),
        sample("schedules-none", Section::Schedules, schedules::none()),
        sample("schedule", Section::Schedules, schedules::one()),
        sample("schedule-paused", Section::Schedules, schedules::paused()),
        sample("schedule-form", Section::Schedules, schedules::form()),
        sample("schedule-delete", Section::Schedules, schedules::deleting()),
        sample("licenses", Section::Elsewhere, assets::licenses_page()),
    ]
}
