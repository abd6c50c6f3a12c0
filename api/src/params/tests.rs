//! One declaration is all that a parameter needs: reading, errors and its OpenAPI entry follow.

use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::declaration::{Declared, Documented, Group, Param, QueryParams, declared, params};
use super::list::List;
use super::presence::{Required, WithDefault};
use super::scalar::{Choice, Flag, Id, Number, Scalar, Text, Whole};
use super::values::Params;
use crate::http::error::ApiError;

params! {
    /// Parameters of these tests.
    const ALL_KINDS;

    /// The number of guests.
    GUESTS: WithDefault<Whole<u16>> = Param::new("guests", Whole { min: 1, max: 9 })
        .default(2)
        .example("3");

    /// A price,
    /// in two lines.
    PRICE: Number = Param::new("price", Number { min: 0.5, max: 99.5 }).example("12.5");

    /// An order.
    ORDER: WithDefault<Choice<char>> = Param::new("order", Choice(&[("up", 'u'), ("down", 'd')]))
        .default('d')
        .example("up");

    /// Whether pets stay as well.
    PETS: WithDefault<Flag> = Param::new("pets", Flag).default(false).example("true");

    /// Ids.
    IDS: List<Id> = Param::new("ids", List::of_at_most(2, "ids", Id))
        .example("0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001");

    /// A text.
    NAME: Required<Text> = Param::new("name", Text { chars_max: 4 }).required().example("asha");
}

struct TestParams;

impl QueryParams for TestParams {
    const GROUPS: &'static [Group] = &[ALL_KINDS];
}

fn params(raw: &str) -> Params {
    TestParams::parse(Some(raw)).unwrap()
}

fn documented() -> Map<String, Value> {
    let documented = Documented::<TestParams>::into_params(|| None).into_iter();
    let entries = documented.map(|entry| {
        let name = entry.name.clone();
        (name, serde_json::to_value(entry).unwrap())
    });
    entries.collect()
}

#[test]
fn the_openapi_entry_of_a_parameter_follows_from_its_declaration() {
    let id = "0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001";
    let expected = json!({
        "guests": {
            "name": "guests", "in": "query", "required": false, "example": 3,
            "description": "The number of guests.",
            "schema": {
                "type": "integer", "format": "int32", "minimum": 1, "maximum": 9, "default": 2,
            },
        },
        "price": {
            "name": "price", "in": "query", "required": false, "example": 12.5,
            "description": "A price, in two lines.",
            "schema": {"type": "number", "format": "double", "minimum": 0.5, "maximum": 99.5},
        },
        "order": {
            "name": "order", "in": "query", "required": false, "example": "up",
            "description": "An order.",
            "schema": {"type": "string", "enum": ["up", "down"], "default": "down"},
        },
        "pets": {
            "name": "pets", "in": "query", "required": false, "example": true,
            "description": "Whether pets stay as well.",
            "schema": {"type": "boolean", "default": false},
        },
        "ids": {
            "name": "ids", "in": "query", "required": false, "example": [id],
            "description": "Ids.", "style": "form", "explode": false,
            "schema": {
                "type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": 2,
            },
        },
        "name": {
            "name": "name", "in": "query", "required": true, "example": "asha",
            "description": "A text.",
            "schema": {"type": "string", "maxLength": 4},
        },
    });
    assert_eq!(Value::Object(documented()), expected);
}

#[test]
fn a_parameter_reads_as_its_value_or_default() {
    let given = params("guests=9&price=0.5&order=up&pets=true&name=ravi");
    assert_eq!(GUESTS.read(&given).unwrap(), 9);
    assert_eq!(PRICE.read(&given).unwrap(), Some(0.5));
    assert_eq!(ORDER.read(&given).unwrap(), 'u');
    assert!(PETS.read(&given).unwrap());
    assert_eq!(NAME.read(&given).unwrap(), "ravi");
    let left_out = params("");
    assert_eq!(GUESTS.read(&left_out).unwrap(), 2);
    assert_eq!(GUESTS.given(&left_out).unwrap(), None);
    assert_eq!(PRICE.read(&left_out).unwrap(), None);
    assert_eq!(ORDER.read(&left_out).unwrap(), 'd');
    assert!(!PETS.read(&left_out).unwrap());
    assert!(IDS.read(&left_out).unwrap().is_empty());
}

#[test]
fn an_invalid_value_is_named_with_what_the_declaration_accepts() {
    let id = "0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001";
    let three = [id; 3].join(",");
    type Read = fn(&Params) -> Result<(), ApiError>;
    let cases: [(&str, Read, &str); 7] = [
        (
            "guests=10",
            |it| GUESTS.read(it).map(drop),
            "a whole number from 1 to 9",
        ),
        (
            "price=99.6",
            |it| PRICE.read(it).map(drop),
            "a number from 0.5 to 99.5",
        ),
        (
            "order=side",
            |it| ORDER.read(it).map(drop),
            "one of up, down",
        ),
        ("pets=1", |it| PETS.read(it).map(drop), "true or false"),
        (
            &format!("ids={three}"),
            |it| IDS.read(it).map(drop),
            "a list of at most 2 ids",
        ),
        (
            "name=meena",
            |it| NAME.read(it).map(drop),
            "a text of at most 4 characters",
        ),
        (
            "",
            |it| NAME.read(it).map(drop),
            "expected a text of at most 4 characters",
        ),
    ];
    for (raw, read, expected) in cases {
        let message = read(&params(raw)).unwrap_err().to_string();
        assert!(message.contains(expected), "{raw}: {message}");
        assert!(
            message.starts_with(raw.split('=').next().unwrap()),
            "{raw}: {message}"
        );
    }
}

#[test]
fn a_route_accepts_the_parameters_of_its_groups_and_no_others() {
    let error = TestParams::parse(Some("gests=1")).unwrap_err();
    assert!(
        error.to_string().ends_with("did you mean guests?"),
        "{error}"
    );
    let names: Vec<&str> = declared::<TestParams>().map(|it| it.name()).collect();
    assert_eq!(names, ["guests", "price", "order", "pets", "ids", "name"]);
    assert_eq!(
        Declared::expected(&GUESTS),
        Scalar::expected(&Whole { min: 1_u16, max: 9 })
    );
}
