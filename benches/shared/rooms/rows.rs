//! Converts generated rows to documents, as the indexer converts the rows of Postgres.

use roost_collections::rooms;
use roost_datasets::rows::{BookingRow, LandlordRow, RoomRow};
use roost_engine::{Date, DateRange, DaysChange, Document, LatLng, Signals, Tags};

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

pub(crate) fn document(room: RoomRow) -> Document {
    let rooms = rooms::collection();
    let place = LatLng::new(room.latitude, room.longitude).expect("a place");
    let tag = |tags: Tags, name: &&str| {
        let tag = rooms.tag(rooms::AMENITIES, name);
        tags.with(tag.expect("an amenity"))
    };
    let minimum_nights = u32::try_from(room.minimum_nights).expect("at most 10,000");
    let mut document = Document {
        owner: Some(room.landlord_id),
        ..Document::empty(rooms, room.id, place)
    };
    document.set(
        rooms::AMENITIES,
        room.amenities.iter().fold(Tags::NONE, tag),
    );
    document.set(rooms::TITLE, room.title);
    document.set(rooms::DESCRIPTION, room.description);
    document.set(rooms::ADDRESS, room.address);
    document.set(rooms::LOCALITY, room.locality);
    document.set(rooms::CITY, room.city);
    document.set(rooms::POSTAL_CODE, room.postal_code);
    document.set(rooms::COUNTRY_CODE, room.country_code);
    document.set(rooms::PRICE, room.price);
    document.set(rooms::CURRENCY, room.currency);
    document.set(rooms::OCCUPANCY, u32::from(room.occupancy.unsigned_abs()));
    document.set(
        rooms::ROOM_TYPE,
        rooms.category(rooms::ROOM_TYPE, room.room_type),
    );
    document.set(rooms::MINIMUM_NIGHTS, minimum_nights);
    document.set(rooms::RATING, room.rating_average);
    document.set(rooms::REVIEW_COUNT, room.review_count.unsigned_abs());
    document.set(rooms::STATUS, rooms.category(rooms::STATUS, room.status));
    document
}

/// The nights of a booking, or `None` if it is cancelled.
pub(super) fn nights(booking: &BookingRow) -> Option<DaysChange> {
    let date = |day: i64| Date::of_days(i32::try_from(day).expect("a date of this century"));
    let stay = DateRange::new(date(booking.check_in_day), date(booking.check_out_day));
    (booking.status != "cancelled").then(|| DaysChange {
        key: booking.room_id,
        freed: Vec::new(),
        busy: vec![stay.expect("a night or more")],
    })
}
