//! Tests of content codings over a real socket.

use serde_json::Value;

use crate::service::Service;
use crate::service::socket::Socket;

const SEARCH: &str = "/api/v1/rooms/search?limit=2";

#[tokio::test]
async fn a_client_that_accepts_no_coding_of_the_service_gets_an_error_and_no_data() {
    let socket = Socket::serve(&Service::start()).await;
    // The answer of an invalid request and that of an unknown path would not be acceptable either.
    for path in [
        SEARCH,
        "/api/v1/rooms/search?limit=0",
        "/nowhere",
        "/metrics",
    ] {
        for accepted in [
            "identity;q=0",
            "br;q=1, *;q=0",
            "*;q=0",
            "gzip;q=0,identity;q=0",
        ] {
            let header = format!("accept-encoding: {accepted}\r\n");
            let response = socket.send("GET", path, &header, b"").await;
            let error = response.error(406, "not_acceptable");
            assert_eq!(error["field"], "accept-encoding", "{path} {accepted}");
            assert_eq!(error["value"], accepted, "{path}");
            let expected = error["expected"].as_str().unwrap();
            assert!(expected.contains("gzip or identity"), "{expected}");
            assert!(
                response.head.contains("vary: accept-encoding"),
                "{}",
                response.head
            );
            assert!(
                response.head.contains("x-request-id: "),
                "{}",
                response.head
            );
            assert!(
                !response.head.contains("content-encoding"),
                "{}",
                response.head
            );
        }
    }
}

#[tokio::test]
async fn the_acceptable_coding_is_used_for_answers_and_errors() {
    let socket = Socket::serve(&Service::start()).await;
    for (path, status) in [(SEARCH, 200), ("/api/v1/rooms/search?limit=0", 400)] {
        for (accepted, is_compressed) in [
            ("gzip, identity;q=0", true),
            ("identity;q=0, *", true),
            ("br, gzip;q=0.1, *;q=0", true),
            ("br", false),
            ("identity, *;q=0", false),
            ("gzip;q=0", false),
            ("", false),
        ] {
            let header = format!("accept-encoding: {accepted}\r\n");
            let response = socket.send("GET", path, &header, b"").await;
            assert_eq!(response.status, status, "{path} {accepted}");
            let is_gzip = response.head.contains("content-encoding: gzip");
            assert_eq!(is_gzip, is_compressed, "{path} {accepted}");
            assert_eq!(
                response.json == Value::Null,
                is_compressed,
                "{path} {accepted}"
            );
            // The magic number of gzip, behind the size of a chunk.
            let is_gzip = response
                .body
                .windows(2)
                .take(20)
                .any(|it| it == [0x1f, 0x8b]);
            assert_eq!(is_gzip, is_compressed, "{path} {accepted}");
        }
    }
}

#[tokio::test]
async fn a_compressed_body_is_rejected_by_its_content_coding() {
    let socket = Socket::serve(&Service::start()).await;
    let send = async |coding: &str, body: &[u8]| {
        let headers = format!("content-type: application/json\r\ncontent-encoding: {coding}\r\n");
        socket
            .send("POST", "/api/v1/multi-search", &headers, body)
            .await
    };
    for coding in ["gzip", "br", "zstd"] {
        let response = send(coding, b"\x1f\x8b\x08\0\0\0\0\0").await;
        let error = response.error(415, "unsupported_media_type");
        assert_eq!(error["field"], "content-encoding");
        assert_eq!(error["value"], coding);
        assert!(
            response.head.contains("accept-encoding: identity"),
            "{}",
            response.head
        );
    }
    let response = send("identity", br#"{"searches": [{"limit": 1}]}"#).await;
    assert_eq!(response.ok().0[0]["success"], true);
}

#[tokio::test]
async fn a_page_of_another_origin_may_send_a_request_id_and_repeats_its_preflight_rarely() {
    let socket = Socket::serve(&Service::start()).await;
    let headers = "origin: https://example.org\r\naccess-control-request-method: POST\r\n\
                   access-control-request-headers: content-type,x-request-id\r\n";
    let response = socket
        .send("OPTIONS", "/api/v1/multi-search", headers, b"")
        .await;
    assert_eq!(response.status, 200);
    for expected in [
        "access-control-allow-headers: authorization,content-type,idempotency-key,if-match,x-request-id",
        "access-control-max-age: 7200",
    ] {
        assert!(response.head.contains(expected), "{}", response.head);
    }
    let response = socket
        .send("GET", SEARCH, "origin: https://example.org\r\n", b"")
        .await;
    let exposed = "access-control-expose-headers: etag,location,x-request-id,roost-position,ratelimit,\
                   ratelimit-policy,retry-after";
    assert!(response.head.contains(exposed), "{}", response.head);
}
