//! Which rooms and landlords could be around the shipped venues, and who books them? As many as asked
//! for, made up from a seed: the same seed and number give the same rows, on every machine.
//!
//! Landlords are made one after the other, each with its rooms, and nothing is kept: ten million
//! rooms take no more memory than one. A table wants its rows by itself, so there are two passes,
//! [`Generator::landlords`] and [`Generator::rooms`], which agree with each other.

mod booking;
mod landlord;
mod names;
mod place;
mod prose;
mod room;
mod words;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::rows::{BookingRow, LandlordRow, RoomRow, StudentRow};
use landlord::Landlord;
use place::World;

/// What universities hold: name, days until it starts, days that it lasts.
pub(crate) const UNIVERSITY_SESSIONS: [(&str, i64, i64); 2] = [
    ("Entrance examination", 21, 3),
    ("End-semester examinations", 60, 14),
];

/// Where the streams of students and of rooms' bookings begin: far from those of landlords, so that
/// the rest of a seed's rows stays what it was without them.
const STUDENT_DICE: u64 = 1 << 61;
const BOOKING_DICE: u64 = 1 << 62;

/// Makes landlords, rooms and bookings up.
#[derive(Debug)]
pub struct Generator {
    world: World,
    seed: u64,
    rooms: u64,
    now_s: i64,
}

impl Generator {
    /// For so many rooms. Landlords were last active before `now_s`, in seconds since 1970, and rooms
    /// are booked after it.
    pub fn new(seed: u64, rooms: u64, now_s: i64) -> Self {
        Self {
            world: World::shipped(),
            seed,
            rooms,
            now_s,
        }
    }

    /// Those who let the rooms of [`Self::rooms`], each once.
    pub fn landlords(&self) -> impl Iterator<Item = LandlordRow> + Send + '_ {
        self.households().map(|household| household.landlord.row)
    }

    /// Exactly as many rooms as were asked for, landlord by landlord.
    pub fn rooms(&self) -> impl Iterator<Item = RoomRow> + Send + '_ {
        self.households().flat_map(move |mut household| {
            (0..household.rooms).map(move |number| {
                let index = household.first_room + number;
                let room = room::room(
                    &self.world,
                    &household.landlord,
                    &mut household.rng,
                    self.seed,
                    index,
                );
                // Dice of its own: the rest of a seed's rooms stays what it was without this.
                let mut rng = self.dice(u64::MAX - index);
                RoomRow {
                    verified_at_s: room::draw_verified_at_s(&mut rng, self.now_s),
                    ..room
                }
            })
        })
    }

    /// Those who book in [`Self::bookings`], each once.
    pub fn students(&self) -> impl Iterator<Item = StudentRow> + Send + '_ {
        (0..booking::STUDENTS)
            .map(|index| booking::student(&mut self.dice(STUDENT_DICE + index), index))
    }

    /// The bookings of the rooms of [`Self::rooms`], room by room, from the day of `now_s` on.
    pub fn bookings(&self) -> impl Iterator<Item = BookingRow> + Send + '_ {
        const DAY_S: i64 = 86_400;
        let students: Vec<_> = self.students().map(|student| student.user_id).collect();
        let today = self.now_s.div_euclid(DAY_S);
        (0..).zip(self.rooms()).flat_map(move |(index, room)| {
            let mut rng = self.dice(BOOKING_DICE + index);
            booking::bookings(&mut rng, (index, room.id), &students, today)
        })
    }

    /// The `external_id` of a room, for whoever asks whether it has been loaded.
    pub fn room_id(seed: u64, index: u64) -> String {
        format!("{seed}-{index}")
    }

    /// One of the many streams of this seed.
    fn dice(&self, stream: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream);
        rng
    }

    fn households(&self) -> impl Iterator<Item = Household> + Send + '_ {
        let (mut index, mut first_room) = (0, 0);
        std::iter::from_fn(move || {
            let left = self.rooms - first_room;
            if left == 0 {
                return None;
            }
            let mut rng = self.dice(index);
            let landlord = landlord::landlord(&self.world, &mut rng, self.seed, index, self.now_s);
            let rooms = landlord.rooms_wanted.min(left);
            let household = Household {
                landlord,
                rng,
                first_room,
                rooms,
            };
            index += 1;
            first_room += rooms;
            Some(household)
        })
    }
}

/// A landlord with the numbers of its rooms, and the dice to make them with.
struct Household {
    landlord: Landlord,
    rng: ChaCha8Rng,
    first_room: u64,
    rooms: u64,
}

/// One of these.
fn pick<'a, T>(rng: &mut ChaCha8Rng, of: &'a [T]) -> &'a T {
    &of[rng.random_range(0..of.len())]
}

/// Normally distributed, mean 0 and deviation 1 (Box and Muller).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

#[cfg(test)]
mod tests;
