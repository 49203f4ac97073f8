//! `plinth queue`: how the jobs of a tenant, of a type, or of everybody are run: limits, pauses, defaults.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use plinth_client::SendOptions;
use plinth_events::{
    Command, TenantId, UserId,
    command::queue::{ConfigureQueue, PauseQueue, ResumeQueue},
    envelope::Origin,
    names::{JobType, Reason},
    query::{
        QueryName,
        queue::{ListQueues, QueuePage, QueueStatus},
    },
    queue::{QueueSettings, Settings},
};

use super::{output, refusal, remote::Remote, table};

/// Limit, pause or resume the jobs of a tenant, of a type, or of everybody.
#[derive(Args)]
pub(super) struct Queue {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the queues that have settings or are paused
    List {
        #[command(flatten)]
        whose: Whose,
        /// Print JSON, one queue a line
        #[arg(long)]
        json: bool,
    },
    /// Give a queue settings in place of those that it has
    Configure {
        /// A JSON object such as {"concurrency": 4}; what it does not say is not limited
        #[arg(value_parser = settings)]
        settings: Box<Settings>,
        #[command(flatten)]
        change: Change,
    },
    /// Let no job of a queue start
    Pause {
        #[command(flatten)]
        change: Change,
    },
    /// Let its jobs start again
    Resume {
        #[command(flatten)]
        change: Change,
    },
}

#[derive(Args)]
struct Whose {
    /// The tenant, by its UUID
    #[arg(long, env = "PLINTH_TENANT", value_name = "UUID", required_unless_present = "installation")]
    tenant: Option<TenantId>,
    /// The queues of all tenants together
    #[arg(long, overrides_with = "tenant")]
    installation: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
struct Change {
    #[command(flatten)]
    whose: Whose,
    /// Only jobs of this type [default: all jobs]
    #[arg(long = "type", value_name = "TYPE")]
    job_type: Option<JobType>,
    /// Why; it stands in the event
    #[arg(long)]
    reason: Option<Reason>,
    /// The user who does it
    #[arg(long, env = "PLINTH_ACTOR", value_name = "UUID")]
    actor: Option<UserId>,
}

impl Queue {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let (done, json) = match self.action {
            Action::List { whose, json } => (list(&whose, json).await, json),
            Action::Configure { settings, change } => {
                let (job_type, reason) = (change.job_type.clone(), change.reason.clone());
                let command = ConfigureQueue { job_type, settings: *settings, reason };
                (change.send(Command::ConfigureQueue(command), "configured").await, false)
            }
            Action::Pause { change } => {
                let (job_type, reason) = (change.job_type.clone(), change.reason.clone());
                (change.send(Command::PauseQueue(PauseQueue { job_type, reason }), "paused").await, false)
            }
            Action::Resume { change } => {
                let (job_type, reason) = (change.job_type.clone(), change.reason.clone());
                (change.send(Command::ResumeQueue(ResumeQueue { job_type, reason }), "resumed").await, false)
            }
        };
        refusal::exit_code(done, json)
    }
}

impl Whose {
    fn id(&self) -> TenantId {
        match self.tenant {
            Some(tenant) if !self.installation => tenant,
            _ => TenantId::INSTALLATION,
        }
    }
}

impl Change {
    async fn send(&self, command: Command, done: &str) -> anyhow::Result<()> {
        let client = self.whose.remote.client().await?;
        let options = SendOptions { origin: Origin { actor: self.actor, ..Origin::default() }, ..SendOptions::new() };
        let reply = client.send(self.whose.id(), &command, &options).await?;
        let was = if reply.events.is_empty() { "was so already" } else { done };
        Ok(output::print(format_args!("queue {} {was} (position {})", shown(self.job_type.as_ref()), reply.position))?)
    }
}

async fn list(whose: &Whose, as_json: bool) -> anyhow::Result<()> {
    let client = whose.remote.client().await?;
    let mut queues: Vec<QueueStatus> = Vec::new();
    let mut after = None;
    loop {
        let page: QueuePage = client.query(whose.id(), QueryName::ListQueues, &ListQueues { after }).await?;
        queues.extend(page.queues);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if as_json {
        return output::print_json_lines(&queues);
    }
    let rows = queues.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    table::print(&["type", "state", "running", "settings"], rows);
    Ok(())
}

fn row(queue: &QueueStatus) -> serde_json::Result<Vec<String>> {
    let state = if queue.is_paused { "paused" } else { "open" };
    let settings = match &queue.settings {
        settings if *settings == QueueSettings::default() => String::new(),
        settings => serde_json::to_string(settings)?,
    };
    Ok(vec![shown(queue.job_type.as_ref()).to_owned(), state.to_owned(), queue.running.to_string(), settings])
}

fn shown(job_type: Option<&JobType>) -> &str {
    job_type.map_or("(all types)", JobType::as_str)
}

fn settings(text: &str) -> Result<Box<Settings>, String> {
    serde_json::from_str(text).map(Box::new).map_err(|error| error.to_string())
}
