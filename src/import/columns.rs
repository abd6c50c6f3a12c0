//! The columns that every import of rooms and landlords writes, in table order.

use roost_datasets::rows::{LandlordRow, RoomRow};

use super::copy::CopyText;

/// Appends the columns of a room from `title` to `external_id`.
pub(super) fn room_columns<'a>(room: &RoomRow, copy: &'a mut CopyText) -> &'a mut CopyText {
    copy.text(&room.title)
        .text(&room.description)
        .text(&room.address)
        .text(&room.locality)
        .text(&room.city)
        .text(&room.postal_code)
        .text(&room.country_code)
        .point(room.latitude, room.longitude)
        .optional(room.price)
        .text(&room.currency)
        .number(room.occupancy)
        .text(room.room_type)
        .texts(&room.amenities)
        .number(room.minimum_nights)
        .optional(room.floor)
        .optional(room.rating_average)
        .number(room.review_count)
        .text(room.status)
        .optional_time(room.verified_at_s)
        .text(&room.external_source)
        .text(&room.external_id)
}

/// Appends the signals of a landlord from `total_capacity` to `response_time_s_average`. A full one
/// is unavailable until a contract ends, as after its last contract.
pub(super) fn landlord_columns<'a>(
    landlord: &LandlordRow,
    copy: &'a mut CopyText,
) -> &'a mut CopyText {
    let is_full = landlord.active_contracts >= landlord.total_capacity;
    copy.number(landlord.total_capacity)
        .number(landlord.active_contracts)
        .flag(landlord.is_available && !is_full)
        .flag(landlord.is_available && is_full)
        .time(landlord.last_active_at_s)
        .number(landlord.acceptance_rate)
        .optional(landlord.response_time_s_average)
}
