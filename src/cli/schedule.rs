//! `plinth schedule`: what schedules there are and when they fire, in their own time zones and in UTC. They are defined,
//! paused, resumed, backfilled and deleted by `plinth send schedule.…`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use plinth_client::{Client, SendError};
use plinth_events::{
    names::ScheduleName,
    query::{
        QueryName,
        schedule::{GetSchedule, ListSchedules, SchedulePage, ScheduleRow},
    },
    time::Instant,
};

use super::{
    output, refusal,
    remote::{Remote, Tenant},
    table,
};
use crate::timetable::Timetable;

/// Show schedules and when they fire.
#[derive(Args)]
pub(super) struct Schedule {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    tenant: Tenant,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Subcommand)]
enum Action {
    /// List all of them, each with its next fire time
    List,
    /// Show one with its next fire times
    Show {
        /// Which
        name: ScheduleName,
        /// How many fire times
        #[arg(long, value_name = "COUNT", default_value_t = 5)]
        fire_times: u32,
    },
}

impl Schedule {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.remote.client().await?;
        let done = match &self.action {
            Action::List => self.list(&client).await,
            Action::Show { name, fire_times } => self.show(&client, name, *fire_times).await,
        };
        refusal::exit_code(done, self.json)
    }

    async fn list(&self, client: &Client) -> anyhow::Result<()> {
        let schedules = self.all(client).await?;
        if self.json {
            return output::print_json_lines(&schedules);
        }
        let rows = schedules.iter().map(|schedule| {
            let next = schedule.next_fire_times.first().copied();
            let [local, utc] = next.map_or_else(|| ["paused".to_owned(), String::new()], |next| shown(schedule, next));
            let (name, job_type) = (schedule.name.to_string(), schedule.job.job_type.to_string());
            vec![name, job_type, schedule.cron.to_string(), schedule.time_zone.to_string(), local, utc]
        });
        table::print(&["name", "job type", "cron", "time zone", "next there", "next in UTC"], rows);
        Ok(())
    }

    async fn all(&self, client: &Client) -> Result<Vec<ScheduleRow>, SendError> {
        let (mut schedules, mut after) = (Vec::new(), None);
        loop {
            let query = ListSchedules { limit: None, after };
            let page: SchedulePage = client.query(self.tenant.id, QueryName::ListSchedules, &query).await?;
            schedules.extend(page.schedules);
            after = page.next;
            if after.is_none() {
                return Ok(schedules);
            }
        }
    }

    async fn show(&self, client: &Client, name: &ScheduleName, fire_times: u32) -> anyhow::Result<()> {
        let query = GetSchedule { name: name.clone(), fire_times: Some(fire_times) };
        let schedule: ScheduleRow = client.query(self.tenant.id, QueryName::GetSchedule, &query).await?;
        if self.json {
            return output::print_json(&schedule);
        }
        table::print(&["field", "value"], fields(&schedule));
        let rows = schedule.next_fire_times.iter().map(|next| shown(&schedule, *next).to_vec());
        table::print(&["next there", "next in UTC"], rows);
        Ok(())
    }
}

fn fields(schedule: &ScheduleRow) -> Vec<Vec<String>> {
    let optional = |value: Option<String>| value.unwrap_or_default();
    let fields = [
        ("name", schedule.name.to_string()),
        ("description", optional(schedule.description.as_ref().map(ToString::to_string))),
        ("cron", schedule.cron.to_string()),
        ("time zone", schedule.time_zone.to_string()),
        ("job type", schedule.job.job_type.to_string()),
        ("payload", schedule.job.payload.as_str().to_owned()),
        ("catches up on", schedule.catch_up.to_string()),
        ("paused", if schedule.paused { "yes" } else { "no" }.to_owned()),
        ("why", optional(schedule.pause_reason.as_ref().map(ToString::to_string))),
        ("last fire time", optional(schedule.last_fire_time.map(|time| time.to_string()))),
        ("its job", optional(schedule.last_job_id.map(|job| job.to_string()))),
    ];
    fields.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
}

/// What the clock shows at a fire time, there and in UTC. A zone that this program does not know is left out.
fn shown(schedule: &ScheduleRow, time: Instant) -> [String; 2] {
    let timetable = Timetable::new(&schedule.cron, &schedule.time_zone);
    let local = timetable.map_or_else(|_| String::new(), |zone| zone.local(time).format("%F %T %Z").to_string());
    [local, time.utc().format("%F %T").to_string()]
}
