//! Levels, limits and threads.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use roost_collections::built_in;
use roost_engine::{Cost, Reader, Store, StoreOptions};
use tempfile::TempDir;

use crate::admission::{Admission, Client, Limit, Outcome, Ticket};
use crate::http::error::ApiError;
use crate::http::rejections::Rejections;

const QUICK: Cost = Cost::of_steps(1_000);
const CHEAP: Cost = Cost::of_steps(100_000);
const EXPENSIVE: Cost = Cost::of_steps(10_000_000);

fn index() -> (TempDir, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (_writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    (folder, reader)
}

fn ticket(timeout: Duration) -> Ticket {
    let now = Instant::now();
    Ticket::new(Client::unknown(), now, now + timeout)
}

/// A search with an estimate that returns the name of its thread.
fn named(cost: Cost) -> impl Fn(&Reader, Limit) -> Result<Outcome<String>, ApiError> {
    move |_, limit| match limit.admits(cost) {
        true => Ok(Outcome::Done(thread_name())),
        false => Ok(Outcome::Exceeds(cost)),
    }
}

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_estimate_chooses_the_thread() {
    let (_folder, reader) = index();
    let admission = Admission::new(Rejections::default());
    let here = thread_name();
    for (cost, expected) in [
        (QUICK, here.as_str()),
        (CHEAP, "search-cheap"),
        (EXPENSIVE, "search-expensi"),
    ] {
        let ticket = ticket(Duration::from_secs(60));
        let ran = admission.run(ticket, &reader, named(cost)).await.unwrap();
        assert!(ran.starts_with(expected), "{ran}");
    }
}

#[tokio::test]
async fn a_request_that_has_used_much_time_searches_at_the_expensive_level() {
    let (_folder, reader) = index();
    let admission = Admission::new(Rejections::default());
    let ticket = ticket(Duration::from_secs(60));
    for (used_ms, expected) in [(1, thread_name().as_str()), (100, "search-expensi")] {
        let ticket = ticket.of_many(Duration::from_millis(used_ms));
        let ran = admission.run(ticket, &reader, named(QUICK)).await.unwrap();
        assert!(ran.starts_with(expected), "{ran}");
    }
}

#[tokio::test]
async fn a_search_that_exceeds_its_limit_moves_down() {
    let (_folder, reader) = index();
    let admission = Admission::new(Rejections::default());
    let ticket = ticket(Duration::from_secs(60));
    // Its estimate calls it quick, but only the last level has no limit of steps.
    let search = |_: &Reader, limit: Limit| match limit.steps_max {
        Some(_) => Ok(Outcome::Exceeds(limit.exceeded())),
        None => Ok(Outcome::Done(thread_name())),
    };
    let ran = admission.run(ticket, &reader, search).await.unwrap();
    assert!(ran.starts_with("search-expensi"), "{ran}");
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_thread_goes_on() {
    let (_folder, reader) = index();
    let admission = Admission::new(Rejections::default());
    for _ in 0..20 {
        let ticket = ticket(Duration::from_secs(60));
        let search = |_: &Reader, limit: Limit| match limit.admits(EXPENSIVE) {
            true => panic!("on purpose"),
            false => Ok(Outcome::<()>::Exceeds(EXPENSIVE)),
        };
        let error = admission.run(ticket, &reader, search).await.unwrap_err();
        let status = error.into_response().status();
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expensive_searches_take_no_thread_from_cheap_ones_and_wait_until_their_deadline() {
    let (_folder, reader) = index();
    let admission = Arc::new(Admission::new(Rejections::default()));
    let cores = thread::available_parallelism().unwrap().get();
    let threads = cores.saturating_sub(1).max(1);
    let (started, has_started) = mpsc::channel();
    let mut ends = Vec::new();
    let mut running = Vec::new();
    for _ in 0..threads {
        let (end, has_end) = mpsc::channel::<()>();
        let has_end = std::sync::Mutex::new(has_end);
        let (admission, reader, started) =
            (Arc::clone(&admission), reader.clone(), started.clone());
        ends.push(end);
        running.push(tokio::spawn(async move {
            let search = move |_: &Reader, limit: Limit| {
                if !limit.admits(EXPENSIVE) {
                    return Ok(Outcome::Exceeds(EXPENSIVE));
                }
                started.send(()).unwrap();
                let _ = has_end.lock().unwrap().recv();
                Ok(Outcome::Done(()))
            };
            let ticket = ticket(Duration::from_secs(60));
            admission.run(ticket, &reader, search).await.unwrap();
        }));
    }
    for _ in 0..threads {
        tokio::task::block_in_place(|| has_started.recv()).unwrap();
    }
    // All threads for expensive searches are busy.
    let (hurried, patient) = (
        ticket(Duration::from_millis(20)),
        ticket(Duration::from_secs(60)),
    );
    let rejected = admission.run(hurried, &reader, named(EXPENSIVE)).await;
    let response = rejected.unwrap_err().into_response();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    for cost in [QUICK, CHEAP] {
        admission.run(patient, &reader, named(cost)).await.unwrap();
    }
    drop(ends);
    for search in running {
        search.await.unwrap();
    }
    admission
        .run(patient, &reader, named(EXPENSIVE))
        .await
        .unwrap();
}
