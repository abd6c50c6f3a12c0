//! Runs many room searches in one request.
//!
//! All of them see the same snapshot and time. Each gets the answer or the error that it would get
//! as a request of its own.

use std::borrow::Cow;
use std::time::Instant;

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use roost_engine::{Position, Reader};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::search::answer::{RoomSearchMeta, answer};
use super::search::hit::RoomHit;
use super::search::request::{RoomSearch, SearchParams, TIMEOUT_MS, read_deadline};
use crate::app::clock::now_s;
use crate::app::state::App;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, took_us};
use crate::http::error::{ApiError, Code, ErrorEnvelope};
use crate::http::freshness::Index;
use crate::http::list::{ListWriter, SerializedAnswer};
use crate::params::declaration::{Declared, Group, NoParams, QueryParams, declared};
use crate::params::values::Params;
use crate::query::at_least::{AT_LEAST, POSITION};

/// The maximum number of searches. The OpenAPI description of `searches` repeats it.
const SEARCHES_MAX: usize = 50;

/// Many room searches.
#[derive(Debug, ToSchema)]
#[schema(as = MultiSearch, example = json!({
    "searches": [
        {"lat": 19.1334, "lng": 72.9133, "radius_m": 5000, "amenities": ["wifi"], "limit": 5},
        {"q": "quiet desk", "highlight": "all", "limit": 5}
    ],
    "timeout_ms": 500
}))]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
struct MultiSearchBody {
    /// Each with the parameters of a room search: texts, numbers, `true` and `false`, and arrays
    /// for lists.
    #[schema(min_items = 1, max_items = 50)]
    searches: Vec<SearchObject>,
    /// Milliseconds after which all searches stop. The default is the node's `search_timeout_ms`.
    /// Each search may set a shorter one of its own, which starts when the search does.
    #[schema(minimum = 1, maximum = 10000)]
    timeout_ms: Option<u32>,
    /// The WAL position that all answers reflect at least, as in a room search.
    #[schema(value_type = Option<String>, example = "16/B374D848")]
    at_least: Option<Position>,
}

/// One of the searches, described by the query parameters of a room search.
#[derive(Debug)]
struct SearchObject;

/// The answer of one search.
#[derive(Debug, ToSchema)]
#[schema(as = OneAnswer)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "it describes the answers for the OpenAPI document"
)]
enum OneAnswer {
    Answer(Box<Answer<Vec<RoomHit<'static>>, RoomSearchMeta>>),
    Error(ErrorEnvelope),
}

/// How the searches were answered.
#[derive(Debug, Serialize, ToSchema)]
struct MultiSearchMeta {
    /// Time spent in this service for all searches, in microseconds.
    #[schema(example = 2150)]
    took_us: u64,
    index: Index,
}

/// The members of the body besides the searches.
struct BodyParams;

impl QueryParams for BodyParams {
    const GROUPS: &'static [Group] = &[&[&TIMEOUT_MS], POSITION];
}

/// The query parameters of each search: those of a room search without `at_least`, which applies to
/// all of them.
struct SearchObjectParams;

impl QueryParams for SearchObjectParams {
    const GROUPS: &'static [Group] = match SearchParams::GROUPS.split_last() {
        Some((_at_least, others)) => others,
        None => &[],
    };
}

/// The searches of a request. Each is read when it starts.
struct MultiSearch {
    searches: Vec<Value>,
    deadline: Instant,
    now_s: i64,
    at_least: Option<Position>,
}

