//! What the formula of a metric says of records, and what another one would.

use std::{panic::resume_unwind, sync::Arc};

use chrono::{DateTime, Utc};
use plinth_events::{
    Refusal, RefusalCode, TenantId,
    json::Record,
    names::Code,
    query::{
        KnownAt,
        evaluate::{EvaluateMetric, MetricEvaluation, MetricPreview, PreviewMetric},
        metric::MetricRow,
    },
};
use plinth_formula::{Catalogue, Evaluation, Verdict};

use super::{Queries, QueryError, or_now};
use crate::{
    evaluation::{Changes, Terms, summary, verdict},
    formulas::{Understood, catalogue, computable, diff, understand},
};

impl Queries {
    /// What a metric says of records.
    pub async fn metric_evaluation(
        &self,
        tenant: TenantId,
        query: &EvaluateMetric,
    ) -> Result<MetricEvaluation, QueryError> {
        let as_of = or_now(query.as_of);
        let version = self.governing(tenant, &query.code, as_of, query.known_at).await?;
        let terms = Terms::new(as_of.into(), query.zone.clone())?;
        let query = query.clone();
        self.compute(move || evaluate(&terms, &version, &query)).await
    }

    /// What another formula would say of records.
    pub async fn metric_preview(&self, tenant: TenantId, query: &PreviewMetric) -> Result<MetricPreview, QueryError> {
        let as_of = or_now(query.as_of);
        let version = self.governing(tenant, &query.code, as_of, query.known_at).await?;
        let terms = Terms::new(as_of.into(), query.zone.clone())?;
        // what the formula would mean if it were defined now
        let declared = self.declared_fields(tenant, None).await?;
        let declared = catalogue(&declared.fields, declared.undeclared);
        let query = query.clone();
        self.compute(move || preview(&terms, &version, &declared, &query)).await
    }

    async fn governing(
        &self,
        tenant: TenantId,
        code: &Code,
        as_of: DateTime<Utc>,
        known_at: Option<KnownAt>,
    ) -> Result<MetricRow, QueryError> {
        Ok(self.history(tenant, code, known_at).await?.as_of(as_of)?)
    }

    /// Runs what takes a processor for itself beside the threads that wait for messages, no more of it at a time than
    /// there are processors.
    async fn compute<F, A>(&self, work: F) -> Result<A, QueryError>
    where
        F: FnOnce() -> Result<A, QueryError> + Send + 'static,
        A: Send + 'static,
    {
        // none when the semaphore is closed, which nobody does
        let permit = Arc::clone(&self.processors).acquire_owned().await.ok();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
    }
}

fn evaluate(terms: &Terms, version: &MetricRow, query: &EvaluateMetric) -> Result<MetricEvaluation, QueryError> {
    let evaluator = terms.evaluator(&computable(version)?)?;
    let mut evaluation = evaluator.start();
    let mut verdicts = Vec::new();
    for (place, record) in query.records.iter().enumerate() {
        verdicts.extend(taken_in(&mut evaluation, place, record)?.map(verdict));
    }
    let summary = summary(&evaluation.finish());
    let verdicts = summary.verdicts.is_some().then_some(verdicts);
    Ok(MetricEvaluation { applied: terms.applied(version, query.known_at), verdicts, summary })
}

fn preview(
    terms: &Terms,
    version: &MetricRow,
    declared: &Catalogue,
    query: &PreviewMetric,
) -> Result<MetricPreview, QueryError> {
    let Understood { formula, meaning } = understand(&query.formula, declared)?;
    let (old, new) = (terms.evaluator(&computable(version)?)?, terms.evaluator(&formula)?);
    let (mut old, mut new) = (old.start(), new.start());
    let mut changes = Changes::default();
    for (place, record) in query.records.iter().enumerate() {
        let verdict = taken_in(&mut old, place, record)?;
        changes.count(place as u64 + 1, verdict, taken_in(&mut new, place, record)?);
    }
    let changed = MetricRow { formula: Some(query.formula.clone()), meaning, ..version.clone() };
    let (class, _) = diff(version, &changed);
    Ok(changes.preview(terms.applied(version, query.known_at), class, &old.finish(), &new.finish()))
}

/// The verdict on a record; none of a measure.
fn taken_in(evaluation: &mut Evaluation<'_>, place: usize, record: &Record) -> Result<Option<Verdict>, Refusal> {
    evaluation
        .record(record.as_str())
        .map_err(|error| Refusal::new(RefusalCode::InvalidValue, error.to_string()).at(&format!("/records/{place}")))
}
