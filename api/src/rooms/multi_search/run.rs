//! Runs many room searches in one request.
//!
//! All of them see the same snapshot and time. Each gets the answer or the error that it would get
//! as a request of its own.

use std::time::Instant;

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use roost_engine::Reader;
use serde::Serialize;
use utoipa::ToSchema;

use super::hits;
use super::request::MultiSearch;
use super::schema::{MultiSearchBody, OneAnswer};
use crate::admission::{Client, Ticket};
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::search::answer::answer;
use crate::http::body::read_json_body;
use crate::http::envelope::{Answer, took_us};
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::http::list::{ListWriter, SerializedAnswer};
use crate::params::declaration::{NoParams, QueryParams};

/// How the searches were answered.
#[derive(Debug, Serialize, ToSchema)]
struct MultiSearchMeta {
    /// Time spent in this service for all searches, in microseconds.
    #[schema(example = 2150)]
    took_us: u64,
    index: Index,
}

/// Run many room searches.
///
/// Runs up to 50 searches in their order, over the same snapshot of the index and as of the same
/// time; each search reads the current signals of landlords and bookings. Each item of `data` is
/// the answer or error that the search would get by itself: an invalid search does not affect the
/// others, and its `field` names it, such as `searches[3].radius_m`. Four requests of a client run
/// at the same time, others wait; on a busy node each search also waits for its own turn. One that
/// could only start after `timeout_ms` gets the error `timed_out`. All searches together may
/// request at most 1,000 hits: the sum of `limit`, with `group_by` of `limit` times `group_limit`.
/// Of an API key, each search counts as a request.
/// The body may have at most 256 KiB.
#[utoipa::path(
    post,
    path = "/api/v1/multi-search",
    operation_id = "search_rooms_many_times",
    tag = "rooms",
    security((), ("access_token" = []), ("api_key" = [])),
    request_body(content = MultiSearchBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The answer of each search.", body = Answer<Vec<OneAnswer>, MultiSearchMeta>),
    )
)]
pub(crate) async fn multi_search(
    State(app): State<App>,
    client: Client,
    access: Access,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    NoParams::parse(raw.as_deref())?;
    let body = read_json_body(request).await?;
    // Before the body is parsed, because that takes more memory than the body.
    let _slot = app.admission().begin_many(client).await?;
    let search = MultiSearch::read(&body, &app, started)?;
    hits::check(&search.searches)?;
    app.wait_for(search.at_least, search.deadline).await?;
    app.require_ready()?;
    let reader = app.reader().pinned();
    answer_all(&search, (&app, &access), client, &reader, started).await
}

/// The answers of all searches in their order. Each waits for its own turn.
async fn answer_all(
    search: &MultiSearch,
    (app, access): (&App, &Access),
    client: Client,
    reader: &Reader,
    started: Instant,
) -> Result<SerializedAnswer, ApiError> {
    let index = Index::now(reader);
    let mut answers = ListWriter::with_capacity(search.searches.len());
    for number in 0..search.searches.len() {
        let ticket = Ticket::new(client, started, search.deadline).of_many(started.elapsed());
        let answer = answer_one(search, number, (app, access), ticket, reader).await;
        let answer = answer.or_else(|error| {
            let error = error.inside(&format!("searches[{number}]"));
            SerializedAnswer::error(&error.into_envelope())
        });
        answers.push_answer(&answer?);
        // Quick searches run on this thread, which also serves other connections.
        tokio::task::yield_now().await;
    }
    let took_us = took_us(started);
    answers.finish(&MultiSearchMeta { took_us, index })
}

async fn answer_one(
    search: &MultiSearch,
    number: usize,
    (app, access): (&App, &Access),
    ticket: Ticket,
    reader: &Reader,
) -> Result<SerializedAnswer, ApiError> {
    let read_at = Instant::now();
    let last = search.deadline;
    let timed_out = || ApiError::bare(StatusCode::GATEWAY_TIMEOUT);
    if read_at >= last {
        return Err(timed_out());
    }
    // The request itself counts for the first one.
    if number > 0 {
        access.count_search()?;
    }
    let search = search.read_search(number, access, app, read_at).await?;
    // Its own time starts with its turn.
    let deadline = search.search.deadline;
    let timeout = deadline.saturating_duration_since(read_at);
    let shared = app.clone();
    let answer = app.run_over(
        reader,
        ticket.with_timeout(timeout),
        move |reader, limit| {
            let started = Instant::now();
            let times = (started, last.min(started + timeout));
            answer(&search, shared.metrics(), reader, limit, times)
        },
    );
    answer.await.map_err(|error| match Instant::now() >= last {
        true => timed_out(),
        false => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing;
    use axum::body::to_bytes;
    use axum::response::IntoResponse;
    use roost_collections::{built_in, rooms};
    use roost_engine::{Store, StoreOptions};
    use serde_json::Value;

    #[tokio::test]
    async fn each_search_is_read_against_the_index_that_answers() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let stores = folders.each_ref().map(|folder| {
            Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap()
        });
        let [(live_writer, live), (writer, answering)] = stores;
        live_writer.advance_availability_window(rooms::collection(), "2026-12-01".parse().unwrap());
        writer.advance_availability_window(rooms::collection(), "2026-12-10".parse().unwrap());
        let app = App::new(testing::state(live), String::new());
        let body = br#"{"searches": [{"check_in": "2026-12-05", "check_out": "2026-12-08"}]}"#;
        let search = MultiSearch::read(body, &app, Instant::now()).unwrap();
        let (reader, client) = (answering.pinned(), Client::unknown());
        let caller = (&app, &Access::to_all());
        let answer = answer_all(&search, caller, client, &reader, Instant::now()).await;
        let body = answer.unwrap().into_response().into_body();
        let reply: Value =
            serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
        let expected = reply["data"][0]["error"]["expected"].as_str().unwrap();
        assert!(expected.starts_with("a date from 2026-12-10 to"), "{reply}");
    }
}
