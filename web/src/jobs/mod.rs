//! The pages about jobs: how they are and fare all together, the list, one job with all that happened to it, a job to be
//! enqueued, and the same done to many.
//!
//! What changes by itself is fetched again while it can change. Whatever was searched for stands in the address.

mod bulk;
pub mod charts;
mod enqueue;
mod job;
mod list;
mod overview;
mod questions;
pub mod routes;
mod words;

pub use bulk::{
    BulkActionView, BulkConfirmView, BulkFields, BulkFormView, BulkListView, bulk_action, bulk_confirm, bulk_form,
    bulk_list,
};
pub use enqueue::{EnqueueFields, EnqueueView, enqueue};
pub use job::{JobView, job};
pub use list::{ListView, list};
pub use overview::{OverviewView, Range, overview};
pub use questions::{
    CancelView, PauseView, ReasonFields, StopBulkView, cancel_question, pause_question, stop_bulk_question,
};
pub(crate) use words::{LIVE, counted, live, seconds};
