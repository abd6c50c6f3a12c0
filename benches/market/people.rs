//! The two sides of a simulated market: landlords with their rooms, and requests of students.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use roost_collections::{requests, rooms};
use roost_engine::{Collection, Date, DateRange, Document, FieldId, Key, LatLng, Tags};

/// The time of all feeds.
pub(crate) const NOW_S: i64 = 1_800_000_000;

/// How far from the centre of the city venues and landlords may be, in metres.
const CITY_RADIUS_M: f64 = 12_000.0;

/// The amenities of rooms in the simulation, each of which a room has with probability 1/2.
const AMENITIES: [&str; 8] = [
    "air_conditioning",
    "attached_bathroom",
    "desk",
    "fan",
    "hot_water",
    "meals",
    "quiet",
    "wifi",
];

/// How much the demand is concentrated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Crowding {
    /// Exams at 40 venues all over the city, and budgets that are alike.
    Mild,
    /// Exams at 4 venues, so that most landlords can serve the same requests, and budgets that
    /// differ, so that all prefer the same few of them.
    Strong,
}

/// Who lets rooms.
pub(crate) struct Landlord {
    pub(crate) key: Key,
    /// The contracts that the landlord can have at once, and the number of rooms.
    pub(crate) capacity: u32,
    pub(crate) rooms: Vec<Document>,
}

/// A market before its first offer.
pub(crate) struct People {
    pub(crate) landlords: Vec<Landlord>,
    pub(crate) requests: Vec<Document>,
}

impl Crowding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Crowding::Mild => "mild",
            Crowding::Strong => "strong",
        }
    }

    fn venues(self) -> usize {
        match self {
            Crowding::Mild => 40,
            Crowding::Strong => 4,
        }
    }

    /// The smallest and the largest reach of a request, in metres.
    fn reach_m(self) -> std::ops::Range<f64> {
        match self {
            Crowding::Mild => 3_000.0..6_000.0,
            Crowding::Strong => 6_000.0..12_000.0,
        }
    }

    /// The standard deviation of the logarithm of budgets.
    fn budget_deviation(self) -> f64 {
        match self {
            Crowding::Mild => 0.2,
            Crowding::Strong => 0.5,
        }
    }
}

impl People {
    /// A random market of this size.
    pub(crate) fn random(
        seed: u64,
        crowding: Crowding,
        landlords: usize,
        requests: usize,
    ) -> People {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let landlords = (0..landlords).map(|ordinal| landlord(&mut rng, ordinal as u128));
        let landlords = landlords.collect();
        let venues: Vec<LatLng> = (0..crowding.venues())
            .map(|_| place_within(&mut rng, CITY_RADIUS_M))
            .collect();
        let requests = (0..requests).map(|ordinal| {
            let venue = venues[rng.random_range(0..venues.len())];
            request(&mut rng, crowding, venue, ordinal as u128)
        });
        let requests = requests.collect();
        People {
            landlords,
            requests,
        }
    }
}

fn landlord(rng: &mut ChaCha8Rng, ordinal: u128) -> Landlord {
    let key = Key::from_u128((1 << 100) + ordinal);
    let capacity = rng.random_range(1..=5);
    let place = place_within(rng, CITY_RADIUS_M);
    let price = 600.0 * (0.25 * normal(rng)).exp();
    let amenities = some_tags(rng, rooms::collection(), rooms::AMENITIES, 0.5);
    let rating = rng.random_range(3.0..5.0);
    let reviews = rng.random_range(3..60_u32);
    let mut room = |number: u32| {
        let key = Key::from_u128((2 << 100) + ordinal * 8 + u128::from(number));
        let mut room = Document::empty(rooms::collection(), key, place);
        room.owner = Some(Key::from_u128((1 << 100) + ordinal));
        let room_type = rooms::collection().category(rooms::ROOM_TYPE, "private_room");
        room.set(rooms::ROOM_TYPE, room_type);
        room.set(rooms::PRICE, price * rng.random_range(0.9..1.1));
        room.set(rooms::OCCUPANCY, rng.random_range(1..=3_u32));
        room.set(rooms::MINIMUM_NIGHTS, 1_u32);
        room.set(rooms::AMENITIES, amenities);
        room.set(rooms::RATING, rating);
        room.set(rooms::REVIEW_COUNT, reviews);
        room
    };
    let rooms = (0..capacity).map(&mut room).collect();
    Landlord {
        key,
        capacity,
        rooms,
    }
}

fn request(rng: &mut ChaCha8Rng, crowding: Crowding, venue: LatLng, ordinal: u128) -> Document {
    let collection = requests::collection();
    let key = Key::from_u128((3 << 100) + ordinal);
    let mut request = Document::empty(collection, key, venue);
    request.owner = Some(Key::from_u128((4 << 100) + ordinal));
    let check_in = Date::of_moment(NOW_S).plus_days(rng.random_range(10..14));
    let stay = DateRange::new(check_in, check_in.plus_days(rng.random_range(2..=4)));
    request.set(requests::STAY, stay.expect("a night or more"));
    request.set(requests::REACH_M, rng.random_range(crowding.reach_m()));
    let occupants = if rng.random_bool(0.7) { 1_u32 } else { 2 };
    request.set(requests::OCCUPANTS, occupants);
    let budget = 900.0 * (crowding.budget_deviation() * normal(rng)).exp();
    request.set(requests::BUDGET, budget);
    let required = some_tags(rng, collection, requests::REQUIRED_AMENITIES, 0.05);
    request.set(requests::REQUIRED_AMENITIES, required);
    let preferred = some_tags(rng, collection, requests::PREFERRED_AMENITIES, 0.4);
    request.set(requests::PREFERRED_AMENITIES, preferred);
    request
}

/// Each of [`AMENITIES`] with this probability.
fn some_tags(rng: &mut ChaCha8Rng, of: Collection, field: FieldId, probability: f64) -> Tags {
    let tag = |tags: Tags, name: &&str| match rng.random_bool(probability) {
        true => tags.with(of.tag(field, name).expect("an amenity")),
        false => tags,
    };
    AMENITIES.iter().fold(Tags::NONE, tag)
}

/// A point at most this far from the centre of the city, all points being equally likely.
fn place_within(rng: &mut ChaCha8Rng, radius_m: f64) -> LatLng {
    const METRES_PER_DEGREE: f64 = 111_195.0;
    let (center_lat, center_lng): (f64, f64) = (12.3052, 76.6552);
    let distance = radius_m * rng.random::<f64>().sqrt() / METRES_PER_DEGREE;
    let (sin, cos) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
    let lng = center_lng + distance * sin / center_lat.to_radians().cos();
    LatLng::new(center_lat + distance * cos, lng).expect("a place in the city")
}

/// A draw from the normal distribution with mean 0 and standard deviation 1.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}
