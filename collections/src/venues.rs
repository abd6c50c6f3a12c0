//! Places where students sit exams.

use std::sync::LazyLock;

use roost_engine::{Collection, Component, FieldId, Profile};

use crate::declaration::{Declaration, Declared};
use crate::field::{FieldDeclaration, Source};
use crate::rooms::built_in_profile;

/// The declaration of exam venues.
pub const DECLARATION: Declaration = Declaration {
    name: "venues",
    doc: "An exam venue.",
    table: "exam_venues",
    fields: &[
        FieldDeclaration::new("id", Source::Key)
            .called("an id")
            .described("", "\"019b76da-a800-70d2-8655-38fdde9a178b\""),
        FieldDeclaration::text("university_id")
            .nullable()
            .described("The university that the venue belongs to.", "null"),
        FieldDeclaration::text("name")
            .searched(3)
            .described("", "\"Indian Institute of Technology Bombay\""),
        FieldDeclaration::new("aliases", Source::Texts)
            .searched(3)
            .described(
                "Other names that searches find the venue by.",
                "[\"IIT Bombay\", \"IITB\"]",
            ),
        FieldDeclaration::new("kind", Source::Category(KINDS)).called("a kind of venue"),
        FieldDeclaration::text("address")
            .searched(1)
            .described("", "\"Main Gate Road, Powai\""),
        FieldDeclaration::shared("city")
            .called("a city")
            .searched(2)
            .city()
            .described("", "\"Mumbai\""),
        FieldDeclaration::text("state").described("", "\"Maharashtra\""),
        FieldDeclaration::text("postal_code").described("", "\"400076\""),
        FieldDeclaration::text("country_code").described("ISO 3166.", "\"IN\""),
        FieldDeclaration::new("location", Source::Place),
        FieldDeclaration::whole("seats", 2_147_483_647)
            .nullable()
            .described(
                "The number of people who can sit an exam at once; null if unknown.",
                "1200",
            ),
        FieldDeclaration::new("status", Source::Category(STATUSES))
            .called("a status")
            .visibility(STATUSES.len())
            .described("Searches find active venues.", "\"active\""),
    ],
    signals: &[],
};

/// The university that the venue belongs to.
pub const UNIVERSITY_ID: FieldId = DECLARATION.id("university_id");
/// The name.
pub const NAME: FieldId = DECLARATION.id("name");
/// Other names.
pub const ALIASES: FieldId = DECLARATION.id("aliases");
/// The kind of the venue.
pub const KIND: FieldId = DECLARATION.id("kind");
/// Street and number.
pub const ADDRESS: FieldId = DECLARATION.id("address");
/// Town or city.
pub const CITY: FieldId = DECLARATION.id("city");
/// The state.
pub const STATE: FieldId = DECLARATION.id("state");
/// The postal code.
pub const POSTAL_CODE: FieldId = DECLARATION.id("postal_code");
/// The country, by ISO 3166.
pub const COUNTRY_CODE: FieldId = DECLARATION.id("country_code");
/// The number of people who can sit an exam at once.
pub const SEATS: FieldId = DECLARATION.id("seats");

/// Whether searches find the venue.
pub const STATUS: FieldId = DECLARATION.id("status");

/// The collection of exam venues, with its declaration.
pub fn declared() -> Declared {
    static VENUES: LazyLock<Declared> =
        LazyLock::new(|| DECLARATION.declare().expect("a valid declaration"));
    *VENUES
}

/// The collection of exam venues.
pub fn collection() -> Collection {
    declared().collection
}

/// The profile for venues by name: mostly text, and a little distance if the query has a center.
pub fn profile() -> Profile {
    let weights = [(Component::Text, 100.0), (Component::Distance, 10.0)];
    built_in_profile("venue", 0.0, &weights)
}

const STATUSES: &[&str] = &["active", "inactive"];

const KINDS: &[&str] = &[
    "university",
    "institute",
    "college",
    "school",
    "test_centre",
    "other",
];
