//! Runs many room searches in one request.
//!
//! All of them see the same snapshot and time. Each gets the answer or the error that it would get
//! as a request of its own. Some run side by side (`docs/decisions/0038-batches-side-by-side.md`).

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use roost_engine::Reader;
use serde::Serialize;
use tokio::task::JoinSet;
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

/// The maximum number of searches of a request that run at the same time. More would give large
/// machines to one client.
const SIDE_BY_SIDE_MAX: usize = 4;

/// What the searches of a request share.
struct Batch {
    search: MultiSearch,
    app: App,
    access: Access,
    client: Client,
    reader: Reader,
    started: Instant,
}

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
/// Runs up to 50 searches, some of them side by side, over the same snapshot of the index and as of
/// the same time; each search reads the current signals of landlords and bookings. Each item of
/// `data` is the answer or error that the search would get by itself: an invalid search does not
/// affect the others, and its `field` names it, such as `searches[3].radius_m`. Four requests of a
/// client run at the same time, others wait; on a busy node each search also waits for its own
/// turn. One that could only start after `timeout_ms` gets the error `timed_out`. All searches
/// together may request at most 1,000 hits: the sum of `limit`, with `group_by` of `limit` times
/// `group_limit`. Of an API key, each search counts as a request.
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
    let batch = Batch {
        search,
        app,
        access,
        client,
        reader,
        started,
    };
    batch.answer_all().await
}

impl Batch {
    /// The answers of all searches in their order. Each waits for its own turn.
    async fn answer_all(self) -> Result<SerializedAnswer, ApiError> {
        let batch = Arc::new(self);
        let cores = available_parallelism().map_or(1, NonZero::get);
        let mut numbers = 0..batch.search.searches.len();
        let mut answers: Vec<_> = numbers.clone().map(|_| None).collect();
        // Dropping it ends the searches if the client leaves.
        let mut running = JoinSet::new();
        loop {
            while running.len() < cores.min(SIDE_BY_SIDE_MAX)
                && let Some(number) = numbers.next()
            {
                // The request itself counts for the first one.
                let counted = match number {
                    0 => Ok(()),
                    _ => batch.access.count_search(),
                };
                let batch = Arc::clone(&batch);
                running
                    .spawn(async move { (number, batch.answer_or_error(number, counted).await) });
            }
            match running.join_next().await {
                Some(Ok((number, answer))) => answers[number] = Some(answer?),
                Some(Err(error)) => return Err(ApiError::internal(error)),
                None => break,
            }
        }
        batch.write(answers.into_iter().flatten())
    }

    fn write(
        &self,
        answers: impl Iterator<Item = SerializedAnswer>,
    ) -> Result<SerializedAnswer, ApiError> {
        let index = Index::now(&self.reader);
        let mut list = ListWriter::with_capacity(self.search.searches.len());
        for answer in answers {
            list.push_answer(&answer);
        }
        let took_us = took_us(self.started);
        list.finish(&MultiSearchMeta { took_us, index })
    }

    async fn answer_or_error(
        &self,
        number: usize,
        counted: Result<(), ApiError>,
    ) -> Result<SerializedAnswer, ApiError> {
        let answer = match counted {
            Ok(()) => self.answer_one(number).await,
            Err(error) => Err(error),
        };
        answer.or_else(|error| {
            let error = error.inside(&format!("searches[{number}]"));
            SerializedAnswer::error(&error.into_envelope())
        })
    }

    async fn answer_one(&self, number: usize) -> Result<SerializedAnswer, ApiError> {
        let read_at = Instant::now();
        let last = self.search.deadline;
        let timed_out = || ApiError::bare(StatusCode::GATEWAY_TIMEOUT);
        if read_at >= last {
            return Err(timed_out());
        }
        let search = self
            .search
            .read_search(number, &self.access, &self.app, read_at)
            .await?;
        // Its own time starts with its turn.
        let deadline = search.search.deadline;
        let timeout = deadline.saturating_duration_since(read_at);
        let ticket = Ticket::new(self.client, self.started, last).of_many(self.started.elapsed());
        let shared = self.app.clone();
        let answer = self.app.run_over(
            &self.reader,
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
        let batch = Batch {
            search,
            app,
            access: Access::to_all(),
            client: Client::unknown(),
            reader: answering.pinned(),
            started: Instant::now(),
        };
        let answer = batch.answer_all().await;
        let body = answer.unwrap().into_response().into_body();
        let reply: Value =
            serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
        let expected = reply["data"][0]["error"]["expected"].as_str().unwrap();
        assert!(expected.starts_with("a date from 2026-12-10 to"), "{reply}");
    }
}
