//! Rental requests: what rooms students look for.

use std::sync::{Arc, LazyLock};

use roost_engine::{Collection, Component, FieldId, FieldPair, Matching, PairCondition, Profile};

use crate::declaration::{Declaration, Declared};
use crate::field::{FieldDeclaration, SortOrder, Source};
use crate::filter_parameter::FilterParameter;
use crate::rooms::{self, AMENITY_NAMES, PRICE_EDGES, PRICE_MAX, ROOM_TYPES, built_in_profile};
use crate::signal::{SignalDeclaration, SignalSource};

/// The declaration of rental requests.
pub const DECLARATION: Declaration = Declaration {
    name: "requests",
    doc: "A rental request.",
    table: "requests",
    fields: &[
        FieldDeclaration::new("id", Source::Key)
            .called("an id")
            .described("", "\"019b76da-a900-7c11-8a55-2f0c4be1a001\""),
        FieldDeclaration::new("student_id", Source::Owner)
            .queried_as("student")
            .called("an id"),
        FieldDeclaration::shared("venue_id")
            .nullable()
            .queried_as("venue")
            .called("a venue")
            .filtered_by(&[FilterParameter::any_of("venue_id").described(
                "Requests for any of these exam venues.",
                "019b76da-a7d0-7a11-8a55-2f0c4be1a001",
            )])
            .counted()
            .described("The exam venue; null if the student gave a point.", "null"),
        FieldDeclaration::text("title")
            .searched(3)
            .described("", "\"Room near NIE Campus for an exam, 2 people\""),
        FieldDeclaration::text("description").searched(1),
        FieldDeclaration::shared("city")
            .called("a city")
            .searched(2)
            .city()
            .filtered_by(&[FilterParameter::any_of("city")
                .described("Requests in any of these towns or cities.", "Mysuru")])
            .counted()
            .described("Town or city.", "\"Mysuru\""),
        FieldDeclaration::new("location", Source::Place),
        FieldDeclaration::new("reach_m", Source::Reach { is_nullable: false })
            .called("a distance in metres")
            .described("How far from `location` a room may be, in metres.", "3000"),
        FieldDeclaration::date_range("stay", "check_in", "check_out")
            .called("a date")
            .sorted(SortOrder::Ascending, "earliest check-in first")
            .described(
                "The nights: from the first evening to the morning after the last night.",
                "{\"check_in\": \"2026-12-10\", \"check_out\": \"2026-12-13\"}",
            ),
        FieldDeclaration::shared("week")
            .called("a week")
            .counted()
            .described("The ISO week of the first evening.", "\"2026-W50\""),
        FieldDeclaration::whole("occupants", 100)
            .filtered_by(&[FilterParameter::at_most("occupants_max")
                .described("The largest number of people to accommodate.", "2")])
            .described("The number of people who need a bed.", "2"),
        FieldDeclaration::decimal("budget", PRICE_MAX)
            .nullable()
            .filtered_by(&[FilterParameter::at_least("budget_min").described(
                "The lowest budget for one night. Requests without a budget do not match.",
                "500",
            )])
            .counted_between(&PRICE_EDGES)
            .sorted(
                SortOrder::Descending,
                "highest budget first, requests without one last",
            )
            .described(
                "The highest price for one night in units of `currency`; null for any.",
                "900.0",
            ),
        FieldDeclaration::text("currency").described("ISO 4217.", "\"INR\""),
        FieldDeclaration::new("required_amenities", Source::Tags(AMENITY_NAMES))
            .called("an amenity")
            .searched(1)
            .filtered_by(&[FilterParameter::all_of("required_amenities")
                .described("Requests that require all of these amenities.", "wifi")])
            .counted()
            .described("The amenities that a room must have.", "[\"wifi\"]"),
        FieldDeclaration::new("preferred_amenities", Source::Tags(AMENITY_NAMES))
            .called("an amenity")
            .counted()
            .described("The amenities that make a room better.", "[\"desk\"]"),
        FieldDeclaration::new("room_types", Source::Tags(ROOM_TYPES))
            .called("a room type")
            .counted()
            .described(
                "The accepted room types; empty for any.",
                "[\"private_room\"]",
            ),
        FieldDeclaration::new("status", Source::Category(STATUSES))
            .called("a status")
            .visibility(STATUSES.len())
            .described(
                "Searches find active requests unless they name others.",
                "\"active\"",
            ),
        FieldDeclaration::new("expires_at", Source::Time)
            .sorted(SortOrder::Ascending, "the first to expire first")
            .described("When the request ends, UTC.", "\"2026-12-08T12:00:00Z\""),
        FieldDeclaration::new("created_at", Source::Time)
            .sorted(SortOrder::Descending, "newest first")
            .described(
                "When the request was made, UTC.",
                "\"2026-11-24T12:00:00Z\"",
            ),
    ],
    signals: &[SignalDeclaration {
        name: "exposure",
        table: "request_exposure",
        key_column: "request_id",
        source: SignalSource::Number {
            column: "drawn",
            default: 0.0,
            exposure: Some("exposure"),
        },
    }],
};

