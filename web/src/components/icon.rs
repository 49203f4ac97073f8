//! Icons, drawn for this product on a grid of 16: lines in the colour of the text around them.

use maud::{Markup, PreEscaped, Render, html};

/// An icon. It says nothing to a screen reader: the words beside it do, or the label of its button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Icon {
    Alert,
    Check,
    Clock,
    Close,
    Copy,
    Down,
    Edit,
    Eye,
    EyeOff,
    Gear,
    Grip,
    Info,
    Left,
    Lock,
    Minus,
    Moon,
    Pause,
    Person,
    Play,
    Plinth,
    Plus,
    Redo,
    Reset,
    Right,
    Screen,
    Search,
    SignOut,
    Sun,
    Trash,
    Undo,
    Up,
}

impl Icon {
    fn drawing(self) -> &'static str {
        match self {
            Self::Alert => r#"<path d="M8 2 1.5 13.5h13z"/><path d="M8 6.5v3.2M8 11.6v.1"/>"#,
            Self::Check => r#"<path d="m3 8.5 3.3 3.3L13 4.7"/>"#,
            Self::Clock => r#"<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>"#,
            Self::Close => r#"<path d="m4 4 8 8M12 4l-8 8"/>"#,
            Self::Copy => r#"<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 3.5v-1h-8v8h1"/>"#,
            Self::Down => r#"<path d="m4 6.2 4 4 4-4"/>"#,
            Self::Edit => r#"<path d="M10.5 3 13 5.5 5.5 13H3v-2.5z"/>"#,
            Self::Eye => {
                r#"<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2"/>"#
            }
            Self::EyeOff => {
                r#"<path d="M6.2 3.7A7 7 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a12 12 0 0 1-1.8 2.3M4.2 4.8A12 12 0 0 0 1.5 8S4 12.5 8 12.5a6.5 6.5 0 0 0 3-.7M2 2l12 12"/>"#
            }
            Self::Gear => {
                r#"<path d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6"/><circle cx="10" cy="4.5" r="2"/><circle cx="6" cy="11.5" r="2"/>"#
            }
            Self::Grip => r#"<path d="M6 3.5v.1M10 3.5v.1M6 8v.1M10 8v.1M6 12.5v.1M10 12.5v.1" stroke-width="2"/>"#,
            Self::Info => r#"<circle cx="8" cy="8" r="6"/><path d="M8 7.3v3.7M8 5v.1"/>"#,
            Self::Left => r#"<path d="m9.8 4-4 4 4 4"/>"#,
            Self::Lock => {
                r#"<rect x="3.5" y="7" width="9" height="6.5" rx="1.5"/><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>"#
            }
            Self::Minus => r#"<path d="M3.5 8h9"/>"#,
            Self::Moon => r#"<path d="M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z"/>"#,
            Self::Pause => r#"<path d="M5.5 3.5v9M10.5 3.5v9"/>"#,
            Self::Person => r#"<circle cx="8" cy="5.2" r="2.7"/><path d="M2.8 13.7a5.3 5.3 0 0 1 10.4 0"/>"#,
            Self::Play => r#"<path d="M5 3.2v9.6L12.5 8z"/>"#,
            Self::Plinth => r#"<path d="M2 13.5h12M3.5 10.8h9M5 8V4.7h6V8M3.5 2.5h9"/><path d="M5 8v2.8M11 8v2.8"/>"#,
            Self::Plus => r#"<path d="M8 3.5v9M3.5 8h9"/>"#,
            Self::Redo => r#"<path d="M10.5 3 13.5 6l-3 3"/><path d="M13.2 6H6.5a3.7 3.7 0 0 0 0 7.4H9"/>"#,
            Self::Reset => r#"<path d="M3 3v3.5h3.5"/><path d="M3.3 6.3A5.3 5.3 0 1 1 2.7 9"/>"#,
            Self::Right => r#"<path d="m6.2 4 4 4-4 4"/>"#,
            Self::Screen => r#"<rect x="2" y="3" width="12" height="8" rx="1.5"/><path d="M5.5 13.5h5"/>"#,
            Self::Search => r#"<circle cx="7" cy="7" r="4.3"/><path d="m10.3 10.3 3.2 3.2"/>"#,
            Self::SignOut => r#"<path d="M6.5 2.5h-3v11h3M10 5l3 3-3 3M13 8H6.5"/>"#,
            Self::Sun => {
                r#"<circle cx="8" cy="8" r="2.8"/><path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7"/>"#
            }
            Self::Trash => r#"<path d="M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9"/>"#,
            Self::Undo => r#"<path d="M5.5 3 2.5 6l3 3"/><path d="M2.8 6h6.7a3.7 3.7 0 0 1 0 7.4H7"/>"#,
            Self::Up => r#"<path d="m4 9.8 4-4 4 4"/>"#,
        }
    }
}

impl Render for Icon {
    fn render(&self) -> Markup {
        html! {
            svg.icon viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5"
                stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
                (PreEscaped(self.drawing()))
            }
        }
    }
}
