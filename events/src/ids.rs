//! Identifiers, each its own type, so that a user's id never stands where a tenant's belongs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};
use uuid::Uuid;

use crate::{inline_schema::inline_schema, names::ScheduleName, time::Instant};

/// Text that is not a UUID in its usual form of 36 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID of the form 8-4-4-4-12")]
pub struct NotAnId;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.len() != 36 {
                    return Err(NotAnId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        inline_schema!($name, { "type": "string", "format": "uuid" });
    };
}

uuid_id!(
    /// A tenant. It comes from the subject or the credential, never from a body.
    TenantId
);
impl TenantId {
    /// No tenant but the installation itself, the nil UUID: its queues are those of all tenants together. Whoever may
    /// publish to its subjects is an operator.
    pub const INSTALLATION: Self = Self(Uuid::nil());
}

uuid_id!(
    /// A user of one tenant.
    UserId
);
uuid_id!(
    /// A background job.
    JobId
);
uuid_id!(
    /// A bulk action: the same, done to many jobs.
    BulkActionId
);
uuid_id!(
    /// An API key of one tenant. Not the secret that its holder shows.
    ApiKeyId
);
uuid_id!(
    /// A command: its idempotency key within the tenant.
    CommandId
);
uuid_id!(
    /// An event, unique in the whole log.
    EventId
);

/// The id of the row of one version in `MetricDefinition`: UUIDv5 in the namespace of the tenant, name `code/version`.
pub fn metric_definition_id(tenant: TenantId, code: &str, version: u32) -> Uuid {
    Uuid::new_v5(&tenant.0, format!("{code}/{version}").as_bytes())
}

/// The id of a row in `DashboardWidget`: UUIDv5 in the namespace of the tenant, name `user or default/widget type`.
pub fn dashboard_widget_id(tenant: TenantId, user: Option<UserId>, widget_type: &str) -> Uuid {
    let scope = user.map_or_else(|| "default".to_owned(), |user| user.to_string());
    Uuid::new_v5(&tenant.0, format!("{scope}/{widget_type}").as_bytes())
}

/// The id of the job of a fire time: UUIDv5 in the namespace of the tenant, name `schedule/name/fire time`.
pub fn scheduled_job_id(tenant: TenantId, schedule: &ScheduleName, fire_time: Instant) -> JobId {
    JobId(Uuid::new_v5(&tenant.0, format!("schedule/{schedule}/{fire_time}").as_bytes()))
}