/// The headline.
pub const TITLE: FieldId = DECLARATION.id("title");
/// The exam venue; missing if the student gave a point.
pub const VENUE: FieldId = DECLARATION.id("venue_id");
/// How far from its place a room may be, in metres.
pub const REACH_M: FieldId = DECLARATION.id("reach_m");
/// The nights.
pub const STAY: FieldId = DECLARATION.id("stay");
/// The number of people.
pub const OCCUPANTS: FieldId = DECLARATION.id("occupants");
/// The highest price of a night, in units of the currency.
pub const BUDGET: FieldId = DECLARATION.id("budget");
/// The amenities that a room must have.
pub const REQUIRED_AMENITIES: FieldId = DECLARATION.id("required_amenities");
/// The amenities that make a room better.
pub const PREFERRED_AMENITIES: FieldId = DECLARATION.id("preferred_amenities");
/// The currency of the budget.
pub const CURRENCY: FieldId = DECLARATION.id("currency");
/// When the request ends.
pub const EXPIRES_AT: FieldId = DECLARATION.id("expires_at");
/// When the request was made.
pub const CREATED_AT: FieldId = DECLARATION.id("created_at");
/// The accepted room types; none for any.
pub const ROOM_TYPES_ACCEPTED: FieldId = DECLARATION.id("room_types");
/// Whether the request is active, matched, expired or cancelled.
pub const STATUS: FieldId = DECLARATION.id("status");

/// The collection of requests, with its declaration.
pub fn declared() -> Declared {
    static REQUESTS: LazyLock<Declared> =
        LazyLock::new(|| DECLARATION.declare().expect("a valid declaration"));
    *REQUESTS
}

/// The collection of requests.
pub fn collection() -> Collection {
    declared().collection
}

/// The conditions of requests on rooms.
pub fn matching() -> Arc<Matching> {
    static MATCHING: LazyLock<Arc<Matching>> = LazyLock::new(|| {
        let pair = |document, candidate| FieldPair {
            document,
            candidate,
        };
        let conditions = vec![
            PairCondition::WithinReach(REACH_M),
            PairCondition::AtMost(pair(BUDGET, rooms::PRICE)),
            PairCondition::AtLeast(pair(OCCUPANTS, rooms::OCCUPANCY)),
            PairCondition::AllTags(pair(REQUIRED_AMENITIES, rooms::AMENITIES)),
            PairCondition::CategoryAmong(pair(ROOM_TYPES_ACCEPTED, rooms::ROOM_TYPE)),
            PairCondition::DaysAtLeast(pair(STAY, rooms::MINIMUM_NIGHTS)),
            PairCondition::Free(STAY),
        ];
        let matching = Matching::new(collection(), rooms::collection(), conditions);
        let preferred = pair(PREFERRED_AMENITIES, rooms::AMENITIES);
        let matching = matching.and_then(|matching| matching.preferring_tags(preferred));
        let budget = pair(BUDGET, rooms::PRICE);
        let matching = matching.and_then(|matching| matching.within_budget(budget));
        Arc::new(matching.expect("fields that can be compared"))
    });
    Arc::clone(&MATCHING)
}

/// The profile for the requests that a landlord's rooms match. The largest weights are those of
/// what differs most between requests: how near, how well paid, and above all how many offers they
/// have drawn, so that not all landlords offer to the same few. With half of that weight, the
/// simulated market of `make market` leaves requests unseen (`docs/market.md`).
pub fn profile() -> Profile {
    let weights = [
        (Component::Text, 30.0),
        (Component::Distance, 30.0),
        (Component::Capacity, 5.0),
        (Component::Activity, 5.0),
        (Component::Performance, 5.0),
        (Component::Tags, 15.0),
        (Component::Rating, 10.0),
        (Component::Budget, 30.0),
        (Component::Exposure, 60.0),
    ];
    built_in_profile("feed", 0.0, &weights)
}

/// The first is the one that searches find.
const STATUSES: &[&str] = &["active", "matched", "expired", "cancelled"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conditions_of_requests_are_on_fields_that_can_be_compared() {
        assert_eq!(matching().candidates(), rooms::collection());
        assert_eq!(matching().documents(), collection());
    }
}
