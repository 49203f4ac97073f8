//! Runs a replica until it is told to stop.
//!
//! Stopping goes from the outside in: no more requests are taken, those taken are answered, the writer finishes, the
//! duties are given back, the connections are closed.

use std::time::Duration;

use anyhow::bail;
use async_nats::service::{Service, ServiceExt};
use plinth_client::Client;
use plinth_events::subject::Subjects;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::App;
use crate::{
    audit::NotaryKey,
    command::{
        Commands, Submitter, endpoint::CommandEndpoints, intake::Intake, respond::Responder, unrecorded::Unrecorded,
    },
    duty::Duties,
    endpoints::Endpoints,
    erasure::Erasure,
    http::{self, Access, Feed, Probes, Site, Workers},
    jobs::{
        bulk::BulkActions, dispatch::Dispatcher, flow::Flow, leases::Leases, retention::Retention,
        schedules::Scheduler, statistics::Statistics,
    },
    log::Database,
    notary::Notary,
    query::{Queries, endpoint::QueryEndpoints},
    relay::Relay,
    stray::Strays,
    streams::Streams,
    webhooks::{Caller, Webhooks},
};

/// How long to finish what was taken when the service stops.
const GRACE: Duration = Duration::from_secs(25);

/// What endpoints and duties are made of.
pub(super) struct Parts {
    pub(super) database: Database,
    pub(super) nats: async_nats::Client,
    /// Requests come on a connection of their own, which is drained first when the replica stops.
    pub(super) requests: async_nats::Client,
    pub(super) streams: Streams,
    pub(super) subjects: Subjects,
    pub(super) submitter: Submitter,
    pub(super) access: Access,
}

impl App {
    /// Serves until told to stop, then finishes what was taken. Says when it serves: from then on every request is
    /// answered.
    pub async fn run_until(self, shutdown: CancellationToken, say_ready: impl FnOnce()) -> anyhow::Result<()> {
        let Self { parts, executor, listener, readiness, gauges, caller, edge, traces, notary_key } = self;
        let duties = Duties::new(parts.database.clone());

        // what takes work: stopped first
        let outer = TaskTracker::new();
        let draining = CancellationToken::new();
        let _endpoints = parts.answer_requests(&outer, &draining).await?;
        let webhooks = parts.webhooks(caller);
        let webhooks = duties.hold("webhooks", &shutdown, async move |_, stop| webhooks.run(stop).await);
        // what webhooks came to is reported by requests, so those are taken until then
        outer.spawn(async move {
            webhooks.await;
            draining.cancel();
        });
        parts.find_work(&outer, &duties, &shutdown);

        // what carries it out: stopped when all that was taken is answered
        let inner = TaskTracker::new();
        let stop = CancellationToken::new();
        inner.spawn(executor.spawn(stop.clone())?);
        parts.publish(&inner, &duties, notary_key, &stop);
        outer.close();
        inner.close();
        // the server reads in order, so by its answer to the ping in this it knows the subscriptions
        parts.requests.flush().await?;
        say_ready();
        http::serve(listener, Probes { readiness, gauges }, parts.site(&shutdown), edge, shutdown).await?;

        let nats = parts.nats.clone();
        let finished = tokio::time::timeout(GRACE, async {
            outer.wait().await;
            stop.cancel();
            // the last who could submit something
            drop(parts);
            inner.wait().await;
            traces.finish().await;
            let flushed = nats.flush().await;
            // closes the connection, which others may hold on to
            nats.drain().await.ok();
            flushed
        });
        match finished.await {
            Ok(flushed) => Ok(flushed?),
            Err(_) => bail!("work that was taken was not finished within {} s", GRACE.as_secs()),
        }
    }
}

impl Parts {
    /// Commands, queries, and what is neither. They come for as long as the returned endpoints are there.
    async fn answer_requests(&self, tasks: &TaskTracker, draining: &CancellationToken) -> anyhow::Result<Endpoints> {
        let Self { database, nats, requests, subjects, submitter, .. } = self;
        let responder = Responder::new(nats.clone(), draining.clone());
        let endpoints = Endpoints::new(service(requests).await?, responder, tasks.clone());
        let commands = Commands::new(submitter.clone(), database.clone());
        let commands = CommandEndpoints::new(subjects.clone(), commands);
        let queries = QueryEndpoints::new(subjects.clone(), Queries::new(database.clone()));
        endpoints.serve(commands).await.map_err(anyhow::Error::from_boxed)?;
        endpoints.serve(queries).await.map_err(anyhow::Error::from_boxed)?;
        tasks.spawn(Strays::subscribe(requests, nats.clone(), subjects.clone()).await?.refuse());
        tasks.spawn(drain(requests.clone(), draining.clone()));
        Ok(endpoints)
    }

