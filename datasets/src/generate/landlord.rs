//! Generates landlords with their signals.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::names::{FAMILY_NAMES, GIVEN_NAMES};
use super::place::World;
use super::random::{normal, pick};
use crate::key;
use crate::rows::LandlordRow;
use crate::shipped::SOURCE;

const ROOMS_MAX: f64 = 30.0;
/// Exponent of a Pareto distribution: most landlords have one or two rooms, few have dozens.
const ROOMS_SKEW: f64 = 1.4;
const DAY_S: f64 = 86_400.0;

/// A landlord and the number of its rooms.
pub(super) struct Landlord {
    pub(super) row: LandlordRow,
    /// The index of the venue near the rooms.
    pub(super) venue: usize,
    pub(super) room_count: u64,
}

pub(super) fn landlord(
    world: &World,
    rng: &mut ChaCha8Rng,
    seed: u64,
    index: u64,
    now_s: i64,
) -> Landlord {
    let rooms = (1.0 - rng.random::<f64>())
        .powf(-1.0 / ROOMS_SKEW)
        .floor()
        .min(ROOMS_MAX);
    let total_capacity = rooms as i32 + rng.random_range(0..=2);
    let busy = rng.random::<f64>().powf(1.3);
    // Days since the last activity: a median of 1.5, some landlords have been inactive for months.
    let inactive_days = 1.5 * (1.6 * normal(rng)).exp();
    let responds = rng.random_bool(0.92);
    // Mostly half an hour to some hours, sometimes days.
    let response_time_s = 2_400.0 * (1.2 * normal(rng)).exp();
    let row = LandlordRow {
        id: key::numbered(index, &rng.random()),
        user_id: key::numbered(index, &rng.random()),
        display_name: format!("{} {}", pick(rng, GIVEN_NAMES), pick(rng, FAMILY_NAMES)),
        total_capacity,
        active_contracts: (busy * f64::from(total_capacity + 1)).floor() as i32,
        is_available: rng.random_bool(0.95),
        last_active_at_s: now_s - (inactive_days.min(400.0) * DAY_S) as i64,
        acceptance_rate: (rng.random::<f64>().powf(0.4) * 1000.0).round() / 1000.0,
        response_time_s_average: responds.then(|| response_time_s.round()),
        external_source: SOURCE.to_owned(),
        external_id: format!("{seed}-{index}"),
    };
    Landlord {
        row,
        venue: world.draw_venue(rng),
        room_count: rooms as u64,
    }
}
