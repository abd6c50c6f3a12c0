//! How are many searches asked and answered at once?
//!
//! All of them see the same commit and the same moment. Each has the answer, or the error, that it
//! would have by itself.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use roost_engine::{Position, Reader};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::Object;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::app::{App, now_s};
use crate::at_least::{self, AtLeastParams};
use crate::envelope::{Answer, Index, Items, Refused, Written, took_us};
use crate::error::{ApiError, Code};
use crate::params::Params;
use crate::rooms::search::{self, RoomSearch, RoomSearchMeta};
use crate::rooms::shape::RoomHit;
use crate::router::BODY_BYTES_MAX;

/// As the OpenAPI document says below.
const SEARCHES_MAX: usize = 50;
const TIMEOUT_MS_MAX: u64 = 10_000;

/// Many searches of rooms.
#[derive(Debug, ToSchema)]
#[schema(as = MultiSearch, example = json!({
    "searches": [
        {"lat": 19.1334, "lng": 72.9133, "radius_m": 5000, "amenities": ["wifi"], "limit": 5},
        {"q": "quiet desk", "highlight": "all", "limit": 5}
    ],
    "timeout_ms": 500
}))]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
struct MultiSearch {
    /// Each with the parameters of a room search: texts, numbers, `true` and `false`, and arrays
    /// for lists.
    #[schema(min_items = 1, max_items = 50)]
    searches: Vec<OneSearch>,
    /// Milliseconds after which all searches stop; the node's `search_timeout_ms` when left out.
    /// Each may have a shorter one of its own, which begins when its turn comes.
    #[schema(minimum = 1, maximum = 10000)]
    timeout_ms: Option<u32>,
    /// The position of the log that all answers show at least, as in a room search.
    #[schema(value_type = Option<String>, example = "16/B374D848")]
    at_least: Option<Position>,
}

/// One of many searches. What it takes is said where a search takes it from a query string.
#[derive(Debug)]
pub(crate) struct OneSearch;

/// What a search by itself answers.
#[derive(Debug, ToSchema)]
#[schema(as = OneAnswer)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "it describes the answers for the OpenAPI document"
)]
enum OneAnswer {
    Answered(Box<Answer<Vec<RoomHit<'static>>, RoomSearchMeta>>),
    Refused(Refused),
}

/// How many searches were answered.
#[derive(Debug, Serialize, ToSchema)]
struct MultiSearchMeta {
    /// Time taken here for all of them, in microseconds.
    #[schema(example = 2150)]
    took_us: u64,
    index: Index,
}

/// The searches of a request, each read when its turn comes.
struct Asked {
    searches: Vec<Value>,
    deadline: Instant,
    now_s: i64,
    at_least: Option<Position>,
}

/// Search rooms many times at once.
///
/// Up to 50 searches are answered in their order, over the same state of the index and as of the same
/// moment; only landlords' signals and bookings are read anew by each. Each item of `data` is what
/// the search would answer by itself, an error included: one that is wrong does not keep the others
/// from being answered, and its `field` is such as `searches[3].radius_m`. A search that could only
/// begin past `timeout_ms` has the error `timed_out`. The body has at most 256 KiB.
#[utoipa::path(
    post,
    path = "/api/v1/multi-search",
    operation_id = "search_rooms_many_times",
    tag = "rooms",
    request_body(content = MultiSearch, content_type = "application/json"),
    responses(
        (status = 200, description = "An answer for each search.", body = Answer<Vec<OneAnswer>, MultiSearchMeta>),
        (status = 413, description = "The body is too large: `body_too_large`.", body = Refused),
        (status = 415, description = "The body is not of the type `application/json`: `unsupported_media_type`.", body = Refused),
    )
)]
pub(crate) async fn search(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Written, ApiError> {
    let started = Instant::now();
    Params::parse(raw.as_deref(), &[])?;
    let body = read_body(request).await?;
    let asked = Asked::read(&body, &app, started)?;
    app.reach(asked.at_least, asked.deadline).await?;
    let here = app.clone();
    app.ask(asked.deadline, move |reader| {
        asked.answer(&here, reader, started)
    })
    .await
}

impl Asked {
    fn read(body: &[u8], app: &App, started: Instant) -> Result<Asked, ApiError> {
        let bad_body = |message: String| {
            ApiError::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
                .expected("an object such as {\"searches\": [{\"q\": \"desk\"}]}")
        };
        let body = serde_json::from_slice(body)
            .map_err(|error| bad_body(format!("the body is no JSON: {error}")))?;
        let Value::Object(mut body) = body else {
            return Err(bad_body("the body is no JSON object".to_owned()));
        };
        let searches = read_searches(body.remove("searches"))?;
        let params =
            Params::of_object(&body, &[&["searches", "timeout_ms"], AtLeastParams::NAMES])?;
        Ok(Asked {
            searches,
            deadline: match params.whole("timeout_ms", 1..=TIMEOUT_MS_MAX)? {
                Some(timeout_ms) => started + Duration::from_millis(timeout_ms),
                None => app.deadline(started),
            },
            now_s: now_s(),
            at_least: at_least::read(&params)?,
        })
    }

    fn answer(self, app: &App, reader: &Reader, started: Instant) -> Result<Written, ApiError> {
        let index = Index::now(reader);
        let mut answers = Items::with_capacity(self.searches.len());
        for (at, search) in self.searches.iter().enumerate() {
            let answer = self.answer_one(search, app, reader).or_else(|error| {
                Written::refused(&error.within(&format!("searches[{at}]")).into_refused())
            });
            answers.push_written(&answer?);
        }
        let took_us = took_us(started);
        answers.answer(&MultiSearchMeta { took_us, index })
    }

    fn answer_one(&self, search: &Value, app: &App, reader: &Reader) -> Result<Written, ApiError> {
        let began = Instant::now();
        if began >= self.deadline {
            return Err(ApiError::bare(StatusCode::GATEWAY_TIMEOUT));
        }
        let mut search = RoomSearch::read(&read_params(search)?, app, began)?;
        search.deadline = search.deadline.min(self.deadline);
        search.now_s = self.now_s;
        search.answer(app, reader, began)
    }
}

async fn read_body(request: Request<Body>) -> Result<Bytes, ApiError> {
    let media_type = request.headers().get(CONTENT_TYPE);
    let media_type = media_type.and_then(|media_type| media_type.to_str().ok());
    let essence = media_type.and_then(|media_type| media_type.split(';').next());
    if !essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json")) {
        let error = ApiError::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        return Err(error
            .about("content-type", media_type.unwrap_or_default())
            .expected("application/json"));
    }
    // The other cause is a client that went away, which reads no answer.
    to_bytes(request.into_body(), BODY_BYTES_MAX)
        .await
        .map_err(|_| ApiError::bare(StatusCode::PAYLOAD_TOO_LARGE))
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
        Value::Object(search) => Params::of_object(search, search::KNOWN),
        _ => {
            let message = "a search must be an object of its parameters";
            let error = ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidParameter, message);
            Err(error.expected("an object such as {\"q\": \"desk\"}"))
        }
    }
}

impl PartialSchema for OneSearch {
    fn schema() -> RefOr<Schema> {
        Object::new().into()
    }
}

impl ToSchema for OneSearch {
    fn name() -> Cow<'static, str> {
        "RoomSearch".into()
    }
}
