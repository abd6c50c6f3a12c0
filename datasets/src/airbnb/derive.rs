//! Derives values that a file lacks, by the rules in `datasets/README.md`. The id of the listing or
//! host is the random seed, so a repeated import derives the same values. Values in the file are
//! never replaced.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::listing::SOURCE;
use crate::key;

/// Derived values of a room.
pub(super) struct DerivedRoom {
    pub(super) occupancy: i16,
    pub(super) amenities: Vec<&'static str>,
}

/// Derived values of a landlord.
pub(super) struct DerivedLandlord {
    pub(super) total_capacity: i32,
    pub(super) active_contracts: i32,
    pub(super) inactive_s: i64,
    pub(super) acceptance_rate: f64,
    pub(super) response_time_s: f64,
}

impl DerivedRoom {
    pub(super) fn new(id: &str, room_type: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(key::seed("room", SOURCE, id));
        let occupancy = match room_type {
            "entire_place" => rng.random_range(2..=4),
            "shared_room" => 1,
            _ => rng.random_range(1..=2),
        };
        let is_whole = room_type == "entire_place";
        let chances = [
            ("air_conditioning", 0.5),
            ("desk", 0.4),
            ("heating", 0.8),
            ("hot_water", 0.6),
            ("kitchen", if is_whole { 0.95 } else { 0.6 }),
            ("laundry", 0.35),
            ("smoke_alarm", 0.7),
            ("tv", if is_whole { 0.7 } else { 0.4 }),
            ("wifi", 0.95),
        ];
        // Every amenity takes one draw, so that none depends on the results of the previous ones.
        let amenities = chances
            .iter()
            .filter(|(_, chance)| rng.random_bool(*chance));
        Self {
            occupancy,
            amenities: amenities.map(|(amenity, _)| *amenity).collect(),
        }
    }
}

impl DerivedLandlord {
    pub(super) fn new(id: &str, listings: i32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(key::seed("landlord", SOURCE, id));
        let total_capacity = listings.max(1);
        let inactive_days: f64 = rng.random::<f64>().powi(3) * 60.0;
        Self {
            total_capacity,
            // A room on offer is free.
            active_contracts: rng.random_range(0..total_capacity),
            inactive_s: (inactive_days * 86_400.0) as i64,
            acceptance_rate: (rng.random::<f64>().sqrt() * 100.0).round() / 100.0,
            response_time_s: (600.0 * 60_f64.powf(rng.random())).round(),
        }
    }
}
