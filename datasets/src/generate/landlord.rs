//! Who lets generated rooms, how many, and how well?

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::names::{FAMILY_NAMES, GIVEN_NAMES};
use super::place::World;
use super::{normal, pick};
use crate::key;
use crate::rows::LandlordRow;
use crate::shipped::SOURCE;

const ROOMS_MAX: f64 = 30.0;
/// Pareto's exponent: most have one or two rooms, few have dozens.
const ROOMS_SKEW: f64 = 1.4;
const DAY_S: f64 = 86_400.0;

/// A landlord before it is known how many of its rooms are still wanted.
pub(super) struct Landlord {
    pub(super) row: LandlordRow,
    /// Where this one lets: the index of a venue.
    pub(super) venue: usize,
    pub(super) rooms_wanted: u64,
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
    // Days since the last sign of life: half within a day and a half, some silent for months.
    let silent_days = 1.5 * (1.6 * normal(rng)).exp();
    let answers = rng.random_bool(0.92);
    // Half an hour to some hours, now and then days.
    let response_time_s = 2_400.0 * (1.2 * normal(rng)).exp();
    let row = LandlordRow {
        id: key::numbered(index, &rng.random()),
        user_id: key::numbered(index, &rng.random()),
        display_name: format!("{} {}", pick(rng, GIVEN_NAMES), pick(rng, FAMILY_NAMES)),
        total_capacity,
        active_contracts: (busy * f64::from(total_capacity + 1)).floor() as i32,
        is_available: rng.random_bool(0.95),
        last_active_at_s: now_s - (silent_days.min(400.0) * DAY_S) as i64,
        acceptance_rate: (rng.random::<f64>().powf(0.4) * 1000.0).round() / 1000.0,
        response_time_s_average: answers.then(|| response_time_s.round()),
        external_source: SOURCE.to_owned(),
        external_id: format!("{seed}-{index}"),
    };
    Landlord {
        row,
        venue: world.draw_venue(rng),
        rooms_wanted: rooms as u64,
    }
}