    fn site(&self, shutdown: &CancellationToken) -> Site {
        let Self { database, submitter, access, .. } = self;
        let commands = Commands::new(submitter.clone(), database.clone());
        let feed = Feed::new(database.clone(), submitter.head(), shutdown.clone());
        let workers = Workers::new(database.clone(), submitter.head(), shutdown.clone());
        Site::new(database.clone(), access.clone(), commands, feed, workers)
    }

    fn webhooks(&self, caller: Caller) -> Webhooks {
        Webhooks::new(self.database.clone(), Client::new(self.nats.clone(), self.subjects.clone()), caller)
    }

    /// The duties that submit commands: what lies in the intake, and what is to happen by itself.
    fn find_work(&self, tasks: &TaskTracker, duties: &Duties, stop: &CancellationToken) {
        let Self { database, streams, subjects, submitter, .. } = self;
        let unrecorded = Unrecorded::new(database.clone());
        let intake = Intake::new(database.clone(), streams.clone(), subjects.clone(), submitter.clone(), unrecorded);
        tasks.spawn(duties.hold("intake", stop, async move |fence, stop| intake.run(fence, stop).await));
        let leases = Leases::new(database.clone(), submitter.clone());
        tasks.spawn(duties.hold("leases", stop, async move |_, stop| leases.run(stop).await));
        let bulk_actions = BulkActions::new(database.clone(), submitter.clone());
        tasks.spawn(duties.hold("bulk-actions", stop, async move |_, stop| bulk_actions.run(stop).await));
        let scheduler = Scheduler::new(database.clone(), submitter.clone());
        tasks.spawn(duties.hold("scheduler", stop, async move |_, stop| scheduler.run(stop).await));
        let flow = Flow::new(database.clone(), submitter.clone());
        tasks.spawn(duties.hold("flow", stop, async move |_, stop| flow.run(stop).await));
        let retention = Retention::new(database.clone(), submitter.clone());
        tasks.spawn(duties.hold("retention", stop, async move |_, stop| retention.run(stop).await));
        let erasure = Erasure::new(database.clone(), streams.clone(), subjects.clone(), submitter.clone());
        tasks.spawn(duties.hold("erasure", stop, async move |_, stop| erasure.run(stop).await));
    }

    /// The duties that publish what was committed: events, invitations, and checkpoints of it all. And the one that counts it.
    fn publish(&self, tasks: &TaskTracker, duties: &Duties, notary_key: Option<NotaryKey>, stop: &CancellationToken) {
        let Self { database, streams, subjects, submitter, .. } = self;
        let relay = Relay::new(database.clone(), streams.clone(), subjects.clone(), submitter.head());
        tasks.spawn(duties.hold("relay", stop, async move |_, stop| relay.run(stop).await));
        let dispatcher = Dispatcher::new(database.clone(), streams.clone(), subjects.clone(), submitter.head());
        tasks.spawn(duties.hold("dispatcher", stop, async move |_, stop| dispatcher.run(stop).await));
        let notary = Notary::new(database.clone(), streams.clone(), notary_key);
        tasks.spawn(duties.hold("notary", stop, async move |_, stop| notary.run(stop).await));
        let statistics = Statistics::new(database.clone());
        tasks.spawn(duties.hold("statistics", stop, async move |_, stop| statistics.run(stop).await));
    }
}

/// Told to stop, takes no more requests: those on their way still come, then the endpoints end.
async fn drain(requests: async_nats::Client, draining: CancellationToken) {
    draining.cancelled().await;
    if let Err(error) = requests.drain().await {
        tracing::warn!(error = %error, "the endpoints could not be drained");
    }
}

async fn service(nats: &async_nats::Client) -> anyhow::Result<Service> {
    nats.service_builder()
        .description("Plinth: metric definitions, dashboard layouts, background jobs")
        .start("plinth", env!("CARGO_PKG_VERSION"))
        .await
        .map_err(anyhow::Error::from_boxed)
}
