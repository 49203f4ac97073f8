//! What widgets show.

use maud::{Markup, html};

use super::{Count, MetricContent, WidgetContent, WidgetView, settings};
use crate::components::{Badge, definitions, grouped, tag};

/// What a widget shows.
pub(super) fn content(widget: &WidgetView) -> Markup {
    match &widget.content {
        WidgetContent::Metric(metric) => metric_content(metric),
        WidgetContent::Counts(counts) => counts_content(counts),
        WidgetContent::Chart(chart) => html! { (chart) },
        WidgetContent::Text(text) => html! { p.widget-text { (text) } },
        WidgetContent::Missing(reason) => html! { p.muted { (reason) } },
        WidgetContent::Foreign => foreign_content(widget),
    }
}

fn metric_content(metric: &MetricContent) -> Markup {
    let (tone, status) = &metric.status;
    html! {
        div.widget-metric {
            p.widget-metric-name { a href=(metric.href) { (metric.name) } (Badge::new(*tone, status)) }
            p { (metric.sentence) }
            p.widget-metric-facts {
                (tag(&format!("v{}", metric.version))) code { (metric.code) } span { "since " (metric.since) }
            }
        }
    }
}

fn counts_content(counts: &[Count]) -> Markup {
    html! {
        dl.counts {
            @for count in counts {
                div.(count.tone.class()) {
                    dt { @if let Some(href) = &count.href { a href=(href) { (count.label) } } @else { (count.label) } }
                    dd { (grouped(count.value)) }
                }
            }
        }
    }
}

fn foreign_content(widget: &WidgetView) -> Markup {
    html! {
        @if let Some(description) = &widget.description { p { (description) } }
        @if widget.config.is_empty() {
            p.muted { "An application shows this widget. It has no settings." }
        } @else {
            (definitions(settings::readable(widget.config_schema.as_ref(), &widget.config)))
        }
    }
}
