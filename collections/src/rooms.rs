//! Rooms to let.

use std::sync::LazyLock;

use roost_engine::{Collection, Component, DecayShape, FieldId, Profile};

use crate::declaration::{Declaration, Declared};
use crate::field::{FieldDeclaration, SortOrder, Source};
use crate::filter_parameter::FilterParameter;
use crate::signal::{SignalDeclaration, SignalSource};

/// The declaration of rooms.
pub const DECLARATION: Declaration = Declaration {
    name: "rooms",
    doc: "A room.",
    table: "rooms",
    fields: &[
        FieldDeclaration::new("id", Source::Key)
            .called("an id")
            .described("", "\"019b76da-a85e-77d1-92b0-13d485117cc7\""),
        FieldDeclaration::new("landlord_id", Source::Owner)
            .queried_as("landlord")
            .called("an id"),
        FieldDeclaration::text("title")
            .searched(3)
            .described("", "\"Quiet room with a desk in Powai\""),
        FieldDeclaration::text("description").searched(1),
        FieldDeclaration::text("address")
            .searched(1)
            .described("Street and number.", "\"14 Hill Side Road\""),
        FieldDeclaration::shared("locality")
            .called("a locality")
            .searched(2)
            .locality()
            .counted()
            .described("Neighbourhood.", "\"Powai\""),
        FieldDeclaration::shared("city")
            .called("a city")
            .searched(2)
            .city()
            .counted()
            .described("Town or city.", "\"Mumbai\""),
        FieldDeclaration::text("postal_code").described("", "\"400076\""),
        FieldDeclaration::text("country_code").described("ISO 3166.", "\"IN\""),
        FieldDeclaration::new("location", Source::Place),
        FieldDeclaration::decimal("price", PRICE_MAX)
            .nullable()
            .fits_budget("price")
            .filtered_by(&[
                FilterParameter::at_least("price_min").described(
                    "The lowest price for one night. Rooms of unknown price do not match.",
                    "300",
                ),
                FilterParameter::at_most("price_max").described(
                    "The highest price for one night. Rooms of unknown price do not match.",
                    "1200",
                ),
            ])
            .counted_between(&PRICE_EDGES)
            .sorted(
                SortOrder::Ascending,
                "lowest price first, unknown prices last",
            )
            .described(
                "The price for one night in units of `currency`; null if unknown.",
                "850.0",
            ),
        FieldDeclaration::text("currency").described("ISO 4217.", "\"INR\""),
        FieldDeclaration::whole("occupancy", 100)
            .filtered_by(
                &[FilterParameter::at_least("occupants").from(1.0).described(
                    "The number of people who must be able to sleep in the room.",
                    "2",
                )],
            )
            .described("The number of people who can sleep here.", "2"),
        FieldDeclaration::new("room_type", Source::Category(ROOM_TYPES))
            .called("a room type")
            .filtered_by(&[FilterParameter::any_of("room_type").described(
                "Any of these room types: a comma-separated list, or repeated.",
                "private_room",
            )])
            .counted(),
        FieldDeclaration::new("amenities", Source::Tags(AMENITY_NAMES))
            .called("an amenity")
            .searched(1)
            .preferred_by("amenity")
            .filtered_by(&[FilterParameter::all_of("amenities").described(
                "All of these amenities: a comma-separated list, or repeated.",
                "wifi",
            )])
            .counted(),
        FieldDeclaration::whole("minimum_nights", 10_000)
            .described("The minimum stay in nights.", "1"),
        FieldDeclaration::whole("floor", 200)
            .nullable()
            .filtered_by(&[
                FilterParameter::at_least("floor_min").described(
                    "The lowest floor. Rooms on an unknown floor do not match.",
                    "1",
                ),
                FilterParameter::at_most("floor_max").described(
                    "The highest floor; 0 is the ground floor. Rooms on an unknown floor do not \
                     match.",
                    "2",
                ),
            ])
            .counted_between(&[1.0, 2.0, 5.0, 10.0])
            .described("0 for the ground floor; null if unknown.", "2"),
        FieldDeclaration::decimal("rating_average", 5.0)
            .queried_as("rating")
            .nullable()
            .rates("review", 5.0)
            .counted_between(&[3.0, 3.5, 4.0, 4.5])
            .sorted(
                SortOrder::SmoothedRating,
                "highest smoothed rating first: the mean of the room's reviews and of five \
                 further ones with the mean rating of all rooms, so that one review of 5 does not \
                 beat a hundred of 4.9",
            )
            .described("0 to 5; null without a rated review.", "4.6"),
        FieldDeclaration::whole("review_count", 1_000_000_000)
            .counts_ratings()
            .described("The number of reviews.", "31"),
        FieldDeclaration::new("status", Source::Category(STATUSES))
            .called("a status")
            .filtered_by(&[FilterParameter::any_of("status").described(
                "Any of these statuses: a comma-separated list, or repeated. Only listed rooms if \
                 left out.",
                "listed",
            )])
            .visibility(2),
        FieldDeclaration::new("verified", Source::IsSet)
            .from_column("verified_at")
            .filtered_by(&[FilterParameter::is_set("verified")
                .described("Whether to return verified rooms only.", "true")])
            .described("Whether the platform has verified the listing.", "true"),
    ],
    signals: &[SignalDeclaration {
        name: "nights",
        table: "bookings",
        key_column: "id",
        source: SignalSource::Days {
            document_column: "room_id",
            start_column: "check_in",
            end_column: "check_out",
            status_column: "status",
            statuses: &["held", "confirmed", "cancelled"],
            busy_statuses: 2,
        },
    }],
};

