//! From a command to its verdict: what the aggregates decide, and what the caller is told. Asks nobody and waits for
//! nothing: the states are there.

mod api_key;
pub mod bulk;
mod dashboard;
mod job;
mod schedule;

use std::{collections::HashMap, sync::Arc};

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use plinth_events::{
    AggregateKey, Command, Event, Refusal, RefusalCode, TenantId, UserId,
    envelope::Origin,
    limits,
    names::{Code, JobType},
    reply::{EventRef, JobEnqueued, Reply},
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use self::dashboard::dashboard_command;
use super::{
    answer::Verdict,
    batch::{Decided, Workspace},
    parse::{Envelope, Task},
    single_jobs,
    states::{Entry, State},
    steps::Step,
};
use crate::{
    domain::{
        Context, Recorded,
        api_key::ApiKeyCommand,
        bulk_action::BulkCommand,
        metric::{MetricCommand, MetricContext},
        queue::QueueCommand,
        tenant::TenantCommand,
        user::UserCommand,
    },
    log::unique_keys::{Hold, UniqueKey},
};

/// Decides one command and keeps in the workspace what it came to. `unanswered` are replies whose commit was not
/// answered: when one of them turns out to be committed, it is this command's first answer and no duplicate.
pub async fn command(envelope: &Envelope, workspace: &mut Workspace<'_>, unanswered: &[Arc<Reply>]) -> Verdict {
    if let Some(known) = workspace.answered(envelope) {
        if known.body_hash != envelope.body_hash {
            let detail = format!("command id {} was used for another command", envelope.command_id);
            return Verdict::Refused(Refusal::new(RefusalCode::CommandIdReused, detail));
        }
        let duplicate = !unanswered.iter().any(|reply| is_same(reply, &known.reply));
        return Verdict::Accepted(Arc::new(Reply { duplicate, ..Reply::clone(&known.reply) }));
    }
    let mut decision = Decision::new(envelope, workspace);
    let result = match decision.task().await {
        Ok(result) => result,
        Err(refusal) => return Verdict::Refused(refusal),
    };
    let Decision { states, holds, events, steps, .. } = decision;
    workspace.note(steps);
    let first = workspace.position() + 1;
    let refs: Vec<EventRef> = events
        .iter()
        .zip(first..)
        .map(|(decided, position)| EventRef {
            id: decided.id,
            event_type: decided.event.event_type().to_owned(),
            position,
        })
        .collect();
    workspace.keep(envelope, states, holds, events);
    let reply = Arc::new(Reply {
        command_id: envelope.command_id,
        position: workspace.position(),
        duplicate: false,
        events: refs,
        result,
    });
    workspace.answer(envelope, reply.clone());
    Verdict::Accepted(reply)
}

/// Whether two replies are to one command, carried out once.
fn is_same(one: &Reply, other: &Reply) -> bool {
    (one.command_id, one.position, &one.events) == (other.command_id, other.position, &other.events)
}

/// One command being decided: nothing of it reaches the workspace before all of it is decided.
struct Decision<'a, 'w> {
    envelope: &'a Envelope,
    workspace: &'a mut Workspace<'w>,
    states: HashMap<AggregateKey, Entry>,
    holds: HashMap<UniqueKey, Hold>,
    events: Vec<Decided>,
    steps: Vec<Step>,
    /// What jobs that are enqueued now belong to.
    context: Option<Arc<Origin>>,
    /// How much more of payloads the answer has room for.
    payload_bytes: usize,
    seed: u64,
}

type Outcome = Result<Box<RawValue>, Refusal>;

impl<'a, 'w> Decision<'a, 'w> {
    fn new(envelope: &'a Envelope, workspace: &'a mut Workspace<'w>) -> Self {
        Self {
            envelope,
            workspace,
            states: HashMap::new(),
            holds: HashMap::new(),
            events: Vec::new(),
            steps: Vec::new(),
            context: envelope.origin.context().map(Arc::new),
            payload_bytes: limits::PAGE_BYTES,
            seed: rand::random(),
        }
    }

    async fn task(&mut self) -> Outcome {
        let envelope = self.envelope;
        let command = match &envelope.task {
            Task::Command(command) => command,
            Task::SettleJobs(jobs) => {
                self.check_tenant()?;
                return self.jobs(jobs.iter().cloned()).await;
            }
            Task::RecordErasure(None, counts) => return self.tenant(TenantCommand::NoteErasure(*counts)).await,
            Task::RecordErasure(Some(user), counts) => {
                return self.user(*user, UserCommand::NoteErasure(*user, *counts)).await;
            }
            Task::FireSchedule(name) => return self.fire(name).await,
            Task::BulkPage(page) => return self.bulk_page(page).await,
            Task::FinishBulkAction(action_id, counts) => {
                let finish = BulkCommand::Finish { action_id: *action_id, counts: *counts };
                return self.bulk_action(*action_id, finish).await;
            }
        };
        if let Some(command) = tenant_command(command) {
            return self.tenant(command).await;
        }
        if let Some((job_type, command)) = queue_command(command) {
            return self.queue(job_type, command).await;
        }
        self.check_tenant()?;
        if let Some(command) = dashboard_command(command) {
            return self.dashboard(command).await;
        }
        match command {
            Command::RegisterUser(command) => self.user(command.user_id, UserCommand::Register(command.clone())).await,
            Command::DeleteUser(command) => self.user(command.user_id, UserCommand::Delete(command.clone())).await,
            Command::DefineMetric(command) => self.metric(&command.code, MetricCommand::Define(command.clone())).await,
            Command::DeprecateMetric(command) => {
                self.metric(&command.code, MetricCommand::Deprecate(command.clone())).await
            }
            Command::WithdrawMetricVersion(command) => {
                self.metric(&command.code, MetricCommand::Withdraw(command.clone())).await
            }
            Command::DefineSchedule(command) => self.define_schedule(command).await,
            Command::PauseSchedule(command) => self.pause_schedule(command).await,
            Command::ResumeSchedule(command) => self.resume_schedule(command).await,
            Command::DeleteSchedule(command) => self.delete_schedule(command).await,
            Command::BackfillSchedule(command) => self.backfill_schedule(command).await,
            Command::StartBulkAction(command) => self.start_bulk_action(command).await,
            Command::CancelBulkAction(command) => {
                self.bulk_action(command.action_id, BulkCommand::Cancel(command.clone())).await
            }
            Command::CreateApiKey(command) => self.create_api_key(command).await,
            Command::RevokeApiKey(command) => {
                self.api_key(command.key_id, ApiKeyCommand::Revoke(command.clone())).await
            }
            Command::EnqueueJob(job) => {
                let job_id = self.enqueue(job, "").await?;
                answer(&JobEnqueued { job_id })
            }
            Command::EnqueueJobs(command) => self.enqueue_all(command).await,
            command => self.jobs(single_jobs::commands(command)).await,
        }
    }

    fn check_tenant(&mut self) -> Result<(), Refusal> {
        let tenant = self.envelope.tenant;
        match self.entry(&AggregateKey::Tenant(tenant)).state {
            State::Tenant(state) if state.is_active() => Ok(()),
            _ => Err(Refusal::new(RefusalCode::UnknownTenant, format!("tenant {tenant} is not registered"))),
        }
    }

    /// What is to be changed must be at the version that the caller has seen, if it says so beside the command.
    fn check_version(&self, current: u64) -> Result<(), Refusal> {
        match self.envelope.expected_version {
            Some(expected) if expected != current => {
                let detail = format!("it is at version {current}, expected {expected}");
                Err(Refusal::new(RefusalCode::PreconditionFailed, detail).fact("current", current))
            }
            _ => Ok(()),
        }
    }

    /// What the tenant says about its metrics: until when its books are closed, which fields its records have.
    fn metric_context(&mut self) -> MetricContext {
        let common = self.context();
        let (locked_until, fields) = match self.entry(&AggregateKey::Tenant(self.envelope.tenant)).state {
            State::Tenant(state) => (state.locked_until(), state.fields()),
            _ => Default::default(),
        };
        MetricContext { common, locked_until, fields }
    }

    fn is_user(&mut self, user: UserId) -> bool {
        let key = AggregateKey::User(self.envelope.tenant, user);
        matches!(self.entry(&key).state, State::User(state) if state.is_active())
    }

    /// The installation has queues too: those of all tenants.
    async fn queue(&mut self, job_type: Option<JobType>, command: QueueCommand) -> Outcome {
        let tenant = self.envelope.tenant;
        if tenant != TenantId::INSTALLATION {
            self.check_tenant()?;
        }
        let (key, context) = (AggregateKey::Queue(tenant, job_type), self.context());
        let mut entry = self.entry(&key);
        if let State::Queue(state) = &mut entry.state {
            let events = decide(&mut **state, command, &context).await?;
            self.keep(key, entry, events);
        }
        answer(&())
    }

    async fn tenant(&mut self, command: TenantCommand) -> Outcome {
        if self.envelope.tenant == TenantId::INSTALLATION {
            let detail = format!("{} is the installation itself and no tenant", TenantId::INSTALLATION);
            return Err(Refusal::new(RefusalCode::InvalidValue, detail));
        }
        let (key, context) = (AggregateKey::Tenant(self.envelope.tenant), self.context());
        let mut entry = self.entry(&key);
        if let State::Tenant(state) = &mut entry.state {
            let events = decide(state, command, &context).await?;
            self.keep(key, entry, events);
        }
        answer(&())
    }

    async fn user(&mut self, user: UserId, command: UserCommand) -> Outcome {
        let (key, context) = (AggregateKey::User(self.envelope.tenant, user), self.context());
        let mut entry = self.entry(&key);
        if let State::User(state) = &mut entry.state {
            let events = decide(state, command, &context).await?;
            self.keep(key, entry, events);
        }
        answer(&())
    }

    async fn metric(&mut self, code: &Code, command: MetricCommand) -> Outcome {
        let (key, context) = (AggregateKey::Metric(self.envelope.tenant, code.clone()), self.metric_context());
        let mut entry = self.entry(&key);
        let State::Metric(state) = &mut entry.state else { return answer(&()) };
        self.check_version(state.latest_version().into())?;
        let events = decide(&mut **state, command, &context).await?;
        let result = answer(&state.answer(&events))?;
        self.keep(key, entry, events);
        Ok(result)
    }

    /// The present state of an aggregate, as this command has left it so far.
    fn entry(&mut self, key: &AggregateKey) -> Entry {
        match self.states.get(key) {
            Some(entry) => entry.clone(),
            None => self.workspace.entry(key),
        }
    }

    fn context(&mut self) -> Context {
        let Envelope { tenant, origin, .. } = self.envelope;
        let actor_is_user = origin.actor.is_some_and(|actor| self.is_user(actor));
        let now = self.workspace.now_after(self.events.len());
        Context { tenant: *tenant, actor: origin.actor, actor_is_user, now, seed: self.seed }
    }

    fn keep<E: Into<Event>>(&mut self, key: AggregateKey, mut entry: Entry, events: Vec<E>) {
        if events.is_empty() {
            return;
        }
        let is_new_job = entry.sequence == 0 && matches!(key, AggregateKey::Job(..));
        for event in events {
            entry.sequence += 1;
            let (event, recorded_at) = (event.into(), self.workspace.now_after(self.events.len()));
            self.workspace.admission.evolve(key.tenant(), &event, recorded_at);
            entry.note_attempt(&event, recorded_at);
            self.steps.extend(Step::of_schedule(&event));
            self.events.push(Decided::new(key.clone(), entry.sequence, event, entry.began_in.clone()));
        }
        if is_new_job {
            entry.began_in.clone_from(&self.context);
        }
        self.states.insert(key, entry);
    }
}

/// The command to the tenant itself.
fn tenant_command(command: &Command) -> Option<TenantCommand> {
    match command {
        Command::RegisterTenant(command) => Some(TenantCommand::Register(command.clone())),
        Command::DeleteTenant(command) => Some(TenantCommand::Delete(command.clone())),
        Command::LockTenantPeriod(command) => Some(TenantCommand::LockPeriod(command.clone())),
        Command::DeclareFields(command) => Some(TenantCommand::DeclareFields(command.clone())),
        Command::DeclareWidgetType(command) => Some(TenantCommand::DeclareWidgetType(command.clone())),
        Command::RetireWidgetType(command) => Some(TenantCommand::RetireWidgetType(command.clone())),
        _ => None,
    }
}

/// The queue that a command is for, and the command to it.
fn queue_command(command: &Command) -> Option<(Option<JobType>, QueueCommand)> {
    match command {
        Command::ConfigureQueue(command) => Some((command.job_type.clone(), QueueCommand::Configure(command.clone()))),
        Command::PauseQueue(command) => Some((command.job_type.clone(), QueueCommand::Pause(command.clone()))),
        Command::ResumeQueue(command) => Some((command.job_type.clone(), QueueCommand::Resume(command.clone()))),
        _ => None,
    }
}

/// Has an aggregate decide and take in what it decided.
async fn decide<A, E>(state: &mut A, command: A::Command, services: &A::Services) -> Result<Vec<E>, Refusal>
where
    A: Aggregate<Error = Refusal, Event = Recorded<E>>,
    Recorded<E>: DomainEvent,
{
    let sink = EventSink::default();
    state.handle(command, services, &sink).await?;
    Ok(sink.collect().await.into_iter().map(|event| event.0).collect())
}

fn answer(result: &impl Serialize) -> Outcome {
    to_raw_value(result).map_err(|error| Refusal::new(RefusalCode::Malformed, error.to_string()))
}
