//! Which jobs may start now: pauses, limits to how many run, limits to how fast they start, over all queues that a job is
//! in. A fold of the events of queues and jobs, so it is exact for all workers of all replicas, and a slot is a job that
//! runs: there is none that could leak.

use std::collections::HashMap;

use plinth_events::{
    Event, JobId, Refusal, RefusalCode, TenantId,
    command::job::EnqueueJob,
    event::{
        job::{JobEvent, JobStarted},
        queue::QueueEvent,
        tenant::TenantEvent,
    },
    names::{JobKey, JobType},
    queue::{QueueKey, QueueSettings, RateLimit, queues_of},
    retry::Retry,
    time::Moment,
};

use super::Queue;

/// Buckets are looked through for full ones, which need not be kept, when there are so many.
const BUCKETS_SWEPT: usize = 10_000;

/// What is counted: all jobs of a queue, or those of one tenant, type and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Of which tenant; the installation: of all.
    pub tenant: TenantId,
    /// Of which type; none: of all.
    pub job_type: Option<JobType>,
    /// Of which key; none: of all, and of none.
    pub key: Option<JobKey>,
}

/// A job that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its type.
    pub job_type: JobType,
    /// Its `concurrencyKey`.
    pub key: Option<JobKey>,
}

/// What is known of queues and of the jobs that run.
#[derive(Debug, Clone, Default)]
pub struct Admission {
    queues: HashMap<QueueKey, Queue>,
    running: HashMap<JobId, Running>,
    /// How many jobs run of each scope; none: nobody wants to know.
    counts: Option<HashMap<Scope, u32>>,
    /// When the buckets of the limits of speed will be full, as far as they are not.
    buckets: HashMap<Scope, Moment>,
    /// Buckets from which tokens were taken since [`Admission::take_changed`].
    changed: Vec<Scope>,
}

/// A limit to the jobs of a scope, and the queue that sets it.
struct Limit {
    queue: QueueKey,
    scope: Scope,
    concurrency: Option<u32>,
    rate: Option<RateLimit>,
}

impl Limit {
    fn none(queue: QueueKey, scope: Scope) -> Self {
        Self { queue, scope, concurrency: None, rate: None }
    }
}

impl Running {
    /// The queues that the job is in, the most specific last.
    fn queues(&self) -> [QueueKey; 4] {
        queues_of(self.tenant, &self.job_type)
    }

    /// What it is counted under with all others of its key.
    fn key_scope(&self) -> Option<Scope> {
        let key = Some(self.key.clone()?);
        Some(Scope { tenant: self.tenant, job_type: Some(self.job_type.clone()), key })
    }

    fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.queues().into_iter().map(Scope::of_queue).chain(self.key_scope())
    }
}

impl Scope {
    fn of_queue((tenant, job_type): QueueKey) -> Self {
        Self { tenant, job_type, key: None }
    }
}

impl Admission {
    /// Of queues as they are configured, the jobs that run, and the buckets that are not full.
    pub fn new(
        queues: impl IntoIterator<Item = (QueueKey, Queue)>,
        running: impl IntoIterator<Item = (JobId, Running)>,
        buckets: impl IntoIterator<Item = (Scope, Moment)>,
    ) -> Self {
        let mut admission = Self {
            queues: queues.into_iter().collect(),
            running: running.into_iter().collect(),
            buckets: buckets.into_iter().collect(),
            ..Self::default()
        };
        admission.recount();
        admission
    }

    /// A job with what its queues say of such jobs, where it says nothing itself.
    pub fn with_defaults(&self, tenant: TenantId, mut job: EnqueueJob) -> EnqueueJob {
        if self.queues.is_empty() {
            return job;
        }
        let job_type = job.job_type.clone();
        for settings in self.settings_of(tenant, &job_type) {
            job.max_attempts = job.max_attempts.or(settings.max_attempts);
            job.timeout_seconds = job.timeout_seconds.or(settings.timeout_seconds);
            job.retry = job.retry.or_else(|| settings.retry.clone().map(Retry::from));
        }
        job
    }

    /// What the queues of a job say, the most specific first.
    pub(super) fn settings_of(&self, tenant: TenantId, job_type: &JobType) -> impl Iterator<Item = &QueueSettings> {
        let queues = queues_of(tenant, job_type).into_iter().rev();
        queues.filter_map(|queue| self.queues.get(&queue)).map(|queue| &queue.settings)
    }

    /// Whether a job may be started at a time, or what is in the way.
    pub fn admit(&self, tenant: TenantId, start: &JobStarted, now: Moment) -> Result<(), Refusal> {
        if self.queues.is_empty() {
            return Ok(());
        }
        let run = Running::of(tenant, start);
        let is_paused = |queue: &QueueKey| self.queues.get(queue).is_some_and(|queue| queue.is_paused);
        if let Some(queue) = run.queues().into_iter().find(is_paused) {
            return Err(Refusal::new(RefusalCode::QueuePaused, format!("{} is paused", name(&queue))));
        }
        self.limits(&run).iter().try_for_each(|limit| self.check(limit, now))
    }

    /// The limits that a job is under: those of its queues, and those of its key as the most specific queue gives them.
    fn limits(&self, run: &Running) -> Vec<Limit> {
        let mut limits = Vec::new();
        let mut of_key = run.key_scope().map(|scope| Limit::none(run.queues()[0].clone(), scope));
        for key in run.queues() {
            let Some(Queue { settings, .. }) = self.queues.get(&key) else { continue };
            if let Some(limit) = &mut of_key {
                limit.concurrency = settings.concurrency_per_key.or(limit.concurrency);
                limit.rate = settings.rate_per_key.or(limit.rate);
                limit.queue = key.clone();
            }
            let scope = Scope::of_queue(key.clone());
            limits.push(Limit { queue: key, scope, concurrency: settings.concurrency, rate: settings.rate });
        }
        limits.extend(of_key);
        limits
    }

