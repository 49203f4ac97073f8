//! The top of every page about one metric: what it is called, how it stands, what can be done with it, its parts.

use maud::{Markup, html};
use plinth_events::{names::Code, query::KnownAt, timeline::Standing};

use super::{
    Asked,
    routes::{self, Part},
    words,
};
use crate::components::{Button, Crumb, Icon, PageHeader, Tab, Time, Tone, dialog_link, tabs};

/// What all pages about one metric say.
#[derive(Debug, Clone)]
pub struct MetricHead {
    /// Which metric.
    pub code: Code,
    /// What it is called: as the version has it that stands for it.
    pub name: String,
    /// How it stands; none: nothing was known of it.
    pub standing: Option<Standing>,
    /// As of when, as known when.
    pub asked: Asked,
    /// Whether the person may change it.
    pub can_write: bool,
}

impl MetricHead {
    /// The page around a part.
    pub(super) fn page(&self, part: Part, picture: Markup, body: Markup) -> Markup {
        let crumbs = [Crumb { label: "Metrics", href: routes::LIST }];
        let header = PageHeader::new(&self.name)
            .crumbs(&crumbs)
            .state(html! { @if let Some(standing) = self.standing { (words::standing(standing)) } })
            .note(html! { code { (self.code) } (self.times()) })
            .actions(self.actions());
        html! {
            (header)
            (picture)
            (self.parts(part))
            (body)
        }
    }

    /// The times that were asked for, if any were.
    fn times(&self) -> Markup {
        let Asked { as_of, known_at } = self.asked;
        html! {
            @if let Some(time) = as_of { " · as of " (Time::at(time.utc())) }
            @match known_at {
                None => {},
                Some(KnownAt::Time(time)) => { " · as known at " (Time::at(time.utc())) },
                Some(KnownAt::Position(position)) => { " · as known at position " (position) },
            }
        }
    }

    fn actions(&self) -> Markup {
        let has_end = matches!(self.standing, Some(Standing::Effective | Standing::Scheduled));
        html! {
            @if self.can_write {
                @if has_end { (dialog_link(&Button::link("Deprecate", &routes::deprecate(&self.code)).icon(Icon::Close))) }
                (Button::link("New version", &routes::edit(&self.code)).icon(Icon::Edit).tone(Tone::Accent))
            }
        }
    }

    fn parts(&self, current: Part) -> Markup {
        let address = |part| match part {
            // what happened and what proves it is not a matter of the time that is asked about
            Part::History | Part::Proof => routes::part(&self.code, part),
            _ => self.asked.at(&routes::part(&self.code, part)),
        };
        let parts = Part::ALL.map(|part| (part, address(part)));
        let all: Vec<_> = parts.iter().map(|(part, href)| tab(*part, href, current)).collect();
        tabs("Parts of the metric", &all)
    }
}

fn tab(part: Part, href: &str, current: Part) -> Tab<'_> {
    Tab { label: part.label(), href, is_current: part == current, count: None }
}
