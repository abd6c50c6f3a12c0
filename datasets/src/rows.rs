//! Plain rows of the tables, as loaders write them.

use uuid::Uuid;

/// The amenities that a room can have. A check constraint of the schema lists the same.
pub const AMENITIES: [&str; 42] = [
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

/// A university that holds exams.
#[derive(Debug, Clone, PartialEq)]
pub struct UniversityRow {
    /// The key.
    pub id: Uuid,
    /// The full name.
    pub name: String,
    /// Short and former names.
    pub aliases: Vec<String>,
    /// The city it is in.
    pub city: String,
    /// The state of that city.
    pub state: String,
    /// Country code of two capitals, ISO 3166.
    pub country_code: String,
}

/// An exam session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRow {
    /// The key.
    pub id: Uuid,
    /// The university that holds it.
    pub university_id: Uuid,
    /// The name of the session.
    pub name: String,
    /// First day, counted from 1970-01-01.
    pub starts_on_day: i64,
    /// Last day, inclusive, counted from 1970-01-01.
    pub ends_on_day: i64,
}

/// A venue where students sit exams.
#[derive(Debug, Clone, PartialEq)]
pub struct VenueRow {
    /// The key.
    pub id: Uuid,
    /// The official name.
    pub name: String,
    /// Other names that people search by.
    pub aliases: Vec<String>,
    /// `university`, `institute`, `college`, `school`, `test_centre` or `other`.
    pub kind: &'static str,
    /// Street or neighbourhood.
    pub address: String,
    /// The city, never empty.
    pub city: String,
    /// The state, empty if unknown.
    pub state: String,
    /// The postal code, empty if unknown.
    pub postal_code: String,
    /// Country code of two capitals, ISO 3166.
    pub country_code: String,
    /// Latitude in degrees (WGS 84), -90 to 90.
    pub latitude: f64,
    /// Longitude in degrees (WGS 84), -180 to 180.
    pub longitude: f64,
    /// The source of the row.
    pub external_source: String,
    /// The id of the row in that source.
    pub external_id: String,
}

/// A landlord, with the user account.
#[derive(Debug, Clone, PartialEq)]
pub struct LandlordRow {
    /// The key.
    pub id: Uuid,
    /// The key of the user.
    pub user_id: Uuid,
    /// The name that other users see.
    pub display_name: String,
    /// Maximum number of concurrent contracts, at least 1.
    pub total_capacity: i32,
    /// Current number of contracts, at most `total_capacity`.
    pub active_contracts: i32,
    /// Whether searches may find the rooms.
    pub is_available: bool,
    /// Last activity, in seconds since 1970.
    pub last_active_at_s: i64,
    /// Share of requests accepted, 0 to 1.
    pub acceptance_rate: f64,
    /// Mean time to a first response in seconds; none before the first response.
    pub response_time_s_average: Option<f64>,
    /// The source of the row.
    pub external_source: String,
    /// The id of the row in that source.
    pub external_id: String,
}

/// A room to let.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomRow {
    /// The key.
    pub id: Uuid,
    /// The key of the landlord.
    pub landlord_id: Uuid,
    /// The title, 1 to 300 characters.
    pub title: String,
    /// The description, at most 20,000 characters.
    pub description: String,
    /// The address, at most 500 characters.
    pub address: String,
    /// The neighbourhood.
    pub locality: String,
    /// The city, empty if unknown.
    pub city: String,
    /// The postal code, empty if unknown.
    pub postal_code: String,
    /// Country code of two capitals, ISO 3166.
    pub country_code: String,
    /// Latitude in degrees (WGS 84), -90 to 90.
    pub latitude: f64,
    /// Longitude in degrees (WGS 84), -180 to 180.
    pub longitude: f64,
    /// Price per night; none if unknown. 0 never means unknown.
    pub price: Option<f64>,
    /// Currency code of three capitals, ISO 4217.
    pub currency: String,
    /// Maximum number of guests, 1 to 100.
    pub occupancy: i16,
    /// `entire_place`, `private_room`, `shared_room` or `hotel_room`.
    pub room_type: &'static str,
    /// A subset of [`AMENITIES`], sorted, without duplicates.
    pub amenities: Vec<&'static str>,
    /// Minimum length of a stay, 1 to 10,000 nights.
    pub minimum_nights: i32,
    /// Floor, 0 for the ground floor; none if unknown.
    pub floor: Option<i16>,
    /// Mean rating, 0 to 5; none without a rated review.
    pub rating_average: Option<f64>,
    /// Number of reviews.
    pub review_count: i32,
    /// `draft`, `listed`, `paused` or `removed`.
    pub status: &'static str,
    /// Time of the last verification, in seconds since 1970; none if never verified.
    pub verified_at_s: Option<i64>,
    /// The source of the row.
    pub external_source: String,
    /// The id of the row in that source.
    pub external_id: String,
}

/// A student, with the user account.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentRow {
    /// The key of the user.
    pub user_id: Uuid,
    /// The name that other users see.
    pub display_name: String,
}

/// A booking of a room. Two bookings of a room that are not cancelled never share a night.
#[derive(Debug, Clone, PartialEq)]
pub struct BookingRow {
    /// The key.
    pub id: Uuid,
    /// The key of the room.
    pub room_id: Uuid,
    /// The key of the student's user account.
    pub student_id: Uuid,
    /// Date of arrival, in days since 1970-01-01.
    pub check_in_day: i64,
    /// Date of departure, in days since 1970-01-01.
    pub check_out_day: i64,
    /// `held`, `confirmed` or `cancelled`.
    pub status: &'static str,
}

/// A rental request: a student looks for a room, and says which rooms are acceptable.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestRow {
    /// The key.
    pub id: Uuid,
    /// The key of the student's user account.
    pub student_id: Uuid,
    /// The key of the venue; none if the student gave a point instead.
    pub venue_id: Option<Uuid>,
    /// The title, 1 to 300 characters.
    pub title: String,
    /// The description, at most 5,000 characters.
    pub description: String,
    /// The city of the venue or point, empty if unknown.
    pub city: String,
    /// Latitude in degrees (WGS 84), -90 to 90.
    pub latitude: f64,
    /// Longitude in degrees (WGS 84), -180 to 180.
    pub longitude: f64,
    /// How far from the place a room may be, 100 to 200,000 metres.
    pub reach_m: i32,
    /// Date of arrival, in days since 1970-01-01.
    pub check_in_day: i64,
    /// Date of departure, in days since 1970-01-01.
    pub check_out_day: i64,
    /// Number of people, 1 to 100.
    pub occupants: i16,
    /// Maximum price per night, above 0; none for no limit.
    pub budget: Option<f64>,
    /// Currency code of three capitals, ISO 4217.
    pub currency: String,
    /// A subset of [`AMENITIES`] that a room must have, sorted, without duplicates.
    pub required_amenities: Vec<&'static str>,
    /// Other [`AMENITIES`] that make a room better, sorted, without duplicates.
    pub preferred_amenities: Vec<&'static str>,
    /// The accepted values of [`RoomRow::room_type`], sorted, without duplicates; empty for any.
    pub room_types: Vec<&'static str>,
    /// `active`, `matched`, `expired` or `cancelled`.
    pub status: &'static str,
    /// Time of creation, in seconds since 1970.
    pub created_at_s: i64,
    /// Time at which an active request expires, in seconds since 1970.
    pub expires_at_s: i64,
    /// The source of the row.
    pub external_source: String,
    /// The id of the row in that source.
    pub external_id: String,
}
