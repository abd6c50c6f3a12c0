//! Which rooms are found for a stay, and which stays can be asked for?

use roost_engine::{Collection, NightsChange, Stay};

use crate::service::{ROOM_COUNT, Service, refused, room_key};

const SEARCH: &str = "/api/v1/rooms/search?limit=100&sort=rating";

#[tokio::test]
async fn a_room_that_is_booked_for_a_night_of_the_stay_is_left_out() {
    let service = Service::start();
    let stay = |check_in: &str, check_out: &str| {
        Stay::new(check_in.parse().unwrap(), check_out.parse().unwrap()).unwrap()
    };
    let booked = NightsChange {
        key: room_key(1),
        freed: Vec::new(),
        booked: vec![stay("2026-12-05", "2026-12-07")],
    };
    {
        let writer = service.writer.lock().unwrap();
        writer.change_nights(Collection::Rooms, &[booked]).unwrap();
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
async fn a_stay_shorter_than_a_rooms_fewest_nights_does_not_find_it() {
    let service = Service::start();
    for (check_out, found) in [("2026-12-05", 0), ("2026-12-06", ROOM_COUNT)] {
        let path = format!("{SEARCH}&check_in=2026-12-04&check_out={check_out}");
        let (_, meta) = service.ok(&path).await;
        assert_eq!(meta["total"], found, "{path}");
    }
}

#[tokio::test]
async fn a_stay_that_makes_no_sense_is_refused() {
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
        let error = refused(&service.get(&path).await, 400, "invalid_parameter");
        assert_eq!(error["field"], field, "{path}");
    }
    for (given, missing) in [("check_in", "check_out"), ("check_out", "check_in")] {
        let path = format!("{SEARCH}&{given}=2026-12-05");
        let error = refused(&service.get(&path).await, 400, "missing_parameter");
        assert_eq!(error["field"], missing, "{path}");
    }
}

#[tokio::test]
async fn the_nights_that_can_be_asked_for_are_told_where_others_are() {
    let service = Service::start();
    let path = format!("{SEARCH}&check_in=2026-11-30&check_out=2026-12-02");
    let error = refused(&service.get(&path).await, 400, "invalid_parameter");
    let known = service.state.reader.availability_window(Collection::Rooms);
    let last = known.unwrap().check_out().plus_days(-1);
    assert_eq!(
        error["expected"],
        format!("a date from 2026-12-01 to {last}")
    );
    assert_eq!(error["value"], "2026-11-30");
}
