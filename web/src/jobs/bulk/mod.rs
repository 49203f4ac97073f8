//! The same done to many jobs: the form that says which and what, the question whether it is meant, and how far it is.

mod action;
mod form;
mod list;
mod question;
mod words;

pub use action::{BulkActionView, bulk_action};
pub use form::{BulkFields, BulkFormView, bulk_form};
pub use list::{BulkListView, bulk_list};
pub use question::{BulkConfirmView, bulk_confirm};
