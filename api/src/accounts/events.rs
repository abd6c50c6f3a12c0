//! `GET /api/v1/events`: what was done, for admins.

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_market::{EventFilter, RecordedEvent, Time, list_events, parse_rfc3339, rfc3339};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use uuid::Uuid;

use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{Documented, Group, Param, QueryParams, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Id, Invalid, Scalar, Whole};

params! {
    /// Which events.
    const EVENTS;

    /// Only events of this kind: the subject and what happened to it.
    KIND: KindName = Param::new("kind", KindName { example: "room.created" }).example("room.created");

    /// Only events of subjects of this kind.
    SUBJECT_KIND: KindName =
        Param::new("subject_kind", KindName { example: "room" }).example("room");

    /// Only events of this subject.
    SUBJECT_ID: Id = Param::new("subject_id", Id).example("019b76da-a85e-77d1-92b0-13d485117cc7");

    /// Only what this user or key has done.
    ACTOR_ID: Id = Param::new("actor_id", Id).example("019b76da-a85e-77d1-92b0-13d485117cc8");

    /// Only events at or after this time.
    FROM: Moment = Param::new("from", Moment).example("2026-12-01T00:00:00Z");

    /// Only events before this time.
    TO: Moment = Param::new("to", Moment).example("2027-01-01T00:00:00Z");

    /// The maximum number of events in an answer.
    LIMIT: WithDefault<Whole<u32>> = Param::new("limit", Whole { min: 1, max: 1_000 })
        .default(100)
        .example("10");

    /// The `meta.next_cursor` of the previous page.
    BEFORE: Whole<u64> = Param::new("cursor", Whole { min: 1, max: i64::MAX.unsigned_abs() });
}

/// The query parameters of the events.
struct EventParams;

impl QueryParams for EventParams {
    const GROUPS: &'static [Group] = &[EVENTS];
}

/// The kind of an event or subject.
#[derive(Clone, Copy)]
struct KindName {
    example: &'static str,
}

/// A time in the format of RFC 3339.
#[derive(Clone, Copy)]
struct Moment;

/// An event. It contains no secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventJson {
    /// Orders events. Concurrent actions may have been committed in another order.
    #[schema(example = 4711)]
    id: i64,
    /// When the action began, UTC.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    occurred_at: String,
    /// The subject and what happened to it.
    #[schema(example = "room.created")]
    kind: String,
    /// The kind of the subject.
    #[schema(example = "room")]
    subject_kind: String,
    subject_id: Uuid,
    /// `anonymous`, `user`, `key`, or `system` for Roost itself and its command line.
    #[schema(example = "user")]
    actor_kind: String,
    /// The user or key.
    actor_id: Option<Uuid>,
    /// The changed values.
    #[schema(value_type = Object)]
    change: Value,
}

/// How the list goes on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventListMeta {
    /// The `cursor` of the next page; null on the last one.
    #[schema(example = "4711")]
    next_cursor: Option<String>,
    #[schema(example = 100)]
    limit: u32,
}

/// List events.
///
/// Every action leaves one, the newest first. For admins.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "list_events",
    tag = "accounts",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<EventParams>),
    responses(
        (status = 200, description = "The events.", body = Answer<Vec<EventJson>, EventListMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no admin: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<Vec<EventJson>, EventListMeta>>, ApiError> {
    let params = EventParams::parse(raw.as_deref())?;
    let filter = EventFilter {
        kind: KIND.read(&params)?,
        subject_kind: SUBJECT_KIND.read(&params)?,
        subject_id: SUBJECT_ID.read(&params)?,
        actor_id: ACTOR_ID.read(&params)?,
        from: FROM.read(&params)?,
        to: TO.read(&params)?,
        before: BEFORE.read(&params)?.map(u64::cast_signed),
        limit: LIMIT.read(&params)?,
    };
    let (events, has_more) = list_events(app.market().pool(), &actor, &filter).await?;
    let last = events.last().filter(|_| has_more);
    let meta = EventListMeta {
        next_cursor: last.map(|event| event.id.to_string()),
        limit: filter.limit,
    };
    Ok(Answer::json(
        events.into_iter().map(EventJson::from).collect(),
        meta,
    ))
}

impl From<RecordedEvent> for EventJson {
    fn from(event: RecordedEvent) -> EventJson {
        EventJson {
            id: event.id,
            occurred_at: rfc3339(event.occurred_at),
            kind: event.kind,
            subject_kind: event.subject_kind,
            subject_id: event.subject_id,
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            change: event.change,
        }
    }
}

impl Scalar for KindName {
    type Value = String;

    fn parse(&self, text: &str) -> Result<String, Invalid> {
        let is_kind = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
        match (1..=60).contains(&text.len()) && text.chars().all(is_kind) {
            true => Ok(text.to_owned()),
            false => Err(Invalid::default()),
        }
    }

    fn expected(&self) -> String {
        format!("a name in lower case such as {}", self.example)
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[a-z_.]{1,60}$"))
            .into()
    }
}

impl Scalar for Moment {
    type Value = Time;

    fn parse(&self, text: &str) -> Result<Time, Invalid> {
        parse_rfc3339(text).ok_or_else(Invalid::default)
    }

    fn expected(&self) -> String {
        "a time such as 2026-12-01T09:30:00Z".to_owned()
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}
