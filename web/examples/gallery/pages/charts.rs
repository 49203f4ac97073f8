//! Every chart, with many values, one and none.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use plinth_web::{
    chart::{Bar, BarKind, Color, Kind, Lane, Mark, Series, Sparkline, TimeChart, Timeline, Unit},
    components::{PageHeader, Panel},
};

pub fn body() -> Markup {
    let values = &[3.0, 5.0, 4.0, 8.0, 6.0, 9.0, 12.0, 7.0];
    let sparkline = Sparkline { label: "Jobs a minute", color: Color::Plain(0), values };
    html! {
        (PageHeader::new("Charts"))
        div.panels {
            (Panel::new("Throughput", html! { (throughput("throughput", Kind::Lines, 60)) }))
            (Panel::new("Ends by status", html! { (throughput("ends", Kind::StackedBars, 48)) }))
            (Panel::new("Latency", html! { (latency(60)) }))
            (Panel::new("One value", html! { (throughput("one", Kind::Lines, 1)) }))
            (Panel::new("No value", html! { (throughput("none", Kind::Lines, 0)) }))
            (Panel::new("Sparkline", html! { (sparkline) }))
        }
        (Panel::new("Versions over time", html! { (timeline()) }))
    }
}

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn wave(count: u32, base: f64, height: f64, length: f64) -> Vec<Option<f64>> {
    (0..count)
        .map(|index| {
            Some((base + height * (f64::from(index) / length).sin() + f64::from(index * 7 % 5)).round().max(0.0))
        })
        .collect()
}

pub fn throughput(id: &str, kind: Kind, count: u32) -> TimeChart {
    let series = [
        ("completed", Color::Good, wave(count, 80.0, 30.0, 6.0)),
        ("retrying", Color::Warning, wave(count, 6.0, 6.0, 3.0)),
        ("failed", Color::Bad, wave(count, 2.0, 3.0, 5.0)),
    ];
    let series = series.map(|(name, color, values)| Series { name: name.to_owned(), color, values });
    TimeChart {
        id: id.to_owned(),
        title: "Jobs by status".to_owned(),
        kind,
        unit: Unit::Count,
        from: time("2026-03-01T09:00:00Z"),
        bucket: TimeDelta::minutes(1),
        series: series.to_vec(),
    }
}

fn latency(count: u32) -> TimeChart {
    let series = [
        ("p50", wave(count, 40.0, 10.0, 9.0)),
        ("p95", wave(count, 120.0, 20.0, 7.0)),
        ("p99", wave(count, 260.0, 60.0, 5.0)),
    ];
    let mut series = series.map(|(name, values)| Series { name: name.to_owned(), color: Color::Plain(0), values });
    series[1].color = Color::Plain(4);
    series[2].color = Color::Plain(3);
    for one in &mut series {
        for gap in one.values.iter_mut().skip(30).take(4) {
            *gap = None;
        }
    }
    TimeChart {
        kind: Kind::Band,
        unit: Unit::Milliseconds,
        title: "Latency".to_owned(),
        series: series.to_vec(),
        ..throughput("latency", Kind::Band, count)
    }
}

fn timeline() -> Timeline {
    let bar = |label: &str, kind, from: &str, until: Option<&str>| Bar {
        label: label.to_owned(),
        sentence: format!("{label} from {from} until {}", until.unwrap_or("further notice")),
        kind,
        from: time(from),
        until: until.map(time),
        href: (kind != BarKind::Gap).then(|| "#".to_owned()),
    };
    let bars = vec![
        bar("v1", BarKind::Past, "2026-01-01T00:00:00Z", Some("2026-02-01T00:00:00Z")),
        bar("v3", BarKind::Past, "2026-02-01T00:00:00Z", Some("2026-03-01T00:00:00Z")),
        bar("deprecated", BarKind::Gap, "2026-03-01T00:00:00Z", Some("2026-04-10T00:00:00Z")),
        bar("v2", BarKind::Current, "2026-04-10T00:00:00Z", Some("2026-07-01T00:00:00Z")),
        bar("v4", BarKind::Future, "2026-07-01T00:00:00Z", None),
    ];
    let lanes = vec![
        Lane { label: "Known today".to_owned(), bars: bars.clone() },
        Lane { label: "Known on 1 May".to_owned(), bars: bars[..2].to_vec() },
    ];
    let marks = vec![
        Mark { label: "as of".to_owned(), at: time("2026-02-15T00:00:00Z"), is_main: true },
        Mark { label: "now".to_owned(), at: time("2026-06-10T00:00:00Z"), is_main: false },
    ];
    Timeline {
        title: "Versions of at_risk_customer".to_owned(),
        from: time("2025-12-20T00:00:00Z"),
        until: time("2026-08-20T00:00:00Z"),
        lanes,
        marks,
    }
}
