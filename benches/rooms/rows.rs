//! Converts generated rows to documents, as the indexer converts the rows of Postgres.

use roost_datasets::rows::{BookingRow, LandlordRow, RoomRow};
use roost_engine::{Collection, Date, Document, LatLng, NightsChange, Signals, Stay, Tags};

pub(super) fn signals(landlord: &LandlordRow) -> Signals {
    Signals {
        capacity_total: landlord.total_capacity.unsigned_abs(),
        capacity_used: landlord.active_contracts.unsigned_abs(),
        active_at_s: landlord.last_active_at_s,
        high_acceptance: landlord.acceptance_rate > 0.8,
        fast_response: landlord.response_time_s_average.is_some_and(|s| s < 3600.0),
        available: landlord.is_available,
    }
}

pub(super) fn document(room: RoomRow) -> Document {
    let place = LatLng::new(room.latitude, room.longitude).expect("a place");
    let tag = |tags: Tags, name: &&str| tags.with(Collection::Rooms.tag(name).expect("a tag"));
    let details = [
        ("currency", room.currency),
        ("postal_code", room.postal_code),
        ("country_code", room.country_code),
        ("status", room.status.to_owned()),
    ];
    Document {
        owner: Some(room.landlord_id),
        status: Collection::Rooms.status(room.status).expect("a status"),
        title: room.title,
        description: room.description,
        address: room.address,
        locality: room.locality,
        city: room.city,
        category: Collection::Rooms
            .category(room.room_type)
            .expect("a category"),
        tags: room.amenities.iter().fold(Tags::NONE, tag),
        price: room.price,
        occupancy: room.occupancy.unsigned_abs(),
        nights_min: u16::try_from(room.minimum_nights).expect("at most 10,000"),
        rating: room.rating_average,
        reviews: room.review_count.unsigned_abs(),
        details: details.map(|(name, text)| (name.to_owned(), text)).into(),
        ..Document::empty(room.id, place)
    }
}

/// The nights of a booking, or `None` if it is cancelled.
pub(super) fn nights(booking: &BookingRow) -> Option<NightsChange> {
    let date = |day: i64| Date::of_days(i32::try_from(day).expect("a date of this century"));
    let stay = Stay::new(date(booking.check_in_day), date(booking.check_out_day));
    (booking.status != "cancelled").then(|| NightsChange {
        key: booking.room_id,
        freed: Vec::new(),
        booked: vec![stay.expect("a night or more")],
    })
}
