//! Tests of the fingerprint and of resolving a search against the index that answers.

use std::time::Instant;

use roost_collections::{built_in, rooms, venues};
use roost_engine::{
    Checkpoint, Document, Key, LatLng, Position, Reader, Store, StoreOptions, Writer,
};
use serde_json::Value;
use tempfile::TempDir;

use super::request::{RoomSearch, SearchParams};
use crate::app::state::App;
use crate::app::testing;
use crate::collections::access::Access;
use crate::collections::search::fingerprint::encode;
use crate::http::error::ApiError;
use crate::params::declaration::{QueryParams, declared};
use crate::query::cursor::Fingerprint;

const VENUE: &str = "019b76da-a800-70d2-8655-38fdde9a178b";

/// The query that the others differ from in one parameter.
const BASE: [(&str, &str); 5] = [
    ("lat", "19.1"),
    ("lng", "72.9"),
    ("q", "desk"),
    ("check_in", "2026-12-05"),
    ("check_out", "2026-12-08"),
];

/// Other values than the base's or the default, for parameters whose example equals them.
const OTHER_VALUES: [(&str, &str); 7] = [
    ("sort", "price"),
    ("match", "any"),
    ("profile", "landlord"),
    ("lat", "19.2"),
    ("lng", "72.8"),
    ("check_in", "2026-12-04"),
    ("check_out", "2026-12-09"),
];

/// Parameters that may differ from page to page.
const FREE: [&str; 18] = [
    "timeout_ms",
    "explain",
    "highlight",
    "highlight_tag",
    "snippet_words",
    "facets",
    "max_facet_values",
    "facet_price",
    "facet_distance",
    "facet_floor",
    "facet_rating",
    "group_by",
    "group_limit",
    "limit",
    "page",
    "cursor",
    "count",
    "at_least",
];

struct Node {
    reader: Reader,
    app: App,
    _writer: Writer,
    _folder: TempDir,
}

/// A node that knows the bookings from a date on.
fn node(nights_from: &str) -> Node {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    let place = LatLng::new(19.1334, 72.9133).unwrap();
    let venue = Document::empty(rooms::collection(), Key::try_parse(VENUE).unwrap(), place);
    writer.put(venues::collection(), venue).unwrap();
    writer.advance_availability_window(rooms::collection(), nights_from.parse().unwrap());
    let (position, source) = (Position(1), Value::Null);
    writer.commit(Checkpoint { position, source }).unwrap();
    Node {
        app: App::new(testing::state(reader.clone()), String::new()),
        reader,
        _writer: writer,
        _folder: folder,
    }
}

impl Node {
    fn read(&self, raw: &str) -> RoomSearch {
        let params = SearchParams::parse(Some(raw)).unwrap();
        RoomSearch::read(
            None,
            &params,
            &Access::to_all(),
            (&self.app, Instant::now()),
        )
        .unwrap()
    }

    fn encoded(&self, raw: &str) -> Vec<u8> {
        let search = self.read(raw);
        let (query, _) = search.query(&self.reader).unwrap();
        let search = search.search;
        encode(search.collection, &query, search.ranking.text.as_ref())
    }

    fn fingerprint(&self, raw: &str) -> Fingerprint {
        let search = self.read(raw);
        let (query, _) = search.query(&self.reader).unwrap();
        search.search.fingerprint(&query)
    }
}

/// The base with one parameter added or replaced.
fn with(name: &str, value: &str) -> String {
    let is_replaced = |base: &str| match name {
        "venue" => ["lat", "lng"].contains(&base),
        _ => base == name,
    };
    let kept = BASE.iter().filter(|(base, _)| !is_replaced(base));
    let needed = match name {
        "max_facet_values" => vec![("facets", "city")],
        "facet_price" => vec![("facets", "price")],
        "facet_distance" => vec![("facets", "distance")],
        "facet_floor" => vec![("facets", "floor")],
        "facet_rating" => vec![("facets", "rating")],
        "group_limit" => vec![("group_by", "landlord")],
        _ => Vec::new(),
    };
    let pairs = kept.copied().chain(needed).chain([(name, value)]);
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&").replace(' ', "+")
}

