//! What every page keeps: checked on all pages of the gallery.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../examples/gallery/pages/mod.rs"]
mod pages;

use std::collections::HashSet;

use plinth_web::shell::Theme;
use scraper::{ElementRef, Html, Selector};

/// Checks every page; what is wrong is told with the page's name.
#[track_caller]
fn check(what_is_wrong: impl Fn(&Html) -> Vec<String>) {
    let wrong: Vec<_> = pages::all()
        .into_iter()
        .flat_map(|sample| {
            let page = Html::parse_document(&sample.render(Theme::Light));
            what_is_wrong(&page).into_iter().map(move |text| format!("{}: {text}", sample.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// The opening tag, to tell which element is meant.
fn told(element: ElementRef) -> String {
    element.html().split_inclusive('>').next().unwrap_or_default().to_owned()
}

fn has_text(element: ElementRef) -> bool {
    element.text().any(|text| !text.trim().is_empty())
}

#[test]
fn ids_are_there_once() {
    check(|page| {
        let mut seen = HashSet::new();
        let ids = select(page, "[id]").into_iter().filter_map(|element| element.attr("id"));
        ids.filter(|id| !seen.insert(*id)).map(|id| format!("id {id} is there twice")).collect()
    });
}

#[test]
fn what_is_named_by_id_is_there() {
    check(|page| {
        let ids: HashSet<_> = select(page, "[id]").into_iter().filter_map(|element| element.attr("id")).collect();
        let names = ["for", "form", "list", "aria-labelledby", "aria-describedby"];
        let named = names.iter().flat_map(|name| {
            let elements = select(page, &format!("[{name}]"));
            elements.into_iter().flat_map(move |element| element.attr(name).unwrap_or_default().split_whitespace())
        });
        named.filter(|id| !ids.contains(id)).map(|id| format!("nothing has the id {id}")).collect()
    });
}

#[test]
fn every_field_has_a_label() {
    check(|page| {
        let labelled: HashSet<_> =
            select(page, "label[for]").into_iter().filter_map(|label| label.attr("for")).collect();
        let fields = select(page, "input:not([type=hidden]), select, textarea");
        let has_label = |field: &ElementRef| {
            field.attr("aria-label").is_some() || field.attr("id").is_some_and(|id| labelled.contains(id))
        };
        fields.into_iter().filter(|field| !has_label(field)).map(told).collect()
    });
}

#[test]
fn buttons_links_and_pictures_have_names() {
    check(|page| {
        let elements = select(page, "button:not([hidden]), a, summary, svg[role], nav, [role=region], [role=group]");
        let can_be_named_by_text = |element: &ElementRef| ["button", "a", "summary"].contains(&element.value().name());
        let has_name = |element: &ElementRef| {
            let is_labelled = ["aria-label", "aria-labelledby"].iter().any(|name| element.attr(name).is_some());
            is_labelled || can_be_named_by_text(element) && has_text(*element)
        };
        elements.into_iter().filter(|element| !has_name(element)).map(told).collect()
    });
}

#[test]
fn there_is_one_main_heading_and_no_level_is_left_out() {
    check(|page| {
        let levels: Vec<u32> = select(page, "h1, h2, h3, h4, h5, h6")
            .into_iter()
            .map(|heading| heading.value().name()[1..].parse().unwrap())
            .collect();
        let mains = levels.iter().filter(|level| **level == 1).count();
        let jumps = levels
            .windows(2)
            .filter(|pair| pair[1] > pair[0] + 1)
            .map(|pair| format!("heading {} after {}", pair[1], pair[0]));
        let jumps: Vec<_> = jumps.collect();
        if mains == 1 { jumps } else { vec![format!("{mains} main headings")] }
    });
}

#[test]
fn nothing_stands_in_a_page_that_the_content_security_policy_forbids() {
    check(|page| {
        let all = select(page, "*").into_iter();
        let forbidden = all.filter(|element| {
            let mut attributes = element.value().attrs();
            let has_inline = attributes.any(|(name, value)| {
                name == "style"
                    || name.starts_with("on")
                    || value.trim_start().to_lowercase().starts_with("javascript:")
            });
            let is_inline =
                element.value().name() == "style" || element.value().name() == "script" && has_text(*element);
            has_inline || is_inline
        });
        forbidden.map(told).collect()
    });
}

#[test]
fn forms_post_and_buttons_belong_to_one() {
    check(|page| {
        let forms = select(page, "form").into_iter().filter(|form| form.attr("method").is_none());
        let buttons = select(page, "button[type=submit]").into_iter().filter(|button| {
            let is_inside =
                button.ancestors().filter_map(ElementRef::wrap).any(|parent| parent.value().name() == "form");
            !is_inside && button.attr("form").is_none()
        });
        forms.chain(buttons).map(told).collect()
    });
}
