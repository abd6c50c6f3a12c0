//! Loads the generated landlords, rooms, students, bookings and rental requests.

use roost_datasets::generate::Generator;
use roost_datasets::rows::{BookingRow, LandlordRow, RequestRow, RoomRow, StudentRow};
use sqlx::PgConnection;

use super::super::columns::{landlord_columns, room_columns};
use super::super::copy::{self, CopyText};
use super::super::progress::Progress;

const COPY_USERS: &str = "COPY users (id, role, display_name) FROM STDIN";
const COPY_LANDLORDS: &str = "COPY landlords (id, user_id, total_capacity, active_contracts,
    is_available, hidden_when_full, last_active_at, acceptance_rate, response_time_s_average,
    external_source, external_id) FROM STDIN";
const COPY_ROOMS: &str = "COPY rooms (id, landlord_id, title, description, address, locality, city,
    postal_code, country_code, location, price, currency, occupancy, room_type, amenities,
    minimum_nights, floor, rating_average, review_count, status, verified_at, external_source,
    external_id) FROM STDIN";
const COPY_BOOKINGS: &str =
    "COPY bookings (id, room_id, student_id, check_in, check_out, status) FROM STDIN";
const COPY_REQUESTS: &str = "COPY requests (id, student_id, venue_id, title, description, city,
    location, reach_m, check_in, check_out, occupants, budget, currency, required_amenities,
    preferred_amenities, room_types, status, created_at, expires_at, external_source, external_id)
    FROM STDIN";

/// Loads the landlords and their users.
pub(super) async fn load_landlords(
    connection: &mut PgConnection,
    generator: &Generator,
    progress: &dyn Progress,
) -> sqlx::Result<u64> {
    let (users, landlords) = (generator.landlords(), generator.landlords());
    progress.start("users", None);
    copy::send(connection, COPY_USERS, users, encode_user, progress).await?;
    progress.finish();
    progress.start("landlords", None);
    let sent = copy::send(
        connection,
        COPY_LANDLORDS,
        landlords,
        encode_landlord,
        progress,
    )
    .await?;
    progress.finish();
    Ok(sent)
}

pub(super) async fn load_rooms(
    connection: &mut PgConnection,
    generator: &Generator,
    count: u64,
    progress: &dyn Progress,
) -> sqlx::Result<u64> {
    progress.start("rooms", Some(count));
    let rooms = generator.rooms();
    let sent = copy::send(connection, COPY_ROOMS, rooms, encode_room, progress).await?;
    progress.finish();
    Ok(sent)
}

/// Loads the students, who make bookings and requests.
pub(super) async fn load_students(
    connection: &mut PgConnection,
    generator: &Generator,
    progress: &dyn Progress,
) -> sqlx::Result<()> {
    progress.start("students", None);
    let students = generator.students();
    copy::send(connection, COPY_USERS, students, encode_student, progress).await?;
    progress.finish();
    Ok(())
}

pub(super) async fn load_bookings(
    connection: &mut PgConnection,
    generator: &Generator,
    progress: &dyn Progress,
) -> sqlx::Result<u64> {
    progress.start("bookings", None);
    let bookings = generator.bookings();
    let sent = copy::send(
        connection,
        COPY_BOOKINGS,
        bookings,
        encode_booking,
        progress,
    )
    .await?;
    progress.finish();
    Ok(sent)
}

pub(super) async fn load_requests(
    connection: &mut PgConnection,
    generator: &Generator,
    count: u64,
    progress: &dyn Progress,
) -> sqlx::Result<u64> {
    progress.start("requests", Some(count));
    let requests = generator.requests(count);
    let sent = copy::send(
        connection,
        COPY_REQUESTS,
        requests,
        encode_request,
        progress,
    )
    .await?;
    progress.finish();
    Ok(sent)
}

fn encode_student(student: &StudentRow, copy: &mut CopyText) {
    copy.key(student.user_id)
        .text("student")
        .text(&student.display_name)
        .end();
}

fn encode_booking(booking: &BookingRow, copy: &mut CopyText) {
    copy.key(booking.id)
        .key(booking.room_id)
        .key(booking.student_id)
        .day(booking.check_in_day)
        .day(booking.check_out_day)
        .text(booking.status)
        .end();
}

fn encode_request(request: &RequestRow, copy: &mut CopyText) {
    copy.key(request.id)
        .key(request.student_id)
        .optional(request.venue_id)
        .text(&request.title)
        .text(&request.description)
        .text(&request.city)
        .point(request.latitude, request.longitude)
        .number(request.reach_m)
        .day(request.check_in_day)
        .day(request.check_out_day)
        .number(request.occupants)
        .optional(request.budget)
        .text(&request.currency)
        .texts(&request.required_amenities)
        .texts(&request.preferred_amenities)
        .texts(&request.room_types)
        .text(request.status)
        .time(request.created_at_s)
        .time(request.expires_at_s)
        .text(&request.external_source)
        .text(&request.external_id)
        .end();
}

fn encode_user(landlord: &LandlordRow, copy: &mut CopyText) {
    copy.key(landlord.user_id)
        .text("landlord")
        .text(&landlord.display_name)
        .end();
}

fn encode_landlord(landlord: &LandlordRow, copy: &mut CopyText) {
    copy.key(landlord.id).key(landlord.user_id);
    landlord_columns(landlord, copy)
        .text(&landlord.external_source)
        .text(&landlord.external_id)
        .end();
}

fn encode_room(room: &RoomRow, copy: &mut CopyText) {
    room_columns(room, copy.key(room.id).key(room.landlord_id)).end();
}
