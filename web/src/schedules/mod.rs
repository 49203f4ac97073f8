//! The pages about schedules: which there are, when each fires next, how it is defined.

mod events;
mod form;
mod list;
mod one;
mod questions;
pub mod routes;
mod words;

pub use form::{ScheduleFields, ScheduleFormView, schedule_form};
pub use list::{ScheduleListView, schedules};
pub use one::{ScheduleView, schedule};
pub use questions::{ScheduleQuestion, delete_question, pause_question};
