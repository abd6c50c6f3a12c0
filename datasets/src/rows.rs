//! What does one row of each table hold before it has been written?

use uuid::Uuid;

/// Something of the fixed vocabulary that a room can have; the schema's check lists the same.
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

/// A body that holds exams.
#[derive(Debug, Clone, PartialEq)]
pub struct UniversityRow {
    /// The key.
    pub id: Uuid,
    /// The full name.
    pub name: String,
    /// Short and former names.
    pub aliases: Vec<String>,
    /// Where it sits.
    pub city: String,
    /// The state of that city.
    pub state: String,
    /// Two capitals, ISO 3166.
    pub country_code: String,
}

/// One sitting of an exam.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRow {
    /// The key.
    pub id: Uuid,
    /// Who holds it.
    pub university_id: Uuid,
    /// What it is called.
    pub name: String,
    /// First day, counted from 1970-01-01.
    pub starts_on_day: i64,
    /// Last day, inclusive, counted likewise.
    pub ends_on_day: i64,
}

/// Where exams are sat.
#[derive(Debug, Clone, PartialEq)]
pub struct VenueRow {
    /// The key.
    pub id: Uuid,
    /// The name on the gate.
    pub name: String,
    /// Other names that people search by.
    pub aliases: Vec<String>,
    /// `university`, `institute`, `college`, `school`, `test_centre` or `other`.
    pub kind: &'static str,
    /// Street or quarter.
    pub address: String,
    /// Never empty.
    pub city: String,
    /// May be empty where a file has none.
    pub state: String,
    /// May be empty where a file has none.
    pub postal_code: String,
    /// Two capitals, ISO 3166.
    pub country_code: String,
    /// WGS 84, -90 to 90.
    pub latitude: f64,
    /// WGS 84, -180 to 180.
    pub longitude: f64,
    /// Who gave the row.
    pub external_source: String,
    /// The key there.
    pub external_id: String,
}

/// One who lets rooms, together with the user that signs in.
#[derive(Debug, Clone, PartialEq)]
pub struct LandlordRow {
    /// The key.
    pub id: Uuid,
    /// The key of the user.
    pub user_id: Uuid,
    /// The user's name that others see.
    pub display_name: String,
    /// Contracts that can be held at once, from 1.
    pub total_capacity: i32,
    /// Contracts held now, at most `total_capacity`.
    pub active_contracts: i32,
    /// Whether the rooms are to be found.
    pub is_available: bool,
    /// Last sign of life, in seconds since 1970.
    pub last_active_at_s: i64,
    /// Share of requests accepted, 0 to 1.
    pub acceptance_rate: f64,
    /// Mean seconds to a first answer; none before the first.
    pub response_time_s_average: Option<f64>,
    /// Who gave the row.
    pub external_source: String,
    /// The key there.
    pub external_id: String,
}

/// What is let.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomRow {
    /// The key.
    pub id: Uuid,
    /// The key of the landlord.
    pub landlord_id: Uuid,
    /// 1 to 300 characters.
    pub title: String,
    /// At most 20,000 characters.
    pub description: String,
    /// At most 500 characters.
    pub address: String,
    /// The quarter.
    pub locality: String,
    /// May be empty where a file has none.
    pub city: String,
    /// May be empty where a file has none.
    pub postal_code: String,
    /// Two capitals, ISO 3166.
    pub country_code: String,
    /// WGS 84, -90 to 90.
    pub latitude: f64,
    /// WGS 84, -180 to 180.
    pub longitude: f64,
    /// For one night; none if unknown, never 0 for unknown.
    pub price: Option<f64>,
    /// Three capitals, ISO 4217.
    pub currency: String,
    /// How many can sleep here, 1 to 100.
    pub occupancy: i16,
    /// `entire_place`, `private_room`, `shared_room` or `hotel_room`.
    pub room_type: &'static str,
    /// Of [`AMENITIES`], sorted, each once.
    pub amenities: Vec<&'static str>,
    /// 1 to 10,000.
    pub minimum_nights: i32,
    /// 0 to 5; none without a rated review.
    pub rating_average: Option<f64>,
    /// How many reviews there are.
    pub review_count: i32,
    /// `draft`, `listed`, `paused` or `removed`.
    pub status: &'static str,
    /// When somebody made sure that the room is what it says, in seconds since 1970; none for never.
    pub verified_at_s: Option<i64>,
    /// Who gave the row.
    pub external_source: String,
    /// The key there.
    pub external_id: String,
}

/// One who sits exams, as a user.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentRow {
    /// The key of the user.
    pub user_id: Uuid,
    /// The user's name that others see.
    pub display_name: String,
}

/// Who has a room for which nights. No two of a room that are not cancelled share a night.
#[derive(Debug, Clone, PartialEq)]
pub struct BookingRow {
    /// The key.
    pub id: Uuid,
    /// The key of the room.
    pub room_id: Uuid,
    /// The key of the user.
    pub student_id: Uuid,
    /// Date of the first evening, in days from 1970-01-01.
    pub check_in_day: i64,
    /// Date of the morning after the last night, counted likewise.
    pub check_out_day: i64,
    /// `held`, `confirmed` or `cancelled`.
    pub status: &'static str,
}