    fn check(&self, limit: &Limit, now: Moment) -> Result<(), Refusal> {
        let Limit { queue, scope, concurrency, rate } = limit;
        let of_key = scope.key.as_ref().map(|key| format!(" of key {key}")).unwrap_or_default();
        if let Some(most) = concurrency.filter(|most| self.running(scope) >= *most) {
            let detail = format!("{} lets {most} jobs{of_key} run at a time, and so many do", name(queue));
            return Err(Refusal::new(RefusalCode::ConcurrencyLimit, detail));
        }
        let next_token = |rate: &RateLimit| Some(rate.next_token(*self.buckets.get(scope)?));
        if let Some((rate, next)) = rate.and_then(|rate| Some((rate, next_token(&rate).filter(|next| *next > now)?))) {
            let RateLimit { jobs, seconds, .. } = rate;
            let detail = format!("{} lets {jobs} jobs{of_key} start in {seconds} s, the next at {next}", name(queue));
            return Err(Refusal::new(RefusalCode::RateLimit, detail));
        }
        Ok(())
    }

    /// How many jobs of a scope run, while there are limits.
    fn running(&self, scope: &Scope) -> u32 {
        self.counts.as_ref().and_then(|counts| counts.get(scope)).copied().unwrap_or_default()
    }

    /// Takes in what happened, at the time of its recording.
    pub fn evolve(&mut self, tenant: TenantId, event: &Event, recorded_at: Moment) {
        match event {
            Event::Queue(event) => self.evolve_queue(tenant, event.clone()),
            Event::Job(JobEvent::JobStarted(start)) => self.start(tenant, start, recorded_at),
            Event::Job(event) if event.ends_an_attempt() => self.end(event.job().0),
            Event::Tenant(TenantEvent::TenantDeleted(_)) => self.forget(tenant),
            _ => {}
        }
    }

    /// Buckets from which tokens were taken since the last call, with the times at which they will be full.
    pub fn take_changed(&mut self) -> Vec<(Scope, Moment)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().filter_map(|scope| Some((scope.clone(), *self.buckets.get(&scope)?))).collect()
    }

    fn start(&mut self, tenant: TenantId, start: &JobStarted, recorded_at: Moment) {
        let run = Running::of(tenant, start);
        if !self.queues.is_empty() {
            self.take_tokens(&run, recorded_at);
        }
        self.begin(start.job_id, run);
    }

    fn take_tokens(&mut self, run: &Running, now: Moment) {
        if self.buckets.len() > BUCKETS_SWEPT {
            self.buckets.retain(|_, full_at| *full_at > now);
        }
        for Limit { scope, rate, .. } in self.limits(run) {
            let Some(rate) = rate else { continue };
            let full_at = rate.after_taking(self.buckets.get(&scope).copied(), now);
            self.buckets.insert(scope.clone(), full_at);
            if !self.changed.contains(&scope) {
                self.changed.push(scope);
            }
        }
    }

    fn evolve_queue(&mut self, tenant: TenantId, event: QueueEvent) {
        self.queues.entry((tenant, event.job_type().cloned())).or_default().evolve(event);
        self.recount();
    }

    /// Jobs are counted while there is a limit to their number.
    fn recount(&mut self) {
        let is_limited =
            |settings: &QueueSettings| settings.concurrency.is_some() || settings.concurrency_per_key.is_some();
        self.counts = self.queues.values().any(|queue| is_limited(&queue.settings)).then(HashMap::new);
        if let Some(counts) = &mut self.counts {
            for scope in self.running.values().flat_map(Running::scopes) {
                *counts.entry(scope).or_default() += 1;
            }
        }
    }

    fn begin(&mut self, job: JobId, run: Running) {
        if let Some(counts) = &mut self.counts {
            for scope in run.scopes() {
                *counts.entry(scope).or_default() += 1;
            }
        }
        self.running.insert(job, run);
    }

    fn end(&mut self, job: JobId) {
        let (Some(run), Some(counts)) = (self.running.remove(&job), &mut self.counts) else { return };
        for scope in run.scopes() {
            let left = counts.get(&scope).map_or(0, |count| count.saturating_sub(1));
            if left > 0 {
                counts.insert(scope, left);
            } else {
                counts.remove(&scope);
            }
        }
    }

    fn forget(&mut self, tenant: TenantId) {
        self.queues.retain(|(of, _), _| *of != tenant);
        self.buckets.retain(|scope, _| scope.tenant != tenant);
        let jobs: Vec<JobId> =
            self.running.iter().filter(|(_, run)| run.tenant == tenant).map(|(job, _)| *job).collect();
        for job in jobs {
            self.end(job);
        }
        self.recount();
    }
}

impl Running {
    fn of(tenant: TenantId, start: &JobStarted) -> Self {
        Self { tenant, job_type: start.job_type.clone(), key: start.concurrency_key.clone() }
    }
}

/// What a queue is called in a refusal. The installation's limits are nobody's secret, other tenants' jobs are.
fn name((tenant, job_type): &QueueKey) -> String {
    let whose = if *tenant == TenantId::INSTALLATION { "the installation" } else { "the tenant" };
    match job_type {
        Some(job_type) => format!("queue {job_type} of {whose}"),
        None => format!("the queue of all jobs of {whose}"),
    }
}
