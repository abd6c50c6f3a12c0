//! Tests of stays: rooms are available every night, and the dates are valid.

use std::sync::Arc;

use roost_collections::rooms;
use roost_engine::{DateRange, DaysChange, Position};

use crate::service::{ROOM_COUNT, Service, rejected, room_key};

const SEARCH: &str = "/api/v1/rooms/search?limit=100&sort=rating";

#[tokio::test]
async fn a_room_booked_for_a_night_of_the_stay_is_not_found() {
    let service = Service::start();
    let stay = |check_in: &str, check_out: &str| {
        DateRange::new(check_in.parse().unwrap(), check_out.parse().unwrap()).unwrap()
    };
    let booked = DaysChange {
        key: room_key(1),
        freed: Vec::new(),
        busy: vec![stay("2026-12-05", "2026-12-07")],
    };
    {
        let writer = service.writer.lock().unwrap();
        writer.change_days(rooms::collection(), &[booked]).unwrap();
    }
    for (dates, is_free) in [
        ("check_in=2026-12-03&check_out=2026-12-05", true),
        ("check_in=2026-12-04&check_out=2026-12-06", false),
        ("check_in=2026-12-06&check_out=2026-12-20", false),
        ("check_in=2026-12-07&check_out=2027-03-09", true),
        ("", true),
    ] {
        let (hits, meta) = service.ok(&format!("{SEARCH}&{dates}")).await;
        let mut ids = hits
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| &hit["room"]["id"]);
        let id = room_key(1).to_string();
        assert_eq!(ids.any(|found| *found == id), is_free, "{dates}");
        let expected = ROOM_COUNT - usize::from(!is_free);
        assert_eq!(meta["total"], expected, "{dates}");
    }
}

#[tokio::test]
async fn a_stay_shorter_than_a_rooms_minimum_does_not_find_it() {
    let service = Service::start();
    for (check_out, found) in [("2026-12-05", 0), ("2026-12-06", ROOM_COUNT)] {
        let path = format!("{SEARCH}&check_in=2026-12-04&check_out={check_out}");
        let (_, meta) = service.ok(&path).await;
        assert_eq!(meta["total"], found, "{path}");
    }
}

#[tokio::test]
async fn an_invalid_stay_is_rejected() {
    let service = Service::start();
    for (check_in, check_out, field) in [
        ("2026-12-05", "2026-12-05", "check_out"),
        ("2026-12-05", "2026-12-04", "check_out"),
        ("2026-12-05", "2027-03-08", "check_out"),
        ("2026-12-05", "2027-02-29", "check_out"),
        ("2026-11-30", "2026-12-05", "check_in"),
        ("2036-12-05", "2036-12-06", "check_in"),
        ("05.12.2026", "2026-12-06", "check_in"),
        ("", "2026-12-06", "check_in"),
    ] {
        let path = format!("{SEARCH}&check_in={check_in}&check_out={check_out}");
        let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
        assert_eq!(error["field"], field, "{path}");
    }
    for (given, missing) in [("check_in", "check_out"), ("check_out", "check_in")] {
        let path = format!("{SEARCH}&{given}=2026-12-05");
        let error = rejected(&service.get(&path).await, 400, "missing_parameter");
        assert_eq!(error["field"], missing, "{path}");
    }
}

#[tokio::test]
async fn a_stay_outside_the_availability_window_is_rejected_with_the_window() {
    let service = Service::start();
    let path = format!("{SEARCH}&check_in=2026-11-30&check_out=2026-12-02");
    let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
    let known = service
        .state
        .reader
        .availability_window(rooms::collection());
    let last = known.unwrap().end().plus_days(-1);
    assert_eq!(
        error["expected"],
        format!("a date from 2026-12-01 to {last}, in the format YYYY-MM-DD")
    );
    assert_eq!(error["value"], "2026-11-30");
}

#[tokio::test]
async fn a_stay_is_checked_against_the_bookings_known_when_the_search_runs() {
    let service = Arc::new(Service::start());
    let next = Position(0x16_B374_D900);
    let dates = format!("check_in=2026-12-03&check_out=2026-12-05&at_least={next}");
    let routes = [
        "/api/v1/rooms/search?limit=100",
        "/api/v1/rooms/heatmap?resolution=5",
    ];
    let waiting = routes.map(|route| {
        let (service, path) = (Arc::clone(&service), format!("{route}&{dates}"));
        tokio::spawn(async move { service.get(&path).await })
    });
    // The requests wait for the position, and the oldest nights go meanwhile.
    tokio::task::yield_now().await;
    {
        let writer = service.writer.lock().unwrap();
        writer.advance_availability_window(rooms::collection(), "2026-12-05".parse().unwrap());
    }
    service.reach(next);
    for reply in waiting {
        let reply = reply.await.unwrap();
        let error = rejected(&reply, 400, "invalid_parameter");
        assert_eq!(error["field"], "check_in");
        let expected = error["expected"].as_str().unwrap();
        assert!(
            expected.starts_with("a date from 2026-12-05 to"),
            "{expected}"
        );
    }
}
