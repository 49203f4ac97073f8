//! How it is proved that nobody has rewritten what a metric meant.

use maud::{Markup, html};
use plinth_events::names::Code;

use super::{MetricHead, routes::Part};
use crate::components::{Badge, Column, Notice, Panel, Table, Time, Tone, code_block, definitions, grouped};

/// How far the proof of a metric's events is.
#[derive(Debug, Clone)]
pub struct ProofView {
    /// The top.
    pub head: MetricHead,
    /// The events of the metric, the newest first: the last of them.
    pub leaves: Vec<Leaf>,
    /// The latest signed checkpoint, if one was signed.
    pub notarised: Option<Notarised>,
}

/// An event as a leaf of the tree over the log.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Where it stands in the log.
    pub position: u64,
    /// Its type.
    pub event_type: String,
    /// The commitment to it, in hexadecimal digits; none: the tree is not as far yet.
    pub commitment: Option<String>,
}

/// A signed checkpoint.
#[derive(Debug, Clone)]
pub struct Notarised {
    /// Which log it is of.
    pub origin: String,
    /// Over how many events.
    pub size: u64,
    /// When it was signed.
    pub signed_at: Time,
    /// The note itself.
    pub note: String,
}

/// The body of the page.
pub fn proof(view: &ProofView) -> Markup {
    let body = html! {
        (state(view))
        (Panel::new("Prove it yourself", code_block("Commands", &commands(&view.head.code))).note(
            "The second command needs no network: the file, and the public key of the notary."))
        @if let Some(signed) = &view.notarised { (checkpoint(signed)) }
        (Panel::new("Leaves of the tree", html! { (leaves(view)) }).note(
            "One for each event of the metric, at its place in the log. A commitment tells nothing of what the event says.").flush())
    };
    view.head.page(Part::Proof, html! {}, body)
}

fn state(view: &ProofView) -> Markup {
    let last = view.leaves.first().map(|leaf| leaf.position).unwrap_or_default();
    match &view.notarised {
        Some(signed) if signed.size >= last => {
            let text = format!(
                "All events of this metric are covered by a checkpoint over {} events, signed {}.",
                grouped(signed.size),
                signed.signed_at.readable
            );
            html! { (Notice::new(Tone::Good, &text)) }
        }
        Some(signed) => {
            let text = format!(
                "The last checkpoint covers the events up to position {}. Newer ones of this metric are signed within seconds.",
                grouped(signed.size)
            );
            html! { (Notice::new(Tone::Info, &text)) }
        }
        None => html! {
            (Notice::new(Tone::Warning, "No checkpoint was signed yet.").more(html! {
                p { "The notary signs one when it has a key, which is at " code { "PLINTH_NOTARY_KEY_FILE" } "; " code { "plinth audit keygen" } " makes one." }
            }))
        },
    }
}

fn commands(code: &Code) -> String {
    format!(
        "plinth audit export --code {code} --out {code}.ndjson\n\
         plinth audit verify {code}.ndjson --key \"$PLINTH_NOTARY_PUBLIC_KEY\""
    )
}

fn checkpoint(signed: &Notarised) -> Markup {
    let facts = definitions([
        ("Log", html! { code { (signed.origin) } }),
        ("Events", html! { (grouped(signed.size)) }),
        ("Signed", html! { (signed.signed_at) }),
    ]);
    html! {
        (Panel::new("Latest checkpoint", html! { (facts) (code_block("Signed note", &signed.note)) }).note(
            "Whoever keeps it can be shown no other past."))
    }
}

fn leaves(view: &ProofView) -> Table<'static> {
    let size = view.notarised.as_ref().map(|signed| signed.size).unwrap_or_default();
    let columns = vec![Column::new("Position"), Column::new("Event"), Column::new("Commitment"), Column::new("State")];
    let rows = view.leaves.iter().map(|leaf| {
        let (tone, state) = match &leaf.commitment {
            Some(_) if leaf.position <= size => (Tone::Good, "signed"),
            Some(_) => (Tone::Info, "in the tree"),
            None => (Tone::Neutral, "not yet in the tree"),
        };
        vec![
            html! { (leaf.position) },
            html! { (leaf.event_type) },
            html! {
                @match &leaf.commitment { Some(commitment) => code.commitment { (commitment) }, None => span.muted { "–" } }
            },
            html! { (Badge::new(tone, state)) },
        ]
    });
    Table::new("Leaves", columns, rows)
}
