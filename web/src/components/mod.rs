//! The parts that pages are made of. Each renders one thing, knows no page, and looks the same everywhere.
//!
//! What has options is a builder (`Button::submit("Save").tone(Tone::Primary)`) that implements [`maud::Render`], so it
//! stands in `html!` as `(button)`; what has none is a function.

mod badge;
mod button;
mod code;
mod definitions;
mod dialog;
mod empty;
mod field;
mod header;
mod icon;
mod json_text;
mod notice;
mod number;
mod pager;
mod panel;
mod people;
mod problem;
mod question;
mod table;
mod tabs;
mod time;
mod tone;

pub use badge::{Badge, tag};
pub use button::Button;
pub use code::{code_block, inline_code, json_block};
pub use definitions::definitions;
pub use dialog::{dialog_link, dialog_page};
pub use empty::empty;
pub(crate) use field::error_line;
pub use field::{Choice, Field, field_id};
pub use header::{Crumb, PageHeader};
pub use icon::Icon;
pub use json_text::{indented_json, json_text_block};
pub use notice::Notice;
pub use number::grouped;
pub use pager::Pager;
pub use panel::{Figure, Panel, figures};
pub(crate) use people::PLINTH;
pub use people::People;
pub(crate) use problem::sentence;
pub use problem::{FieldErrors, problem_banner};
pub use question::{Question, Reason};
pub use table::{Column, Direction, Row, Table};
pub use tabs::{Tab, tabs};
pub use time::Time;
pub use tone::Tone;