/// Run many room searches.
///
/// Runs up to 50 searches in their order, over the same snapshot of the index and as of the same
/// time; each search reads the current signals of landlords and bookings. Each item of `data` is
/// the answer or error that the search would get by itself: an invalid search does not affect the
/// others, and its `field` names it, such as `searches[3].radius_m`. A search that could only start
/// after `timeout_ms` gets the error `timed_out`. The body may have at most 256 KiB.
#[utoipa::path(
    post,
    path = "/api/v1/multi-search",
    operation_id = "search_rooms_many_times",
    tag = "rooms",
    request_body(content = MultiSearchBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The answer of each search.", body = Answer<Vec<OneAnswer>, MultiSearchMeta>),
        (status = 413, description = "The body is too large: `body_too_large`.", body = ErrorEnvelope),
        (status = 415, description = "The body is not `application/json`: `unsupported_media_type`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn multi_search(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    NoParams::parse(raw.as_deref())?;
    let body = read_json_body(request).await?;
    let search = MultiSearch::read(&body, &app, started)?;
    app.wait_for(search.at_least, search.deadline).await?;
    let shared = app.clone();
    app.run(search.deadline, move |reader| {
        search.answer(&shared, reader, started)
    })
    .await
}

impl MultiSearch {
    fn read(body: &[u8], app: &App, started: Instant) -> Result<MultiSearch, ApiError> {
        let mut body = parse_object(body)?;
        let searches = read_searches(body.remove("searches"))?;
        let params = BodyParams::from_object(&body)?;
        Ok(MultiSearch {
            searches,
            deadline: read_deadline(&params, app, started)?,
            now_s: now_s(),
            at_least: AT_LEAST.read(&params)?,
        })
    }

    fn answer(
        self,
        app: &App,
        reader: &Reader,
        started: Instant,
    ) -> Result<SerializedAnswer, ApiError> {
        let index = Index::now(reader);
        let mut answers = ListWriter::with_capacity(self.searches.len());
        for (number, search) in self.searches.iter().enumerate() {
            let answer = self.answer_one(search, app, reader).or_else(|error| {
                let error = error.inside(&format!("searches[{number}]"));
                SerializedAnswer::error(&error.into_envelope())
            });
            answers.push_answer(&answer?);
        }
        let took_us = took_us(started);
        answers.finish(&MultiSearchMeta { took_us, index })
    }

    fn answer_one(
        &self,
        search: &Value,
        app: &App,
        reader: &Reader,
    ) -> Result<SerializedAnswer, ApiError> {
        let started = Instant::now();
        if started >= self.deadline {
            return Err(ApiError::bare(StatusCode::GATEWAY_TIMEOUT));
        }
        let mut search = RoomSearch::read(&read_params(search)?, app, started)?;
        search.deadline = search.deadline.min(self.deadline);
        search.now_s = self.now_s;
        answer(&search, app.metrics(), reader, started)
    }
}

fn parse_object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let invalid = |message: String| {
        ApiError::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
            .with_expected("an object such as {\"searches\": [{\"q\": \"desk\"}]}")
    };
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(invalid("the body is not a JSON object".to_owned())),
        Err(error) => Err(invalid(format!("the body is not valid JSON: {error}"))),
    }
}

fn read_searches(searches: Option<Value>) -> Result<Vec<Value>, ApiError> {
    let expected = format!("an array of 1 to {SEARCHES_MAX} searches");
    match searches {
        None => Err(ApiError::missing("searches", expected)),
        Some(Value::Array(searches)) if (1..=SEARCHES_MAX).contains(&searches.len()) => {
            Ok(searches)
        }
        Some(Value::Array(searches)) => {
            let value = format!("{} searches", searches.len());
            Err(ApiError::parameter("searches", &value, expected))
        }
        Some(other) => Err(ApiError::parameter(
            "searches",
            &other.to_string(),
            expected,
        )),
    }
}

fn read_params(search: &Value) -> Result<Params, ApiError> {
    match search {
        Value::Object(search) => SearchObjectParams::from_object(search),
        _ => {
            let message = "a search must be an object of its parameters";
            let error = ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidParameter, message);
            Err(error.with_expected("an object such as {\"q\": \"desk\"}"))
        }
    }
}

impl PartialSchema for SearchObject {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .description(Some("The parameters of `GET /api/v1/rooms/search`."))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let parameters = declared::<SearchParams>().map(Declared::document);
        let object = parameters.fold(object, |object, parameter| match parameter.schema {
            Some(schema) => object.property(parameter.name, schema),
            None => object,
        });
        object.into()
    }
}

impl ToSchema for SearchObject {
    fn name() -> Cow<'static, str> {
        "RoomSearch".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing;
    use axum::body::to_bytes;
    use axum::response::IntoResponse;
    use roost_engine::{Collection, Store, StoreOptions};

    #[tokio::test]
    async fn each_search_is_read_against_the_index_that_answers() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let stores = folders
            .each_ref()
            .map(|folder| Store::open(folder.path(), &StoreOptions::default()).unwrap());
        let [(live_writer, live), (writer, answering)] = stores;
        live_writer.advance_availability_window(Collection::Rooms, "2026-12-01".parse().unwrap());
        writer.advance_availability_window(Collection::Rooms, "2026-12-10".parse().unwrap());
        let app = App::new(testing::state(live), String::new());
        let body = br#"{"searches": [{"check_in": "2026-12-05", "check_out": "2026-12-08"}]}"#;
        let search = MultiSearch::read(body, &app, Instant::now()).unwrap();
        let answer = search.answer(&app, &answering.pinned(), Instant::now());
        let body = answer.unwrap().into_response().into_body();
        let reply: Value =
            serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
        let expected = reply["data"][0]["error"]["expected"].as_str().unwrap();
        assert!(expected.starts_with("a date from 2026-12-10 to"), "{reply}");
    }
}
