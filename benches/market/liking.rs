//! How much both sides like a pair of a request and a room, from 0 to 1: what the simulated people
//! decide by, computed here and not by the engine.
//!
//! Each side has a part that the engine can know, such as the pay or the distance, and a private
//! one that differs from pair to pair.

use roost_collections::{requests, rooms};
use roost_engine::Document;

/// The standard deviation of the private part.
pub(crate) const PRIVATE_DEVIATION: f64 = 0.15;

/// The distance at which a student likes a room half as much for it, in metres.
const HALF_DISTANCE_M: f64 = 2_000.0;

/// How much both sides like a pair, private parts included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Liking {
    pub(crate) landlord: f64,
    pub(crate) student: f64,
}

impl Liking {
    /// What the people themselves decide by.
    pub(crate) fn actual(room: &Document, request: &Document) -> Liking {
        let known = Liking::known(room, request);
        let liking = |known: f64, side| (known + private(room, request, side)).clamp(0.0, 1.0);
        Liking {
            landlord: liking(known.landlord, 1),
            student: liking(known.student, 2),
        }
    }

    /// What a ranking can know. A landlord likes a request the more, the better it is paid. A
    /// student likes a room that is near, cheap and well rated, with the preferred amenities.
    pub(crate) fn known(room: &Document, request: &Document) -> Liking {
        let pay = 1.0 - share_of_budget(room, request);
        let distance = (-room.place.distance_m(request.place) / HALF_DISTANCE_M).exp2();
        let amenities = share_of_preferred(room, request);
        let rating = room.number(rooms::RATING).unwrap_or_default() / 5.0;
        Liking {
            landlord: pay,
            student: 0.4 * distance + 0.25 * pay + 0.2 * amenities + 0.15 * rating,
        }
    }
}

fn share_of_preferred(room: &Document, request: &Document) -> f64 {
    let preferred = requests::collection().tag_names(
        requests::PREFERRED_AMENITIES,
        request.tags(requests::PREFERRED_AMENITIES),
    );
    let (mut found, mut wished) = (0.0, 0.0);
    for name in preferred {
        let tag = rooms::collection().tag(rooms::AMENITIES, name);
        let has = tag.is_some_and(|tag| room.tags(rooms::AMENITIES).contains(tag));
        found += f64::from(u8::from(has));
        wished += 1.0;
    }
    if wished > 0.0 { found / wished } else { 1.0 }
}

/// The price in parts of the budget.
fn share_of_budget(room: &Document, request: &Document) -> f64 {
    let price = room.number(rooms::PRICE).unwrap_or_default();
    let budget = request.number(requests::BUDGET).unwrap_or(f64::INFINITY);
    (price / budget).min(1.0)
}

/// A number about 0 that depends on the landlord, the request and the side alone, so that all
/// rankings meet the same people. The sum of four uniform numbers is nearly normal.
fn private(room: &Document, request: &Document, side: u64) -> f64 {
    let landlord = room.owner.unwrap_or_default().as_u128();
    let pair = landlord ^ request.key.as_u128().rotate_left(32);
    let mut state = (pair as u64) ^ ((pair >> 64) as u64) ^ (side << 40);
    let mut uniform = || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) as f64 / u64::MAX as f64
    };
    let sum: f64 = (0..4).map(|_| uniform()).sum();
    PRIVATE_DEVIATION * (sum - 2.0) * 3.0_f64.sqrt()
}
