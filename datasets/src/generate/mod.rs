//! Generates landlords, rooms, bookings and rental requests around the shipped venues. The same
//! seed and numbers of rooms and requests give the same rows on every machine.
//!
//! Landlords are generated one after the other, each with its rooms, and none is kept, so ten
//! million rooms take no more memory than one. Each table is loaded separately, so there are two
//! passes with consistent results: [`Generator::landlords`] and [`Generator::rooms`].

mod booking;
mod landlord;
mod names;
mod place;
mod prose;
mod random;
mod request;
mod room;
mod sessions;
mod words;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use uuid::Uuid;

use crate::rows::{BookingRow, LandlordRow, RequestRow, RoomRow, StudentRow};
use landlord::Landlord;
use place::World;
pub use sessions::sessions;

/// Random streams of requests, students and bookings. They are disjoint from those of landlords, so
/// that adding these tables did not change the other rows of a seed.
const REQUEST_STREAM: u64 = 1 << 60;
const STUDENT_STREAM: u64 = 1 << 61;
const BOOKING_STREAM: u64 = 1 << 62;

/// A generator of landlords, rooms, bookings and rental requests.
#[derive(Debug)]
pub struct Generator {
    world: World,
    seed: u64,
    rooms: u64,
    now_s: i64,
}

impl Generator {
    /// Creates a generator of `rooms` rooms. Landlords were last active before `now_s`, in seconds
    /// since 1970, and bookings and requested stays are after it.
    pub fn new(seed: u64, rooms: u64, now_s: i64) -> Self {
        Self {
            world: World::shipped(),
            seed,
            rooms,
            now_s,
        }
    }

    /// The landlords of [`Self::rooms`], without duplicates.
    pub fn landlords(&self) -> impl Iterator<Item = LandlordRow> + Send + '_ {
        self.lettings().map(|letting| letting.landlord.row)
    }

    /// The rooms, landlord by landlord.
    pub fn rooms(&self) -> impl Iterator<Item = RoomRow> + Send + '_ {
        self.lettings().flat_map(move |mut letting| {
            (0..letting.rooms).map(move |number| {
                let index = letting.first_room + number;
                let room = room::room(
                    &self.world,
                    &letting.landlord,
                    &mut letting.rng,
                    self.seed,
                    index,
                );
                // A separate stream, so that adding these columns did not change the others.
                let mut rng = self.stream(u64::MAX - index);
                RoomRow {
                    verified_at_s: room::draw_verified_at_s(&mut rng, self.now_s),
                    floor: room::draw_floor(&mut rng),
                    ..room
                }
            })
        })
    }

    /// The students of [`Self::bookings`] and [`Self::requests`], without duplicates.
    pub fn students(&self) -> impl Iterator<Item = StudentRow> + Send + '_ {
        (0..booking::STUDENTS)
            .map(|index| booking::student(&mut self.stream(STUDENT_STREAM + index), index))
    }

    /// The bookings of the rooms of [`Self::rooms`], room by room, from the day of `now_s` on.
    pub fn bookings(&self) -> impl Iterator<Item = BookingRow> + Send + '_ {
        const DAY_S: i64 = 86_400;
        let students = self.student_ids();
        let today = self.now_s.div_euclid(DAY_S);
        (0..).zip(self.rooms()).flat_map(move |(index, room)| {
            let mut rng = self.stream(BOOKING_STREAM + index);
            booking::bookings(&mut rng, (index, room.id), &students, today)
        })
    }

    /// The first `count` rental requests, around the same venues as the rooms of [`Self::rooms`].
    pub fn requests(&self, count: u64) -> impl Iterator<Item = RequestRow> + Send + '_ {
        let students = self.student_ids();
        (0..count).map(move |index| {
            let mut rng = self.stream(REQUEST_STREAM + index);
            let key = (self.seed, index);
            request::request(&self.world, &mut rng, &students, key, self.now_s)
        })
    }

    /// Returns the `external_id` of a room, to check whether it is loaded.
    pub fn room_id(seed: u64, index: u64) -> String {
        room::external_id(seed, index)
    }

    /// Returns the `external_id` of a rental request, to check whether it is loaded.
    pub fn request_id(seed: u64, index: u64) -> String {
        request::external_id(seed, index)
    }

    fn student_ids(&self) -> Vec<Uuid> {
        self.students().map(|student| student.user_id).collect()
    }

    /// Creates one of the random streams of this seed.
    fn stream(&self, stream: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream);
        rng
    }

    fn lettings(&self) -> impl Iterator<Item = Letting> + Send + '_ {
        let (mut index, mut first_room) = (0, 0);
        std::iter::from_fn(move || {
            let left = self.rooms - first_room;
            if left == 0 {
                return None;
            }
            let mut rng = self.stream(index);
            let landlord = landlord::landlord(&self.world, &mut rng, self.seed, index, self.now_s);
            let rooms = landlord.room_count.min(left);
            let letting = Letting {
                landlord,
                rng,
                first_room,
                rooms,
            };
            index += 1;
            first_room += rooms;
            Some(letting)
        })
    }
}

/// A landlord with the index range of its rooms, and the random stream to generate them.
struct Letting {
    landlord: Landlord,
    rng: ChaCha8Rng,
    first_room: u64,
    rooms: u64,
}

#[cfg(test)]
mod tests;
