//! The public contract of Plinth: everything that crosses its border, as types.
//!
//! Commands and queries come in, replies, refusals and events go out; [`subject`] says where each of them travels and
//! [`envelope`] which headers go with it. [`timeline`] and [`layout`] give events their meaning: the same pure folds
//! serve the service, the read tables and an auditor's own program.
//!
//! This crate does no I/O, knows no database and no broker, and never looks at a clock.

pub mod asyncapi;
pub mod bulk;
pub mod claim;
pub mod cloud_event;
pub mod command;
pub mod envelope;
pub mod event;
pub mod fields;
pub mod flow;
pub mod history;
pub mod ids;
mod inline_schema;
pub mod invitation;
pub mod job_history;
pub mod job_log;
pub mod job_row;
pub mod json;
pub mod key;
pub mod layout;
pub mod limits;
pub mod names;
mod object;
pub mod order;
pub mod query;
pub mod queue;
pub mod refusal;
pub mod reply;
pub mod retry;
pub mod scan;
pub mod schedule;
pub mod schema;
pub mod scope;
pub mod secret_digest;
pub mod subject;
pub mod time;
pub mod timeline;
pub mod webhook;
pub mod widget_patch;

pub use command::{Command, CommandName};
pub use event::{Aggregate, Event};
pub use ids::{ApiKeyId, BulkActionId, CommandId, EventId, JobId, TenantId, UserId};
pub use key::AggregateKey;
pub use refusal::{FieldError, Refusal, RefusalCode};
pub use scope::Scope;
