//! Generates students and their bookings.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::names::{FAMILY_NAMES, GIVEN_NAMES};
use super::random::pick;
use crate::key;
use crate::rows::{BookingRow, StudentRow};

/// Number of generated students.
pub(super) const STUDENTS: u64 = 1_000;

/// Each booking has one of these statuses.
const STATUSES: [&str; 5] = ["confirmed", "confirmed", "confirmed", "held", "cancelled"];

/// Bookings end within this number of days.
const DAYS: i64 = 120;

pub(super) fn student(rng: &mut ChaCha8Rng, index: u64) -> StudentRow {
    StudentRow {
        user_id: key::numbered(index, &rng.random()),
        display_name: format!("{} {}", pick(rng, GIVEN_NAMES), pick(rng, FAMILY_NAMES)),
    }
}

/// Generates the consecutive bookings of a room from `today` on. Three rooms in ten have a few, the
/// others none.
pub(super) fn bookings(
    rng: &mut ChaCha8Rng,
    (index, room_id): (u64, Uuid),
    students: &[Uuid],
    today: i64,
) -> Vec<BookingRow> {
    let mut bookings = Vec::new();
    if !rng.random_bool(0.3) {
        return bookings;
    }
    let mut free_from = today;
    loop {
        let check_in_day = free_from + rng.random_range(0..60);
        let check_out_day = check_in_day + pick(rng, &[1, 2, 2, 3, 3, 3, 4, 5, 7, 14]);
        if check_out_day > today + DAYS {
            return bookings;
        }
        free_from = check_out_day;
        bookings.push(BookingRow {
            id: key::numbered(index, &rng.random()),
            room_id,
            student_id: *pick(rng, students),
            check_in_day,
            check_out_day,
            status: STATUSES[rng.random_range(0..STATUSES.len())],
        });
    }
}
