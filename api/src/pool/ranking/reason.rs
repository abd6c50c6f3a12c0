//! Why a room fits a request, in words.

use std::borrow::Borrow;
use std::fmt::Write;

use roost_collections::{requests, rooms};
use roost_engine::{Component, Document, Explanation, Signals};

/// Why a room fits a request: how far, for how much, and with which of the preferred amenities.
pub(crate) fn of_pair<A: Borrow<str>, B: Borrow<str>>(
    request: &Document<A>,
    room: &Document<B>,
    distance_m: f64,
) -> String {
    let mut reason = match distance_m < 1_000.0 {
        true => format!("{distance_m:.0} m away"),
        false => format!("{:.1} km away", distance_m / 1_000.0),
    };
    if let Some(price) = room.number(rooms::PRICE) {
        let currency = room.text(rooms::CURRENCY);
        let budget = match request.number(requests::BUDGET) {
            Some(budget) => format!(" of a budget of {budget}"),
            None => " a night, without a limit".to_owned(),
        };
        add(&mut reason, &format!("{price} {currency}{budget}"));
    }
    let preferred = request.tags(requests::PREFERRED_AMENITIES);
    if !preferred.is_empty() {
        let found = preferred.intersection(room.tags(rooms::AMENITIES)).len();
        let of = format!("{found} of {} preferred amenities", preferred.len());
        add(&mut reason, &of);
    }
    reason
}

/// The same for a landlord who reads its feed: whether others have made offers.
pub(crate) fn of_request<A: Borrow<str>, B: Borrow<str>>(
    request: &Document<A>,
    room: &Document<B>,
    distance_m: f64,
    explanation: Option<&Explanation>,
) -> String {
    let mut reason = of_pair(request, room, distance_m);
    let mut parts = explanation.into_iter().flat_map(|it| &it.parts);
    let exposure = parts.find(|part| part.component == Component::Exposure);
    match exposure.map(|part| part.value) {
        Some(1.0) => add(&mut reason, "no offers yet"),
        Some(_) => add(&mut reason, "others have made offers"),
        None => {}
    }
    reason
}

/// The same for a student: what is known of the landlord.
pub(crate) fn of_landlord<A: Borrow<str>, B: Borrow<str>>(
    request: &Document<A>,
    room: &Document<B>,
    distance_m: f64,
    signals: Signals,
    now_s: i64,
) -> String {
    let mut reason = of_pair(request, room, distance_m);
    let free = signals.capacity_total.saturating_sub(signals.capacity_used);
    let total = signals.capacity_total;
    add(&mut reason, &format!("{free} of {total} contracts free"));
    match signals.activity(now_s) {
        1.0 => add(&mut reason, "active in the last day"),
        0.0 => {}
        _ => add(&mut reason, "active in the last week"),
    }
    if signals.high_acceptance {
        add(&mut reason, "accepts most requests");
    }
    if signals.fast_response {
        add(&mut reason, "answers within an hour");
    }
    reason
}

fn add(reason: &mut String, part: &str) {
    // Writing to a string never fails.
    let _ = write!(reason, ", {part}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::{Key, LatLng, Tags};

    #[test]
    fn a_reason_names_what_decides_a_pair() {
        let place = LatLng::new(19.1, 72.9).unwrap();
        let mut request = Document::empty(requests::collection(), Key::from_u128(1), place);
        let mut room = Document::empty(rooms::collection(), Key::from_u128(2), place);
        assert_eq!(of_pair(&request, &room, 850.4), "850 m away");
        let tag = |name| rooms::collection().tag(rooms::AMENITIES, name).unwrap();
        let desk_and_wifi = Tags::NONE.with(tag("desk")).with(tag("wifi"));
        request.set(requests::PREFERRED_AMENITIES, desk_and_wifi);
        room.set(rooms::AMENITIES, Tags::NONE.with(tag("desk")));
        room.set(rooms::PRICE, 850.5);
        room.set(rooms::CURRENCY, "INR");
        assert_eq!(
            of_pair(&request, &room, 1_249.0),
            "1.2 km away, 850.5 INR a night, without a limit, 1 of 2 preferred amenities"
        );
        request.set(requests::BUDGET, 900.0);
        let signals = Signals {
            capacity_total: 4,
            capacity_used: 1,
            active_at_s: 1_000_000,
            high_acceptance: true,
            ..Signals::default()
        };
        assert_eq!(
            of_landlord(&request, &room, 0.0, signals, 1_000_000 + 90_000),
            "0 m away, 850.5 INR of a budget of 900, 1 of 2 preferred amenities, 3 of 4 contracts \
             free, active in the last week, accepts most requests"
        );
    }
}
