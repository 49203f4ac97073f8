//! The dashboard: looking at it, and changing it.
//!
//! *Edit mode keeps no state in the service.* What was changed and not saved yet, the [`Draft`], travels in hidden
//! fields of the page's form. Every button sends the draft and what it adds to it, and gets the page back as it would
//! be: the service applies the draft to the newest layout with the same pure functions that decide commands, and writes
//! nothing. Saving sends the same fields to another address, where they become one `ApplyLayout`. So there is one way
//! for every button with and without scripts, undo before saving is a shorter list, and drag and keyboard only press a
//! button.
//!
//! What the service does with a post to [`routes::EDIT`]:
//!
//! 1. [`Draft::read`] the fields; it has already pressed the button that was pressed.
//! 2. Apply [`Draft::ops`] to the newest layout of [`Draft::scope`]. An operation that is refused there is taken out of
//!    the draft, and its problem shown.
//! 3. If there is [`Draft::settings`], the form of a widget was sent: [`SettingsInput::op`] makes an operation of it, or
//!    field errors, which go into the problem. The operation is pushed ([`Draft::push`]) and applied like the others; is
//!    it refused by the schema, the errors go into the problem with pointers that begin with `/config`. All right, the
//!    settings are closed: `open` and `settings` are none again.
//! 4. Render [`edit`] with all that. (The answer is 200, or the problem's status.)
//!
//! A post to [`routes::SAVE`] begins with 1 and sends `ApplyLayout`; then it goes to [`view`] with a flash, or renders
//! [`edit`] with the problem. Where somebody else changed the same meanwhile, [`EditView::conflicts`] hold both sides;
//! their form sends the draft once more, on top of what there is now, with what is to be dropped of it.
//!
//! *What others do is told by the service*, in a part of the same pages ([`DashboardView::news`]): the script only hears
//! that there is something newer than the page shows, and fetches that part.

mod card;
mod conflict;
mod content;
mod draft;
mod edit;
mod news;
mod origin;
mod page;
mod questions;
pub mod routes;
mod said;
mod settings;
mod view;

pub use conflict::Conflict;
pub use draft::Draft;
pub use edit::{EditView, edit};
pub use page::view;
pub use questions::{HistoryEntry, HistoryView, history, reset_question};
pub use settings::SettingsInput;
pub use view::{
    Change, Count, DashboardView, Live, MetricContent, Offer, Origin, Scope, Step, WidgetContent, WidgetOrigins,
    WidgetView,
};