/// The name.
pub const TITLE: FieldId = DECLARATION.id("title");
/// Free text.
pub const DESCRIPTION: FieldId = DECLARATION.id("description");
/// Street and number.
pub const ADDRESS: FieldId = DECLARATION.id("address");
/// Neighbourhood.
pub const LOCALITY: FieldId = DECLARATION.id("locality");
/// Town or city.
pub const CITY: FieldId = DECLARATION.id("city");
/// The postal code.
pub const POSTAL_CODE: FieldId = DECLARATION.id("postal_code");
/// The country, by ISO 3166.
pub const COUNTRY_CODE: FieldId = DECLARATION.id("country_code");
/// The price of a night, in units of the currency.
pub const PRICE: FieldId = DECLARATION.id("price");
/// The currency, by ISO 4217.
pub const CURRENCY: FieldId = DECLARATION.id("currency");
/// The number of people that the room accommodates.
pub const OCCUPANCY: FieldId = DECLARATION.id("occupancy");
/// The type of the room.
pub const ROOM_TYPE: FieldId = DECLARATION.id("room_type");
/// The amenities.
pub const AMENITIES: FieldId = DECLARATION.id("amenities");
/// The minimum stay in nights.
pub const MINIMUM_NIGHTS: FieldId = DECLARATION.id("minimum_nights");
/// The floor, 0 for the ground floor.
pub const FLOOR: FieldId = DECLARATION.id("floor");
/// The mean rating, 0 to 5.
pub const RATING: FieldId = DECLARATION.id("rating_average");
/// The number of reviews behind the rating.
pub const REVIEW_COUNT: FieldId = DECLARATION.id("review_count");
/// Whether the room is listed, paused, a draft, removed or submitted for review.
pub const STATUS: FieldId = DECLARATION.id("status");
/// Whether the platform has verified the listing.
pub const VERIFIED: FieldId = DECLARATION.id("verified");

/// The collection of rooms, with its declaration.
pub fn declared() -> Declared {
    static ROOMS: LazyLock<Declared> =
        LazyLock::new(|| DECLARATION.declare().expect("a valid declaration"));
    *ROOMS
}

/// The collection of rooms.
pub fn collection() -> Collection {
    declared().collection
}

/// The profile for students who search rooms. The text weighs about as much as everything else
/// together: otherwise rooms that lack a query term often rank above rooms that have all
/// (`docs/quality.md`).
pub fn profile() -> Profile {
    let weights = [
        (Component::Text, 100.0),
        (Component::Distance, 30.0),
        (Component::Capacity, 5.0),
        (Component::Activity, 7.5),
        (Component::Performance, 7.5),
        (Component::Tags, 10.0),
        (Component::Rating, 10.0),
        (Component::Budget, 10.0),
    ];
    built_in_profile("room", 0.0, &weights)
}

/// The formula of the request pool: 50 points, and up to 20 for capacity, 15 for activity and 15
/// for performance.
pub fn landlord_profile() -> Profile {
    let weights = [
        (Component::Capacity, 20.0),
        (Component::Activity, 15.0),
        (Component::Performance, 15.0),
    ];
    built_in_profile("landlord", 50.0, &weights)
}

/// A profile whose numbers are constants.
pub(crate) fn built_in_profile(name: &str, base: f64, weights: &[(Component, f64)]) -> Profile {
    let profile = Profile::new(name, base, DecayShape::Exponential, 2_000.0);
    let weighted = weights.iter().try_fold(
        profile.expect("a valid base"),
        |profile, &(component, weight)| profile.with_weight(component, weight),
    );
    weighted.expect("valid weights")
}

pub(crate) const ROOM_TYPES: &[&str] =
    &["entire_place", "private_room", "shared_room", "hotel_room"];

/// The largest price that the database column, `numeric(12, 2)`, can store.
pub const PRICE_MAX: f64 = 9_999_999_999.99;

/// The first is the one that searches find, and callers may see the first two.
const STATUSES: &[&str] = &["listed", "paused", "draft", "removed", "submitted"];

/// The series of coins and notes, since prices are in any currency.
pub(crate) const PRICE_EDGES: [f64; 7] = [100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];

pub(crate) const AMENITY_NAMES: &[&str] = &[
    "air_conditioning",
    "attached_bathroom",
    "balcony",
    "breakfast",
    "cctv",
    "coffee",
    "cooking_allowed",
    "cupboard",
    "desk",
    "elevator",
    "fan",
    "fire_extinguisher",
    "first_aid_kit",
    "garden",
    "gym",
    "heating",
    "hot_water",
    "housekeeping",
    "ironing",
    "kitchen",
    "laundry",
    "locker",
    "meals",
    "men_only",
    "mosquito_net",
    "near_transit",
    "parking",
    "pets_allowed",
    "pool",
    "power_backup",
    "quiet",
    "refrigerator",
    "security",
    "self_check_in",
    "smoke_alarm",
    "smoking_allowed",
    "step_free",
    "study_room",
    "tv",
    "water_purifier",
    "wifi",
    "women_only",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_landlord_profile_is_the_formula_of_the_request_pool() {
        let profile = landlord_profile();
        assert_eq!(profile.base(), 50.0);
        let weights = Component::ALL.map(|component| profile.weight(component));
        assert_eq!(weights, [0.0, 0.0, 20.0, 15.0, 15.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
