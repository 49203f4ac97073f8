//! Scopes: what whoever holds a credential may do over HTTP. They are granted one by one, and none holds another.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Text that is not the name of a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope {0:?}")]
pub struct UnknownScope(String);

macro_rules! scopes {
    ($(#[doc = $meaning:literal] $name:ident = $text:literal),+ $(,)?) => {
        /// Something that a credential allows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline)]
        pub enum Scope {
            $(#[doc = $meaning] #[serde(rename = $text)] $name),+
        }

        impl Scope {
            /// All scopes, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name, such as `metrics:read`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// What it allows, as a sentence for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning.trim_ascii()),+ }
            }
        }
    };
}

scopes! {
    /// Read metrics, their versions and history, and evaluate them.
    MetricsRead = "metrics:read",
    /// Define, deprecate and withdraw metrics.
    MetricsWrite = "metrics:write",
    /// Read and change the user's own dashboard.
    LayoutOwn = "layout:own",
    /// Change the dashboard that all users start from.
    LayoutTenant = "layout:tenant",
    /// Read jobs, queues, schedules and bulk actions.
    JobsRead = "jobs:read",
    /// Enqueue, cancel and retry jobs.
    JobsWrite = "jobs:write",
    /// Work on jobs: start them, send heartbeats, report how they ended.
    JobsWork = "jobs:work",
    /// Run bulk actions, set up queues and schedules.
    JobsOperate = "jobs:operate",
    /// Read the log of events.
    EventsRead = "events:read",
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text).ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn a_scope_is_written_as_it_is_read_in_json_and_alone() {
        for scope in Scope::ALL.iter().copied() {
            assert_eq!(scope.to_string().parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
            assert_eq!(serde_json::from_value::<Scope>(scope.as_str().into()).unwrap(), scope);
        }
    }

    #[test]
    fn what_is_no_scope_is_named() {
        let error = "metrics:*".parse::<Scope>().unwrap_err();
        assert_eq!(error.to_string(), r#"there is no scope "metrics:*""#);
    }
}
