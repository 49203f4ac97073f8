//! What widgets show. Their configurations say what: `{"metric": "at_risk_customer"}` the definition of a metric,
//! `{"jobs": "counts"}`, `{"jobs": "throughput"}` or `{"jobs": "latency"}` (and for one type of job `"type"`) how jobs are,
//! `{"text": "…"}` a text. Whatever else is there is for an application to show.

use std::collections::{BTreeSet, HashMap};

use plinth_events::{
    TenantId,
    layout::EffectiveWidget,
    names::{Code, JobType},
    query::{
        job::JobStatus,
        job_statistics::{GetJobStatistics, JobStatistics},
        metric::MetricEntry,
    },
    timeline::Standing,
};
use plinth_web::{
    components::{Time, Tone},
    dashboard::{Count, MetricContent, WidgetContent},
    jobs::{charts, routes},
    metrics,
};
use serde_json::{Map, Value};

use crate::http::{problem::Problem, site::Site};

/// Statistics of different types of jobs on one page.
const JOB_TYPES: usize = 10;

/// What all widgets of a layout show.
pub struct Contents {
    metrics: HashMap<Code, MetricEntry>,
    jobs: HashMap<Option<JobType>, JobStatistics>,
}

impl Contents {
    /// Reads what the visible ones ask for.
    pub async fn read(site: &Site, tenant: TenantId, widgets: &[EffectiveWidget]) -> Result<Self, Problem> {
        let configs = widgets.iter().filter(|widget| widget.is_visible).filter_map(|widget| widget.config.as_ref());
        let configs: Vec<_> = configs.map(|config| &config.0).collect();
        let codes: BTreeSet<Code> = configs.iter().filter_map(|config| text(config, "metric")?.parse().ok()).collect();
        let codes: Vec<Code> = codes.into_iter().collect();
        let mut contents = Self { metrics: HashMap::new(), jobs: HashMap::new() };
        if !codes.is_empty() {
            let found = site.queries.metrics_of(tenant, &codes).await?;
            contents.metrics = found.into_iter().map(|entry| (entry.code.clone(), entry)).collect();
        }
        let about_jobs = configs.iter().filter(|config| text(config, "jobs").is_some());
        let types: BTreeSet<Option<JobType>> = about_jobs.filter_map(|config| job_type(config).ok()).collect();
        for job_type in types.into_iter().take(JOB_TYPES) {
            let query = GetJobStatistics { job_type: job_type.clone(), ..GetJobStatistics::default() };
            contents.jobs.insert(job_type, site.queries.job_statistics(tenant, &query).await?);
        }
        Ok(contents)
    }

    /// What a widget with a configuration shows.
    pub fn of(&self, config: &Map<String, Value>) -> WidgetContent {
        if let Some(code) = text(config, "metric") {
            return self.metric(code);
        }
        if let Some(aspect) = text(config, "jobs") {
            return self.jobs(aspect, config);
        }
        text(config, "text").map_or(WidgetContent::Foreign, |text| WidgetContent::Text(text.to_owned()))
    }

    fn metric(&self, code: &str) -> WidgetContent {
        let found = code.parse::<Code>().ok().and_then(|code| self.metrics.get(&code));
        let Some(entry) = found else { return WidgetContent::Missing(format!("There is no metric {code}.")) };
        let tone = match entry.status {
            Standing::Effective => Tone::Good,
            Standing::Scheduled => Tone::Info,
            Standing::Deprecated => Tone::Warning,
            Standing::Withdrawn => Tone::Neutral,
        };
        WidgetContent::Metric(Box::new(MetricContent {
            code: entry.code.to_string(),
            name: entry.name.to_string(),
            sentence: entry.sentence.clone().unwrap_or_default(),
            version: entry.version,
            status: (tone, entry.status.as_str().to_owned()),
            since: Time::at(entry.effective_at.utc()),
            href: metrics::routes::metric(&entry.code),
        }))
    }

    fn jobs(&self, aspect: &str, config: &Map<String, Value>) -> WidgetContent {
        let job_type = match job_type(config) {
            Ok(job_type) => job_type,
            Err(name) => return WidgetContent::Missing(format!("{name} is not the name of a type of jobs.")),
        };
        let Some(statistics) = self.jobs.get(&job_type) else {
            return WidgetContent::Missing(format!("A dashboard shows at most {JOB_TYPES} types of jobs."));
        };
        let id = job_type.as_ref().map_or_else(|| format!("jobs-{aspect}"), |name| format!("jobs-{aspect}-{name}"));
        match aspect {
            "counts" => WidgetContent::Counts(counts(statistics, job_type.as_ref())),
            "throughput" => WidgetContent::Chart(Box::new(charts::throughput(&id, statistics))),
            "latency" => WidgetContent::Chart(Box::new(charts::latency(&id, statistics))),
            other => WidgetContent::Missing(format!("Of jobs there are counts, throughput and latency, not {other}.")),
        }
    }
}

fn counts(statistics: &JobStatistics, job_type: Option<&JobType>) -> Vec<Count> {
    let jobs = statistics.jobs;
    let counts = [
        (JobStatus::Pending, Tone::Neutral, jobs.pending),
        (JobStatus::Processing, Tone::Info, jobs.processing),
        (JobStatus::Completed, Tone::Good, jobs.completed),
        (JobStatus::Failed, Tone::Bad, jobs.failed),
    ];
    let count = |(status, tone, value): (JobStatus, Tone, u64)| Count {
        label: status.as_str().to_owned(),
        tone,
        value,
        href: Some(routes::list(job_type, Some(status))),
    };
    counts.into_iter().map(count).collect()
}

/// Of which type of job; none: of all.
fn job_type(config: &Map<String, Value>) -> Result<Option<JobType>, &str> {
    text(config, "type").map(|name| name.parse().map_err(|_| name)).transpose()
}

fn text<'a>(config: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    config.get(name)?.as_str()
}