/// A JSON value as a query string contains it.
fn sent(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(sent).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn every_parameter_that_affects_the_order_of_hits_changes_the_fingerprint_and_no_other() {
    let node = node("2026-12-01");
    let base = node.fingerprint(&with("limit", "20"));
    for parameter in declared::<SearchParams>() {
        let name = parameter.name();
        if name == "assignment" {
            // It stands for a venue and nights, whose fingerprint is that of their own parameters.
            continue;
        }
        let other = OTHER_VALUES.iter().find(|(other, _)| *other == name);
        let entry = serde_json::to_value(parameter.document()).unwrap();
        let example = entry.get("example").map(sent);
        let Some(value) = other.map(|(_, value)| (*value).to_owned()).or(example) else {
            assert_eq!(
                name, "cursor",
                "it is the only parameter without an example"
            );
            continue;
        };
        let changed = node.fingerprint(&with(name, &value));
        assert_eq!(changed == base, FREE.contains(&name), "{name}={value}");
    }
}

#[tokio::test]
async fn lists_count_by_their_items_whatever_the_order() {
    let node = node("2026-12-01");
    let ids = [Key::from_u128(1), Key::from_u128(2)].map(|key| key.to_string());
    for (name, [a, b]) in [
        ("room_type", ["shared_room", "private_room"]),
        ("amenities", ["wifi", "desk"]),
        ("prefer_amenities", ["wifi", "desk"]),
        ("status", ["paused", "listed"]),
        ("landlord_id", [&*ids[0], &*ids[1]]),
        ("exclude", [&*ids[0], &*ids[1]]),
    ] {
        let forward = node.fingerprint(&with(name, &format!("{a},{b}")));
        let backward = node.fingerprint(&with(name, &format!("{b},{a},{b}")));
        let shorter = node.fingerprint(&with(name, a));
        assert_eq!(forward, backward, "{name}");
        assert_ne!(forward, shorter, "{name}");
    }
}

#[tokio::test]
async fn fields_do_not_run_into_each_other() {
    let node = node("2026-12-01");
    let of = |raw: &str| node.fingerprint(raw);
    assert_ne!(of("price_min=5"), of("price_max=5"));
    assert_ne!(of("q=ab+c"), of("q=a+bc"));
    assert_ne!(of("q=desk"), of("q=desk+"));
    assert_ne!(of("bbox=1,2,3,4"), of("bbox=1,2,3,5"));
    assert_eq!(of("lat=0&lng=0"), of("lat=-0&lng=-0"));
}

/// Changing the encoding invalidates all cursors in use, so it must not happen by accident. If it
/// is intended, raise the version and update the bytes.
#[tokio::test]
async fn the_encoding_of_a_query_is_stable() {
    let node = node("2026-12-01");
    let raw = "lat=19.1&lng=72.9&radius_m=5000&q=desk&amenities=wifi&room_type=shared_room\
               &check_in=2026-12-05&check_out=2026-12-08&filter=price%3C=900&sort=price";
    let bytes = node.encoded(raw);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, GOLDEN.concat());
    assert_eq!(node.fingerprint(raw), Fingerprint(GOLDEN_FINGERPRINT));
}

/// The version, and for each field its tag, length and value.
const GOLDEN: [&str; 14] = [
    // version
    "02",
    // q
    "0100000000000000046465736b",
    // terms
    "02000000000000000c00000000000000046465736b",
    // typos
    "03000000000000000402040800",
    // match mode
    "040000000000000009010000000000000014",
    // center
    "050000000000000010403319999999999a405239999999999a",
    // radius
    "06000000000000000840b3880000000000",
    // profile name
    "0a0000000000000004726f6f6d",
    // base and weights
    "0b000000000000004800000000000000004059000000000000403e00000000000040140000000000\
     00401e000000000000401e0000000000004024000000000000402400000000000040240000000000\
     00",
    // decay
    "0c000000000000000900409f400000000000",
    // sort
    "0d0000000000000006027072696365",
    // room type, amenities and minimum stay
    "2d000000000000004e0000000000000015726f6f6d5f747970653a7368617265645f726f6f6d\
     000000000000000e616d656e69746965733a7769666900000000000000136d696e696d756d5f\
     6e6967687473203c3d2033",
    // stay
    "2b0000000000000008000051380000513b",
    // condition
    "2c000000000000000c7072696365203c3d20393030",
];

const GOLDEN_FINGERPRINT: u64 = 0x36C0_69F4_6F0A_B3DC;

#[tokio::test]
async fn a_stay_is_checked_against_the_index_that_answers() {
    let (other, answering) = (node("2026-12-01"), node("2026-12-10"));
    let search = other.read("check_in=2026-12-05&check_out=2026-12-08");
    assert!(search.query(&other.reader).is_ok());
    let error: ApiError = search.query(&answering.reader).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("check_in must be a date from 2026-12-10 to"),
        "{message}"
    );
}
