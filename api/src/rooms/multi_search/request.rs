//! Reads the request of a multi-search.

use std::time::Instant;

use axum::http::StatusCode;
use roost_engine::Position;

use crate::app::clock::now_s;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::reach::{TIMEOUT, read_deadline};
use crate::http::error::{ApiError, Code};
use crate::params::declaration::{Group, QueryParams};
use crate::params::json::Json;
use crate::params::members::read_members;
use crate::params::values::{Params, duplicate_parameter};
use crate::query::at_least::{AT_LEAST, POSITION};
use crate::rooms::search::assignment::Exam;
use crate::rooms::search::request::{RoomSearch, SearchParams};

/// The maximum number of searches. The OpenAPI description of `searches` repeats it.
const SEARCHES_MAX: usize = 50;

/// The member of the body that contains the searches.
const SEARCHES: &str = "searches";

/// The members of the body besides the searches.
struct BodyParams;

impl QueryParams for BodyParams {
    const GROUPS: &'static [Group] = &[TIMEOUT, POSITION];
}

/// The query parameters of each search: those of a room search without `at_least`, which applies to
/// all of them.
pub(super) struct SearchObjectParams;

impl QueryParams for SearchObjectParams {
    const GROUPS: &'static [Group] = match SearchParams::GROUPS.split_last() {
        Some((_at_least, others)) => others,
        None => &[],
    };
}

/// The searches of a request. Each is read when it starts.
pub(super) struct MultiSearch {
    pub(super) searches: Vec<Json>,
    pub(super) deadline: Instant,
    pub(super) at_least: Option<Position>,
    now_s: i64,
}

impl MultiSearch {
    pub(super) fn read(body: &[u8], app: &App, started: Instant) -> Result<MultiSearch, ApiError> {
        let (searches, others) = split(parse_object(body)?);
        let params = read_members::<BodyParams>(&others, &[SEARCHES])?;
        let searches = read_searches(searches)?;
        Ok(MultiSearch {
            searches,
            deadline: read_deadline(&params, app, started)?,
            now_s: now_s(),
            at_least: AT_LEAST.read(&params)?,
        })
    }

    /// Reads the search of this number as of `started`.
    pub(super) async fn read_search(
        &self,
        number: usize,
        access: &Access,
        app: &App,
        started: Instant,
    ) -> Result<RoomSearch, ApiError> {
        let params = read_params(&self.searches[number])?;
        let exam = Exam::read(&params, access.actor(), app).await?;
        let mut search = RoomSearch::read(exam, &params, access, (app, started))?;
        search.search.now_s = self.now_s;
        Ok(search)
    }
}

fn parse_object(body: &[u8]) -> Result<Vec<(String, Json)>, ApiError> {
    let invalid = |message: String| {
        ApiError::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
            .with_expected("an object such as {\"searches\": [{\"q\": \"desk\"}]}")
    };
    match serde_json::from_slice(body) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => Err(invalid("the body is not a JSON object".to_owned())),
        Err(error) => Err(invalid(format!("the body is not valid JSON: {error}"))),
    }
}

/// The members named `searches`, and the others.
fn split(body: Vec<(String, Json)>) -> (Vec<Json>, Vec<(String, Json)>) {
    let is_searches = |(name, _): &(String, Json)| name == SEARCHES;
    let (searches, others): (Vec<_>, Vec<_>) = body.into_iter().partition(is_searches);
    (
        searches.into_iter().map(|(_, value)| value).collect(),
        others,
    )
}

fn read_searches(mut members: Vec<Json>) -> Result<Vec<Json>, ApiError> {
    let expected = format!("an array of 1 to {SEARCHES_MAX} searches");
    if let Some(second) = members.get(1) {
        return Err(duplicate_parameter(SEARCHES, &second.to_string()));
    }
    match members.pop() {
        None => Err(ApiError::missing(SEARCHES, expected)),
        Some(Json::Array(searches)) if (1..=SEARCHES_MAX).contains(&searches.len()) => Ok(searches),
        Some(Json::Array(searches)) => {
            let value = format!("{} searches", searches.len());
            Err(ApiError::parameter(SEARCHES, &value, expected))
        }
        Some(other) => Err(ApiError::parameter(SEARCHES, &other.to_string(), expected)),
    }
}

pub(super) fn read_params(search: &Json) -> Result<Params, ApiError> {
    match search {
        Json::Object(members) => read_members::<SearchObjectParams>(members, &[]),
        _ => {
            let message = "a search must be an object of its parameters";
            let error = ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidParameter, message);
            Err(error.with_expected("an object such as {\"q\": \"desk\"}"))
        }
    }
}
