//! Tests of the conversion of each table's rows, and of each column.

use roost_collections::{rooms, venues};
use roost_engine::{Category, LatLng};

use super::*;
use crate::wal::row::Value;
use crate::wal::table::{Column, Table, Tables};

const KEY_TEXT: &str = "01900000-0000-7000-8000-000000000007";
const OWNER_TEXT: &str = "01900000-0000-7000-8000-0000000000aa";
const IIT_BOMBAY: &str = "0101000020E6100000F5DBD781733A524052499D8026223340";

fn table(name: &str) -> Table {
    Tables::built_in().named(name).unwrap()
}

fn column(table: Table, name: &str) -> Column {
    let mut columns = table.columns().iter();
    *columns.find(|column| column.name == name).unwrap()
}

fn row(table: Table, columns: &[(&str, &str)]) -> Row {
    let value = |column: &Column| match columns.iter().find(|(name, _)| *name == column.name) {
        Some((_, text)) => Value::Text((*text).to_owned()),
        None => Value::Null,
    };
    Row {
        table,
        values: table.columns().iter().map(value).collect(),
    }
}

fn room_row(changes: &[(&str, &str)]) -> Row {
    let columns = [
        ("id", KEY_TEXT),
        ("landlord_id", OWNER_TEXT),
        ("title", "Quiet room"),
        ("description", "Near the lake"),
        ("address", "12 Main Street"),
        ("locality", "Powai"),
        ("city", "Mumbai"),
        ("postal_code", "400076"),
        ("country_code", "IN"),
        ("location", IIT_BOMBAY),
        ("price", "1234.50"),
        ("currency", "INR"),
        ("occupancy", "2"),
        ("room_type", "private_room"),
        ("amenities", "{wifi,desk}"),
        ("minimum_nights", "3"),
        ("floor", "4"),
        ("rating_average", "4.5"),
        ("review_count", "12"),
        ("status", "listed"),
        ("verified_at", "2026-03-01 09:30:00+00"),
    ];
    row(table("rooms"), &[changes, &columns].concat())
}

