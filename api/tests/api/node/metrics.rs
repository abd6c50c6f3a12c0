//! Tests of the metrics endpoint.

use roost_api::{HealthReport, Phase, RebuildPhase, RebuildReport};

use crate::service::{IIT_BOMBAY, Service};

#[tokio::test]
async fn metrics_cover_requests_the_index_and_its_stream() {
    let service = Service::start();
    service.ok("/api/v1/rooms/search?limit=3").await;
    service.ok("/api/v1/rooms/search?q=desk").await;
    service.get("/api/v1/rooms/search?limit=x").await;
    service.ok(&format!("/api/v1/venues/{IIT_BOMBAY}")).await;
    service.get("/nowhere/at/all").await;
    let reply = service.get_text("/metrics").await;
    let media_type = reply.0["content-type"].to_str().unwrap();
    assert!(media_type.starts_with("application/openmetrics-text; version=1.0.0"));
    for line in [
        "roost_request_seconds_count{route=\"/api/v1/rooms/search\",status=\"200\"} 2",
        "roost_request_seconds_count{route=\"/api/v1/rooms/search\",status=\"400\"} 1",
        "roost_request_seconds_count{route=\"/api/v1/venues/{id}\",status=\"200\"} 1",
        "roost_request_seconds_count{route=\"none\",status=\"404\"} 1",
        "roost_partial_answers_total 0",
        "roost_expansions_dropped_total 0",
        "roost_ready 1",
        "roost_following 1",
        "roost_dead_letters 0",
        "roost_lag_bytes 0",
        "roost_position_bytes{at=\"committed\"} 97500059720",
        "roost_position_bytes{at=\"documents\"} 97500059720",
        "roost_commit_seconds_bucket{le=\"0.005\"} 1",
        "roost_commit_seconds_bucket{le=\"+Inf\"} 3",
        "roost_commit_seconds_sum 0.03",
        "roost_slot_state{wal_status=\"reserved\"} 1",
        "roost_slot_retained_wal_bytes 4096",
        "roost_merge_seconds_count 0",
        "roost_segments{collection=\"rooms\"} 1",
        "roost_documents{collection=\"venues\"} 2",
        "# EOF",
    ] {
        let has = reply.1.lines().any(|found| found == line);
        assert!(has, "{line} is not in\n{}", reply.1);
    }
    assert!(
        !reply.1.contains("roost_slot_safe_wal_bytes"),
        "there is no limit"
    );
}

#[tokio::test]
async fn a_rebuild_is_reported_while_it_runs() {
    let service = Service::start();
    let (_, text) = service.get_text("/metrics").await;
    assert!(!text.contains("roost_rebuild"), "{text}");
    let rebuild = RebuildReport {
        phase: RebuildPhase::Copying,
        table: Some("rooms".to_owned()),
        rows: 3,
        total: 9,
        reason: None,
    };
    service.set_health(HealthReport {
        phase: Phase::Following,
        ready: true,
        reason: None,
        lag_bytes: None,
        dead_letters: 0,
        rebuild: Some(rebuild),
    });
    let (_, text) = service.get_text("/metrics").await;
    for line in [
        "roost_rebuild_phase{phase=\"copying\"} 1",
        "roost_rebuild_rows{of=\"copied\"} 3",
        "roost_rebuild_rows{of=\"all\"} 9",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let (ready, _) = service.ok("/health/ready").await;
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["rebuild"]["phase"], "copying");
}

#[tokio::test]
async fn a_partial_answer_is_counted() {
    let service = Service::start().with_search_timeout(std::time::Duration::ZERO);
    service.ok("/api/v1/rooms/search").await;
    let (_, text) = service.get_text("/metrics").await;
    assert!(text.contains("roost_partial_answers_total 1\n"), "{text}");
}
