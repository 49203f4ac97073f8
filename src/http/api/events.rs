//! `/api/events`: everything that happened in the tenant, in order: as pages, or as a stream that goes on (Server-Sent
//! Events), for whoever accepts that.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{OriginalUri, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, StreamExt, stream};
use plinth_events::{Aggregate, Event as Recorded, Refusal, RefusalCode, query::events::ReadEvents};
use serde::{Deserialize, Deserializer, de};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    page::page,
    parameters::{Limit, Parameters},
};
use crate::http::{
    accept::accepts,
    access::{Caller, scope::EventsRead},
    feed::{Filter, Listener, Told},
    problem::Problem,
    site::Site,
};

/// The position of the last event that a client of Server-Sent Events got, when it comes again.
const LAST_EVENT_ID: &str = "Last-Event-ID";
/// When a client comes again after a stream has ended.
const COME_AGAIN: Duration = Duration::from_secs(1);
/// How often a stream says something while nothing happens, so that nobody in between takes it for dead.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// The routes of events.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The first position to read. When absent, pages begin at 1, and a stream with what is yet to come.
    from: Option<u64>,
    /// How many a page has at most, up to 1,000; 100 when absent. It has fewer, down to none, where events are left out.
    #[param(value_type = Option<u32>)]
    limit: Option<Limit>,
    /// Only events of these kinds of aggregates, separated by commas, such as `metric,dashboard`.
    #[serde(default, deserialize_with = "aggregates")]
    #[param(value_type = Option<String>)]
    aggregate: Vec<Aggregate>,
    /// Only events of these types, separated by commas, such as `JobCompleted,JobFailed`.
    #[serde(default, rename = "type", deserialize_with = "types")]
    #[param(value_type = Option<String>)]
    event_type: Vec<String>,
}

/// Events of the tenant from a position on.
///
/// With `Accept: text/event-stream` they go on as they happen: the `id` of each is its position, its `event` the type, its
/// `data` a `RecordedEvent`; `Last-Event-ID` goes on behind one.
#[utoipa::path(
    get, path = "/events", tag = "events", operation_id = "readEvents",
    params(Asked, ("Last-Event-ID" = Option<u64>, Header, description = "Only of a stream: the position to go on behind.")),
    responses((status = 200, content((ref("EventPage") = "application/json"), (String = "text/event-stream")))),
    security(("key" = ["events:read"]))
)]
async fn read(
    caller: Caller<EventsRead>,
    State(site): State<Site>,
    headers: HeaderMap,
    OriginalUri(address): OriginalUri,
    Parameters(Asked { from, limit, aggregate, event_type }): Parameters<Asked>,
) -> Result<Response, Problem> {
    let filter = Filter { aggregates: aggregate, types: event_type };
    if accepts(&headers, "text/event-stream") {
        let after = last_event_id(&headers)?.or(from.map(|from| from.saturating_sub(1)));
        let listener = site.feed.listen(caller.tenant, after, filter).await?;
        let streamed = Sse::new(told(listener)).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE));
        return Ok(streamed.into_response());
    }
    let query = ReadEvents { from, limit: limit.map(|Limit(rows)| rows) };
    let mut found = site.queries.events(caller.tenant, &query).await?;
    found.events.retain(|event| filter.matches(event.aggregate_type, &event.event_type));
    Ok(page(&address, "from", found.next, &found))
}

fn told(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    let first = stream::once(async { Event::default().retry(COME_AGAIN) });
    let events = stream::unfold(listener, async |mut listener| Some((event(&listener.next().await?), listener)));
    first.chain(events).map(Ok)
}

fn event(told: &Told) -> Event {
    Event::default().id(told.position.to_string()).event(&told.event_type).data(&told.json)
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let position = value.to_str().ok().and_then(|position| position.parse().ok());
    let detail = || format!("header {LAST_EVENT_ID} must be a position of the log");
    position.map(Some).ok_or_else(|| Refusal::new(RefusalCode::BadHeader, detail()))
}

fn aggregates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Aggregate>, D::Error> {
    let known = |name: &str| Aggregate::ALL.iter().copied().find(|aggregate| aggregate.as_str() == name);
    listed(deserializer, "kind of aggregate", known)
}

fn types<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let known =
        |name: &str| Recorded::types().find(|(_, known, _)| *known == name).map(|(_, known, _)| known.to_owned());
    listed(deserializer, "type of event", known)
}

fn listed<'de, D, T>(deserializer: D, what: &str, known: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
{
    let names = String::deserialize(deserializer)?;
    let listed = names.split(',').map(|name| known(name).ok_or_else(|| format!("there is no {what} {name:?}")));
    listed.collect::<Result<_, _>>().map_err(de::Error::custom)
}
