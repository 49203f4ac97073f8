//! What the program asks of the service: a plain subscription beside the service's own gets a copy of every request. It can
//! also be the first to answer, with "not now", while the service does what was asked: that is how an answer gets lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_nats::{HeaderMap, Message};
use futures_util::{StreamExt, stream::select_all};
use plinth_client::Client;
use plinth_events::{CommandName, JobId, TenantId, envelope::header};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::command::answer::{problem, unavailable};

/// What workers ask.
const OF_WORKERS: [CommandName; 5] = [
    CommandName::StartJobs,
    CommandName::HeartbeatJobs,
    CommandName::CompleteJobs,
    CommandName::FailJobs,
    CommandName::SnoozeJobs,
];

/// Listens to the requests of a tenant's workers.
pub(super) struct Tap {
    heard: Arc<Mutex<Heard>>,
    /// The listener, which ends with this.
    _listener: JoinSet<()>,
}

/// A request of a worker.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) command: CommandName,
    /// Its command id; none when it has none.
    pub(super) id: Option<String>,
    pub(super) body: Value,
    /// Whether it was answered that Plinth cannot answer just now.
    pub(super) put_off: bool,
}

#[derive(Default)]
struct Heard {
    asked: Vec<Asked>,
    put_off_next: Option<CommandName>,
}

impl Asked {
    /// Whether it is about a job.
    pub(super) fn names(&self, job: JobId) -> bool {
        let jobs = self.body["jobs"].as_array().into_iter().flatten();
        let ids = jobs.filter_map(|item| item.as_str().or_else(|| item["jobId"].as_str()));
        ids.into_iter().any(|id| id.parse() == Ok(job))
    }
}

impl Tap {
    pub(super) async fn open(client: &Client, tenant: TenantId) -> anyhow::Result<Self> {
        let mut requests = Vec::new();
        for command in OF_WORKERS {
            let subscriber = client.nats().subscribe(client.subjects().command(tenant, command)).await?;
            requests.push(subscriber.map(move |message| (command, message)));
        }
        client.nats().flush().await?;
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (nats, hearing) = (client.nats().clone(), heard.clone());
        let mut listener = JoinSet::new();
        listener.spawn(async move {
            let mut requests = select_all(requests);
            while let Some((command, message)) = requests.next().await {
                if lock(&hearing).hear(command, &message) {
                    put_off(&nats, message).await;
                }
            }
        });
        Ok(Self { heard, _listener: listener })
    }

    /// Everything that was asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        lock(&self.heard).asked.clone()
    }

    /// The requests of a kind that name a job.
    pub(super) fn about(&self, command: CommandName, job: JobId) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|asked| asked.command == command && asked.names(job));
        asked
    }

    /// Answers the next request of a kind before the service does: it may be sent again.
    pub(super) fn put_off_next(&self, command: CommandName) {
        lock(&self.heard).put_off_next = Some(command);
    }
}

impl Heard {
    /// Notes a request, and says whether it is to be put off.
    fn hear(&mut self, command: CommandName, message: &Message) -> bool {
        let put_off = self.put_off_next.take_if(|next| *next == command).is_some();
        let id = message.headers.as_ref().and_then(command_id);
        let body = serde_json::from_slice(&message.payload).unwrap_or_default();
        self.asked.push(Asked { command, id, body, put_off });
        put_off
    }
}

fn command_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(header::COMMAND_ID).or_else(|| headers.get(header::MESSAGE_ID))?;
    Some(id.as_str().to_owned())
}

/// A request whose sender is gone needs no answer.
async fn put_off(nats: &async_nats::Client, message: Message) {
    if let Some(inbox) = message.reply {
        let (headers, body) = problem(&unavailable());
        let _ = nats.publish_with_headers(inbox, headers, body).await;
        let _ = nats.flush().await;
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