fn converted_room(row: Row) -> Result<Document, RowError> {
    match convert(row)? {
        Converted::Document(collection, room) => {
            assert_eq!(collection, rooms::collection());
            Ok(*room)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_room_becomes_a_document() {
    let room = converted_room(room_row(&[])).unwrap();
    assert_eq!(room.key.to_string(), KEY_TEXT);
    assert_eq!(room.owner.unwrap().to_string(), OWNER_TEXT);
    assert_eq!(room.place, LatLng::new(19.1334, 72.9133).unwrap());
    assert_eq!(room.category(rooms::STATUS), Some(Category::FIRST));
    assert!(room.flag(rooms::VERIFIED));
    assert_eq!(room.text(rooms::TITLE), "Quiet room");
    assert_eq!(room.number(rooms::PRICE), Some(1234.5));
    assert_eq!(room.number(rooms::OCCUPANCY), Some(2.0));
    assert_eq!(room.number(rooms::RATING), Some(4.5));
    assert_eq!(room.number(rooms::REVIEW_COUNT), Some(12.0));
    let amenities = rooms::collection().tag_names(rooms::AMENITIES, room.tags(rooms::AMENITIES));
    assert_eq!(amenities.collect::<Vec<_>>(), ["desk", "wifi"]);
    assert_eq!(room.number(rooms::MINIMUM_NIGHTS), Some(3.0));
    assert_eq!(room.number(rooms::FLOOR), Some(4.0));
    assert_eq!(room.text(rooms::CURRENCY), "INR");
}

#[test]
fn a_room_without_price_rating_or_verification_keeps_them_unknown() {
    let mut row = room_row(&[]);
    for name in ["price", "floor", "rating_average", "verified_at"] {
        row.values[column(table("rooms"), name).index] = Value::Null;
    }
    let room = converted_room(row).unwrap();
    assert_eq!(room.number(rooms::PRICE), None);
    assert_eq!(room.number(rooms::FLOOR), None);
    assert_eq!(room.number(rooms::RATING), None);
    assert!(!room.flag(rooms::VERIFIED));
}

#[test]
fn a_room_keeps_its_status() {
    let rooms = rooms::collection();
    for status in rooms.names(rooms::STATUS) {
        let room = converted_room(room_row(&[("status", status)])).unwrap();
        let found = room.category(rooms::STATUS).unwrap();
        assert_eq!(
            rooms.category_name(rooms::STATUS, found),
            Some(status.as_str())
        );
    }
}

#[test]
fn a_venue_becomes_a_document_of_its_own_collection() {
    let columns = [
        ("id", KEY_TEXT),
        ("name", "IIT Bombay"),
        ("aliases", r#"{"Indian Institute of Technology",NULL}"#),
        ("kind", "institute"),
        ("address", ""),
        ("city", "Mumbai"),
        ("state", "Maharashtra"),
        ("postal_code", "400076"),
        ("country_code", "IN"),
        ("location", IIT_BOMBAY),
        ("seats", "900"),
        ("status", "active"),
    ];
    let Ok(Converted::Document(collection, venue)) = convert(row(table("exam_venues"), &columns))
    else {
        panic!("no venue");
    };
    assert_eq!(collection, venues::collection());
    let aliases: Vec<&str> = venue.texts(venues::ALIASES).collect();
    assert_eq!(aliases, ["Indian Institute of Technology"]);
    assert_eq!(venue.owner, None);
    assert_eq!(venue.number(venues::SEATS), Some(900.0));
    assert_eq!(
        venue.value(venues::UNIVERSITY_ID),
        &roost_engine::Value::Missing
    );
}

#[test]
fn a_landlord_becomes_signals() {
    let columns = [
        ("id", KEY_TEXT),
        ("total_capacity", "4"),
        ("active_contracts", "1"),
        ("is_available", "t"),
        ("last_active_at", "2026-11-21 12:05:34.9+00"),
        ("acceptance_rate", "0.8"),
    ];
    let mut landlord = row(Table::landlords(), &columns);
    let expected = Signals {
        capacity_total: 4,
        capacity_used: 1,
        active_at_s: 1_795_262_734,
        high_acceptance: false,
        fast_response: false,
        available: true,
    };
    let Ok(Converted::Signals(_, signals)) = convert(landlord.clone()) else {
        panic!("no signals");
    };
    assert_eq!(signals, expected);
    landlord.values[landlords::ACCEPTANCE_RATE.index] = Value::Text("0.81".to_owned());
    landlord.values[landlords::RESPONSE_TIME_S_AVERAGE.index] = Value::Text("3599.5".to_owned());
    let Ok(Converted::Signals(_, signals)) = convert(landlord) else {
        panic!("no signals");
    };
    assert!(signals.high_acceptance && signals.fast_response);
}

#[test]
fn a_booking_reserves_its_nights_unless_it_is_cancelled() {
    const ROOM: &str = "0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001";
    let booking = |check_in, check_out, status| {
        let columns = [
            ("id", KEY_TEXT),
            ("room_id", ROOM),
            ("check_in", check_in),
            ("check_out", check_out),
            ("status", status),
        ];
        match convert(row(table("bookings"), &columns)) {
            Ok(Converted::Days(_, _, booking)) => Ok(booking),
            Err(error) => Err((error.column, error.value)),
            Ok(other) => panic!("{other:?}"),
        }
    };
    for status in ["held", "confirmed"] {
        let found = booking("2026-12-30", "2027-01-02", status)
            .unwrap()
            .unwrap();
        assert_eq!(found.document, ROOM.parse::<Key>().unwrap());
        assert_eq!(found.days.start().to_string(), "2026-12-30");
        assert_eq!(found.days.day_count(), 3);
    }
    assert_eq!(booking("2026-12-30", "2027-01-02", "cancelled"), Ok(None));
    let error = |column, value: &str| Err((column, value.to_owned()));
    assert_eq!(
        booking("2026-12-30", "2026-12-30", "held"),
        error("check_out", "2026-12-30")
    );
    assert_eq!(
        booking("-infinity", "2026-12-30", "held"),
        error("check_in", "-infinity")
    );
    assert_eq!(
        booking("2026-12-30", "2027-01-02", "dreamt"),
        error("status", "dreamt")
    );
}

#[test]
fn an_invalid_value_is_reported_with_table_key_column_and_value() {
    let invalid = [
        ("landlord_id", "none"),
        ("location", "POINT(1 2)"),
        ("price", "NaN"),
        ("price", "-1"),
        ("occupancy", "70000"),
        ("room_type", "castle"),
        ("status", "sold"),
        ("amenities", "{wifi,helipad}"),
        ("review_count", "-2"),
        ("rating_average", "good"),
    ];
    for (column, value) in invalid {
        let error = converted_room(room_row(&[(column, value)])).unwrap_err();
        assert_eq!((error.table, error.column), ("rooms", column));
        assert_eq!(error.key, KEY_TEXT);
        let shown = error.to_string();
        assert!(shown.contains(value), "{shown}");
    }
    let error = converted_room(room_row(&[("id", "7")])).unwrap_err();
    assert_eq!((error.key.as_str(), error.column), ("7", "id"));
}

#[test]
fn values_that_an_update_leaves_out_come_from_the_document() {
    let room = converted_room(room_row(&[])).unwrap();
    let texts = [
        "title",
        "description",
        "address",
        "locality",
        "city",
        "postal_code",
        "amenities",
    ];
    let mut update = room_row(&[("occupancy", "3")]);
    for name in texts {
        update.values[column(table("rooms"), name).index] = Value::Unchanged;
    }
    assert!(convert(update.clone()).is_err());
    update.fill(|column| stored(rooms::declared(), &room, column));
    let mut expected = room;
    expected.set(rooms::OCCUPANCY, 3_u32);
    assert_eq!(converted_room(update).unwrap(), expected);
}

/// Guards against a column that is declared and copied, and that the conversion never reads.
#[test]
fn every_declared_column_changes_the_result() {
    for table in Tables::built_in().iter() {
        let (base, others) = sample(table);
        let expected = format!("{:?}", convert(base.clone()));
        for (column, other) in table.columns().iter().zip(others) {
            let mut changed = base.clone();
            changed.values[column.index] = Value::Text(other.to_owned());
            let found = format!("{:?}", convert(changed));
            assert_ne!(found, expected, "{table:?} ignores {}", column.name);
        }
    }
}

/// A valid row of each table, and another value for each of its columns.
fn sample(table: Table) -> (Row, Vec<&'static str>) {
    let (row, others) = match table.name() {
        "rooms" => {
            let mut row = room_row(&[]);
            row.values[column(table, "verified_at").index] = Value::Null;
            let others = "KEY|KEY|Title|Text|Street|Area|City|1|DE|POINT|1|EUR|9|shared_room|{}|9|1\
                          |1|unlisted|";
            (row, others)
        }
        "exam_venues" => {
            let columns = [
                ("id", KEY_TEXT),
                ("name", "IIT Bombay"),
                ("aliases", "{}"),
                ("kind", "institute"),
                ("address", ""),
                ("city", "Mumbai"),
                ("state", "Maharashtra"),
                ("postal_code", "400076"),
                ("country_code", "IN"),
                ("location", IIT_BOMBAY),
                ("status", "active"),
            ];
            let others = "KEY|KEY|Name|{Alias}|school|Street|City|State|1|DE|POINT|9|inactive";
            (row(table, &columns), others)
        }
        "requests" => request_sample(table),
        "landlords" => {
            let columns = [
                ("id", KEY_TEXT),
                ("total_capacity", "4"),
                ("active_contracts", "1"),
                ("is_available", "t"),
                ("last_active_at", "2026-11-21 12:05:34.9+00"),
                ("acceptance_rate", "0.8"),
            ];
            let others = "KEY|9|9|f|2026-11-22 00:00:00+00|0.9|1";
            (row(table, &columns), others)
        }
        "request_exposure" => {
            let columns = [("request_id", KEY_TEXT), ("drawn", "3")];
            (row(table, &columns), "KEY|0.5")
        }
        _ => {
            let columns = [
                ("id", KEY_TEXT),
                ("room_id", OWNER_TEXT),
                ("check_in", "2026-12-30"),
                ("check_out", "2027-01-02"),
                ("status", "confirmed"),
            ];
            let others = "KEY|KEY|2026-12-31|2027-01-03|cancelled";
            (row(table, &columns), others)
        }
    };
    let other = |value| match value {
        "KEY" => "01900000-0000-7000-8000-0000000000ff",
        "POINT" => "0101000020E6100000000000000000F03F0000000000000040",
        value => value,
    };
    (row, others.split('|').map(other).collect())
}

fn request_sample(table: Table) -> (Row, &'static str) {
    let columns = [
        ("id", KEY_TEXT),
        ("student_id", OWNER_TEXT),
        ("title", "Room near IIT"),
        ("description", ""),
        ("city", "Mumbai"),
        ("location", IIT_BOMBAY),
        ("reach_m", "3000"),
        ("check_in", "2026-12-30"),
        ("check_out", "2027-01-02"),
        ("week", "2026-W53"),
        ("occupants", "1"),
        ("currency", "INR"),
        ("required_amenities", "{wifi}"),
        ("preferred_amenities", "{}"),
        ("room_types", "{}"),
        ("status", "active"),
        ("expires_at", "2026-12-08 12:00:00+00"),
        ("created_at", "2026-11-24 12:00:00+00"),
    ];
    let others = "KEY|KEY|KEY|Title|Text|City|POINT|1|2026-12-31|2027-01-03|2027-W01|2|9|EUR|{}\
                  |{tv}|{private_room}|matched|2026-12-09 12:00:00+00\
                  |2026-11-25 12:00:00+00";
    (row(table, &columns), others)
}
