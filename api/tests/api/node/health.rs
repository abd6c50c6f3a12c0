//! Tests of liveness and readiness.

use axum::http::StatusCode;
use roost_api::{HealthReport, Phase};
use roost_engine::Position;

use crate::service::{Service, rejected, room_key};

fn report(phase: Phase, ready: bool, reason: Option<&str>) -> HealthReport {
    HealthReport {
        phase,
        ready,
        reason: reason.map(str::to_owned),
        lag_bytes: Some(512),
        dead_letters: 0,
        rebuild: None,
    }
}

#[tokio::test]
async fn searches_are_rejected_until_the_initial_copy_is_complete() {
    let service = Service::start();
    service.set_health(report(Phase::Copying, false, Some("copied 3 of 9 rooms")));
    let room = format!("/api/v1/rooms/{}", room_key(0));
    for path in [
        "/health/ready",
        "/api/v1/rooms/search",
        "/api/v1/venues/search?q=a",
        &room,
    ] {
        let reply = service.get(path).await;
        let error = rejected(&reply, 503, "not_ready");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("copied 3 of 9 rooms"), "{message}");
        assert_eq!(reply.headers["retry-after"], "5");
    }
    service.ok("/health/live").await;
}

#[tokio::test]
async fn a_node_without_its_database_is_degraded_and_keeps_answering() {
    let service = Service::start();
    let (ready, _) = service.ok("/health/ready").await;
    assert_eq!(ready["status"], "ready");
    let reason = "the source has been unreachable for 12 s";
    service.set_health(report(Phase::Waiting, true, Some(reason)));
    let (ready, _) = service.ok("/health/ready").await;
    assert_eq!(ready["status"], "degraded");
    assert_eq!(ready["reason"], reason);
    assert_eq!(ready["phase"], "waiting");
    assert_eq!(ready["lag_bytes"], 512);
    assert_eq!(
        service.get("/api/v1/rooms/search").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_age_of_the_index_is_reported_once_it_is_known() {
    let service = Service::start();
    let position = Position(0x16_B374_D900);
    let at = std::time::SystemTime::now() - std::time::Duration::from_secs(3);
    service.writer.lock().unwrap().mark_current(position, at);
    let (_, meta) = service.ok("/api/v1/rooms/search").await;
    let age_ms = meta["index"]["age_ms"].as_u64().unwrap();
    assert!((3_000..60_000).contains(&age_ms), "{age_ms}");
    assert_eq!(meta["index"]["position"], "16/B374D900");
}
