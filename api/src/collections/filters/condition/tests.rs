//! Tests of the filter language: documented filters parse, everything else is rejected by position.

use proptest::prelude::*;
use roost_collections::rooms;
use roost_engine::{Category, Condition, Interval, Key, Tags};

use super::{Filter, FilterError};

fn read(text: &str) -> Condition {
    match text.parse() {
        Ok(Filter { condition, .. }) => condition,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn rejected(text: &str) -> FilterError {
    text.parse::<Filter>().unwrap_err()
}

fn price(interval: Interval) -> Condition {
    Condition::Number(rooms::PRICE, interval)
}

fn tag(name: &str) -> Tags {
    rooms::collection().tag(rooms::AMENITIES, name).unwrap()
}

fn room_type(name: &str) -> Category {
    rooms::collection()
        .category(rooms::ROOM_TYPE, name)
        .unwrap()
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

#[test]
fn a_comparison_parses_with_any_spacing_and_quoting() {
    for text in [
        "price<=900",
        "price <= 900",
        " price\t<=\n\"900\" ",
        "((price<=900))",
        "price:..900",
    ] {
        assert_eq!(read(text), price(Interval::UpTo(900.0)), "{text}");
    }
    for (text, interval) in [
        ("price<900.5", Interval::Below(900.5)),
        ("price>0", Interval::Above(0.0)),
        ("price>=007", Interval::From(7.0)),
        ("price=100..", Interval::From(100.0)),
        ("price=900", Interval::Between(900.0, 900.0)),
        ("price:100..900.25", Interval::Between(100.0, 900.25)),
    ] {
        assert_eq!(read(text), price(interval), "{text}");
    }
}

#[test]
fn each_field_has_a_condition_of_its_kind() {
    let number = |field, min| Condition::Number(field, Interval::Above(min));
    let paused = rooms::collection().category(rooms::STATUS, "paused");
    let paused = Condition::Category(rooms::STATUS, paused.into_iter().collect());
    let id = Key::from_u128(7);
    for (text, condition) in [
        ("price != 5", not(price(Interval::Between(5.0, 5.0)))),
        ("rating>4", number(rooms::RATING, 4.0)),
        ("review_count>4", number(rooms::REVIEW_COUNT, 4.0)),
        ("occupancy>4", number(rooms::OCCUPANCY, 4.0)),
        ("minimum_nights>4", number(rooms::MINIMUM_NIGHTS, 4.0)),
        (
            "amenities:wifi",
            Condition::AnyTag(rooms::AMENITIES, tag("wifi")),
        ),
        (
            "amenities=[wifi,\"desk\"]",
            Condition::AnyTag(rooms::AMENITIES, tag("wifi").with(tag("desk"))),
        ),
        (
            "room_type:entire_place",
            Condition::Category(rooms::ROOM_TYPE, vec![room_type("entire_place")]),
        ),
        ("status!=paused", not(paused)),
        ("verified:false", Condition::Flag(rooms::VERIFIED, false)),
        (
            "locality:Powai",
            Condition::Name(rooms::LOCALITY, vec!["Powai".to_owned()]),
        ),
        (
            r#"city:["New Delhi", "a\"\\b\c", ""]"#,
            Condition::Name(
                rooms::CITY,
                ["New Delhi", r#"a"\bc"#, ""].map(str::to_owned).to_vec(),
            ),
        ),
        (&format!("landlord:{id}"), Condition::Owner(vec![id])),
        (&format!("id:[ {id} , {id} ]"), Condition::Key(vec![id, id])),
    ] {
        assert_eq!(read(text), condition, "{text}");
    }
}

#[test]
fn not_binds_tighter_than_and_which_binds_tighter_than_or() {
    let of = |at: u32| price(Interval::Below(f64::from(at)));
    let (all, any) = (Condition::All, Condition::Any);
    for (text, condition) in [
        (
            "price<1 AND price<2 OR price<3",
            any(vec![all(vec![of(1), of(2)]), of(3)]),
        ),
        (
            "price<1 or price<2 And price<3",
            any(vec![of(1), all(vec![of(2), of(3)])]),
        ),
        (
            "(price<1 OR price<2) AND price<3",
            all(vec![any(vec![of(1), of(2)]), of(3)]),
        ),
        ("NOT price<1 AND price<2", all(vec![not(of(1)), of(2)])),
        ("not (price<1 AND price<2)", not(all(vec![of(1), of(2)]))),
        ("NOT NOT(price<1)", not(not(of(1)))),
        (
            "price<1 AND (price<2 AND price<3)",
            all(vec![of(1), all(vec![of(2), of(3)])]),
        ),
    ] {
        assert_eq!(read(text), condition, "{text}");
    }
}

/// Invalid filters, with the position and text of the first invalid character, and a prefix of what
/// was expected.
const INVALID: &[(&str, usize, &str, &str)] = &[
    ("", 1, "", "a field"),
    ("  ", 3, "", "a field"),
    ("price", 6, "", "one of : = !="),
    ("price<", 7, "", "a number from 0 to 9999999999.99"),
    (
        "price<=cheap",
        8,
        "cheap",
        "a number from 0 to 9999999999.99",
    ),
    ("price<=-5", 8, "-5", "a number"),
    ("price=1e3", 7, "1e3", "a number"),
    ("price=NaN", 7, "NaN", "a number"),
    ("price=1..2..3", 7, "1..2..3", "a number"),
    ("price=..", 7, "..", "a number"),
    ("price<1..2", 7, "1..2", "a number"),
    (
        "price:9..1",
        7,
        "9..1",
        "a range that does not end before it begins",
    ),
    (
        "price:[1, 2]",
        7,
        "[",
        "a number from 0 to 9999999999.99, or a range such as 2..5",
    ),
    ("rating>=5.1", 9, "5.1", "a number from 0 to 5"),
    ("occupancy>=2.0", 12, "2.0", "a whole number from 0 to 100"),
    ("room_type<entire_place", 10, "<", "one of : = !="),
    ("room_type:", 11, "", "a room type, or several in brackets"),
    ("room_type:[]", 12, "]", "a room type"),
    (
        "room_type:[entire_place",
        24,
        "",
        "a comma or a closing bracket",
    ),
    ("room_type:[entire_place,]", 25, "]", "a room type"),
    ("status:draft", 8, "draft", "one of listed, paused"),
    ("verified:yes", 10, "yes", "true or false"),
    ("landlord:asha", 10, "asha", "an id"),
    ("id:7", 4, "7", "an id"),
    ("size>3", 1, "size", "one of id, landlord"),
    ("Price>3", 1, "Price", "one of id, landlord"),
    (
        "AND price<1",
        1,
        "AND",
        "a field, NOT or an opening parenthesis",
    ),
    ("price<1 AND", 12, "", "a field"),
    ("price<1 price<2", 9, "price", "AND, OR or the end"),
    ("price<1)", 8, ")", "no unmatched closing parenthesis"),
    ("(price<1", 9, "", "AND, OR or a closing parenthesis"),
    ("()", 2, ")", "a field"),
    ("price ! 1", 7, "!", "!= or NOT"),
    ("price <> 1", 8, ">", "a number"),
    ("amenities:\"wifi", 16, "", "a closing quote"),
    ("amenities:\"w\\\"", 15, "", "a closing quote"),
    // Characters count, not bytes.
    (
        "room_type:\"चाय\" AND x",
        11,
        "\"चाय\"",
        "one of entire_place",
    ),
    ("amenities:wifi AND चाय<1", 20, "चाय", "one of id"),
    ("price<1\u{202e}", 7, "1\u{202e}", "a number"),
    ("\0", 1, "\0", "one of id"),
];

#[test]
fn an_error_names_the_position_the_text_there_and_what_was_expected() {
    for &(text, position, found, expected) in INVALID {
        let error = rejected(text);
        assert_eq!(
            (error.position, error.found.as_str()),
            (position, found),
            "{text}"
        );
        assert!(error.expected.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn a_misspelt_name_gets_the_nearest_known_one() {
    for (text, message) in [
        (
            "prise<1",
            "filter, character 1: expected one of id, landlord, locality, city, price, occupancy, \
             room_type, amenities, minimum_nights, floor, rating, review_count, status, verified, found \
             \"prise\"; did you mean price?",
        ),
        (
            "status:pausd",
            "filter, character 8: expected one of listed, paused, found \"pausd\"; did you mean \
             paused?",
        ),
        (
            "price<",
            "filter, character 7: expected a number from 0 to 9999999999.99, found the end",
        ),
    ] {
        assert_eq!(rejected(text).to_string(), message);
    }
}

#[test]
fn what_is_too_long_too_deep_or_too_much_is_rejected() {
    let deep = |levels| format!("{}price<1{}", "(".repeat(levels), ")".repeat(levels));
    let negated = |levels| format!("{}price<1", "NOT ".repeat(levels));
    read(&deep(32));
    read(&negated(32));
    assert_eq!(rejected(&deep(33)).position, 33);
    assert_eq!(rejected(&deep(1_000)).position, 33);
    assert_eq!(rejected(&"(".repeat(1_000)).position, 33);
    assert_eq!(rejected(&negated(33)).position, 4 * 32 + 1);
    assert_eq!(rejected(&format!("{}id!=", "NOT ".repeat(32))).found, "!=");
    // Siblings do not nest.
    read(&["(price<1)"; 100].join(" AND "));

    let many = |values| vec!["price<1"; values].join(" OR ");
    read(&many(256));
    assert_eq!(rejected(&many(257)).expected, "at most 256 values");
    let set = format!("amenities:[{}]", vec!["wifi"; 257].join(","));
    assert_eq!(rejected(&set).expected, "at most 256 values");

    read(&format!("price<1{}", " ".repeat(3_993)));
    let error = rejected(&format!("price<1{}", " ".repeat(3_994)));
    assert_eq!(
        (error.position, error.expected.as_str()),
        (4_001, "at most 4000 characters")
    );
}

/// Parts of valid and invalid filters.
const PIECES: &[&str] = &[
    "price",
    "rating",
    "amenities",
    "room_type",
    "status",
    "verified",
    "id",
    "AND",
    "or",
    "NOT",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "!",
    "1",
    "2.5",
    "1..4",
    "..",
    "wifi",
    "\"desk\"",
    "\"",
    "\\",
    "shared_room",
    "paused",
    "true",
    "चाय",
    "\u{202e}",
    "\0",
    " ",
];

fn comparison() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "price<=900",
        "price!=10",
        "price:0.125..900",
        "price>0.1",
        "rating>=4",
        "review_count<3",
        "occupancy:2..",
        "minimum_nights:..3",
        "amenities:wifi",
        "amenities!=[tv, wifi, desk]",
        "room_type:[shared_room, entire_place, shared_room]",
        "status:paused",
        "verified:true",
        "locality:Powai",
        r#"city!=["New \"York\\", "", Pune]"#,
        "landlord:00000000-0000-0000-0000-00000000000a",
        "id!=[00000000-0000-0000-0000-00000000000a, 00000000-0000-0000-0000-00000000000b]",
    ])
    .prop_map(str::to_owned)
}

fn filter() -> impl Strategy<Value = String> {
    comparison().prop_recursive(3, 27, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.join(" AND ")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.join(" or ")),
            inner.clone().prop_map(|inner| format!("NOT {inner}")),
            inner.prop_map(|inner| format!("({inner})")),
        ]
    })
}

fn assert_displays_with_the_same_meaning(filter: &Filter) {
    let written = filter.to_string();
    assert_eq!(written.parse::<Filter>().as_ref(), Ok(filter), "{written}");
}

proptest! {
    #[test]
    fn a_filter_displays_with_the_same_meaning(text in filter()) {
        assert_displays_with_the_same_meaning(&text.parse().unwrap());
    }

    #[test]
    fn every_text_parses_or_is_rejected_at_one_of_its_characters(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12),
        noise in ".{0,8}",
    ) {
        for text in [pieces.concat(), pieces.join(" "), noise.clone(), pieces.join(&noise)] {
            match text.parse::<Filter>() {
                Ok(filter) => assert_displays_with_the_same_meaning(&filter),
                Err(error) => {
                    let from: String = text.chars().skip(error.position - 1).collect();
                    prop_assert!(from.starts_with(&error.found), "{text:?}: {error}");
                    prop_assert_eq!(from.is_empty(), error.found.is_empty());
                }
            }
        }
    }
}
