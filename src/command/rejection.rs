//! What an error of Postgres says about a command: refused by a constraint, or no fault of its own.

use std::borrow::Cow;

use plinth_events::{Command, Refusal, RefusalCode};
use sqlx::error::DatabaseError;

use super::{
    answer::{Failure, Verdict},
    parse::{Envelope, Task},
};
use crate::log::LogError;

/// SQLSTATE of a number in JSON that `jsonb` cannot hold, such as 1e-20000.
const NUMBER_OUT_OF_RANGE: &str = "22003";

/// Whether the same batch may pass in a moment: the server is away, stopping, full, read-only, or someone is in the way.
pub fn is_passing(error: &LogError) -> bool {
    match error.database() {
        Some(sqlx::Error::Database(error)) => is_passing_state(error.as_ref()),
        Some(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_)) => false,
        Some(_) => true,
        None => matches!(error, LogError::TimedOut),
    }
}

/// By SQLSTATE: classes 08 (connection), 40 (serialisation), 53 (resources), 55 (not available), 57 (intervention), 58
/// (system), 25006 (read-only: a demoted primary) and 25P03 (idle in transaction for too long). A double entry in the
/// log itself means that somebody wrote without the lock; the cache catches up with it.
fn is_passing_state(error: &dyn DatabaseError) -> bool {
    let state = error.code().unwrap_or_default();
    let class = state.get(..2).unwrap_or_default();
    matches!(class, "08" | "40" | "53" | "55" | "57" | "58")
        || matches!(state.as_ref(), "25006" | "25P03")
        || matches!(error.constraint(), Some("events_pkey" | "events_position_key" | "commands_pkey"))
}

/// The verdict on a command that the database does not take, alone in its batch.
pub fn verdict(envelope: &Envelope, error: &LogError) -> Verdict {
    let constraint = match error.database() {
        Some(sqlx::Error::Database(error)) => error.constraint(),
        _ => None,
    };
    if state(error).is_some_and(|state| state == NUMBER_OUT_OF_RANGE) {
        let detail = "a number in the body has more digits than Postgres can store";
        return Verdict::Refused(Refusal::new(RefusalCode::InvalidValue, detail));
    }
    if let Some(refusal) = constraint.and_then(|constraint| refusal(&envelope.task, constraint)) {
        return Verdict::Refused(refusal);
    }
    let name = envelope.task.name();
    tracing::error!(tenant.id = %envelope.tenant, command.id = %envelope.command_id, command = name, error = %error,
        "a command could not be committed");
    Verdict::Failed(Failure { is_passing: false, cause: error.to_string() })
}

fn state(error: &LogError) -> Option<Cow<'_, str>> {
    match error.database() {
        Some(sqlx::Error::Database(error)) => error.code(),
        _ => None,
    }
}

/// The rule of the contract that a constraint of the read tables stands for.
fn refusal(task: &Task, constraint: &str) -> Option<Refusal> {
    let refusal = match (constraint, task) {
        ("User_pkey", Task::Command(Command::RegisterUser(command))) => {
            Refusal::new(RefusalCode::UserIdTaken, format!("user id {} is taken", command.user_id)).at("/userId")
        }
        ("MetricDefinition_createdById_fkey", Task::Command(Command::DeleteUser(command))) => {
            let detail = format!("metric definitions name user {} as their author", command.user_id);
            Refusal::new(RefusalCode::UserHasMetricDefinitions, detail).at("/userId")
        }
        ("api_key_pkey", Task::Command(Command::CreateApiKey(_))) => {
            Refusal::new(RefusalCode::ApiKeyDigestTaken, "another API key has the digest").at("/digest")
        }
        ("Job_pkey", _) => Refusal::new(RefusalCode::JobIdTaken, "a job id is taken"),
        (_, _) if constraint.ends_with("_tenantId_fkey") => {
            Refusal::new(RefusalCode::UnknownTenant, "the tenant is not registered")
        }
        ("DashboardWidget_userId_fkey", _) => Refusal::new(RefusalCode::UnknownUser, "the user is not registered"),
        ("MetricDefinition_createdById_fkey", _) => {
            Refusal::new(RefusalCode::UnknownActor, "the actor is not a registered user of the tenant")
        }
        _ => return None,
    };
    Some(refusal)
}
