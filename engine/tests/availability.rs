//! Booked days hide a room from searches for these days, and only from those.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use roost_collections::{built_in, rooms};
use roost_engine::*;

const ROOMS: u128 = 3_000;

struct World {
    writer: Writer,
    reader: Reader,
    position: u64,
    _folder: tempfile::TempDir,
}

impl World {
    /// Rooms in a town of some kilometres, with a window from the first of December on.
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) =
            Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
        writer.advance_availability_window(rooms::collection(), date("2026-12-01"));
        let mut world = World {
            writer,
            reader,
            position: 0,
            _folder: folder,
        };
        (0..ROOMS).for_each(|n| world.put(n));
        world.commit();
        world
    }

    fn put(&mut self, n: u128) {
        let (row, column) = ((n / 60) as f64, (n % 60) as f64);
        let place = LatLng::new(19.1 + row * 1e-3, 72.9 + column * 1e-3).unwrap();
        let room = Document::empty(rooms::collection(), key(n), place);
        self.writer.put(rooms::collection(), room).unwrap();
    }

    fn commit(&mut self) {
        self.position += 1;
        let checkpoint = Checkpoint {
            position: Position(self.position),
            source: serde_json::Value::Null,
        };
        self.writer.commit(checkpoint).unwrap();
    }

    fn book(&self, rooms: impl IntoIterator<Item = u128>, range: DateRange) {
        self.change(rooms, &[], &[range]);
    }

    fn free(&self, rooms: impl IntoIterator<Item = u128>, range: DateRange) {
        self.change(rooms, &[range], &[]);
    }

    fn change(
        &self,
        rooms: impl IntoIterator<Item = u128>,
        freed: &[DateRange],
        busy: &[DateRange],
    ) {
        let change = |n| DaysChange {
            key: key(n),
            freed: freed.to_vec(),
            busy: busy.to_vec(),
        };
        let changes: Vec<DaysChange> = rooms.into_iter().map(change).collect();
        self.writer
            .change_days(rooms::collection(), &changes)
            .unwrap();
    }

    /// The number of free rooms, which counting and finding agree on, and of visited nodes.
    fn free_rooms(&self, range: DateRange) -> (u64, u64) {
        let query = Query {
            filters: Filters {
                free: Some(range),
                ..Filters::default()
            },
            count: Count::Exact,
            limit: 2 * ROOMS as usize,
            plan: Some(PlanName::BestFirst),
            ..Query::all(rooms::profile(), 1_800_000_000)
        };
        let ranking = self.reader.rank(rooms::collection(), &query).unwrap();
        let total = ranking.total.unwrap().value;
        assert_eq!(ranking.ranked.len() as u64, total);
        (total, ranking.trace.nodes_visited)
    }
}

fn key(n: u128) -> Key {
    Key::from_u128(n + 1)
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn range(start: &str, end: &str) -> DateRange {
    DateRange::new(date(start), date(end)).unwrap()
}

#[test]
fn a_room_booked_for_those_days_is_not_found() {
    let world = World::new();
    world.book([7, 8], range("2026-12-10", "2026-12-12"));
    let found = |start, end| world.free_rooms(range(start, end)).0;
    assert_eq!(found("2026-12-08", "2026-12-10") as u128, ROOMS);
    assert_eq!(found("2026-12-09", "2026-12-11") as u128, ROOMS - 2);
    assert_eq!(found("2026-12-11", "2026-12-20") as u128, ROOMS - 2);
    assert_eq!(found("2026-12-12", "2026-12-13") as u128, ROOMS);
    world.free([8], range("2026-12-11", "2026-12-12"));
    assert_eq!(found("2026-12-11", "2026-12-12") as u128, ROOMS - 1);
    assert_eq!(found("2026-12-10", "2026-12-12") as u128, ROOMS - 2);
}

#[test]
fn a_change_frees_and_books_at_once_and_a_day_in_both_is_booked() {
    let world = World::new();
    let (before, after) = (
        range("2026-12-10", "2026-12-14"),
        range("2026-12-13", "2026-12-16"),
    );
    world.book([7], before);
    world.change([7], &[before], &[after]);
    let found = |start, end| world.free_rooms(range(start, end)).0;
    assert_eq!(found("2026-12-10", "2026-12-13") as u128, ROOMS);
    assert_eq!(found("2026-12-13", "2026-12-14") as u128, ROOMS - 1);
    assert_eq!(found("2026-12-15", "2026-12-16") as u128, ROOMS - 1);
}

#[test]
fn a_search_skips_a_fully_booked_town_as_a_whole_until_a_room_becomes_free() {
    let world = World::new();
    let exams = range("2026-12-10", "2026-12-15");
    let (_, nodes_visited) = world.free_rooms(exams);
    let all_nodes = nodes_visited;
    // One by one, as busy days arrive while searches run.
    (0..ROOMS).for_each(|n| world.book([n], exams));
    let (found, nodes_visited) = world.free_rooms(exams);
    assert_eq!(found, 0);
    assert!(nodes_visited < 10, "{nodes_visited}");
    assert_eq!(
        world.free_rooms(range("2026-12-15", "2026-12-16")).0 as u128,
        ROOMS
    );
    world.free([1_234], exams);
    let (found, nodes_visited) = world.free_rooms(exams);
    assert_eq!(found, 1);
    assert!(4 * nodes_visited < all_nodes, "{nodes_visited}");
}

#[test]
fn days_stay_booked_when_documents_are_replaced_and_segments_merged() {
    let mut world = World::new();
    let exams = range("2026-12-10", "2026-12-15");
    // Some rooms exist, others follow later.
    world.book((0..40).chain(ROOMS..ROOMS + 20), exams);
    assert_eq!(world.free_rooms(exams).0 as u128, ROOMS - 40);
    for round in 0..12 {
        (round..round + 20).for_each(|n| world.put(n));
        world.put(ROOMS + round);
        world.commit();
        assert_eq!(world.free_rooms(exams).0 as u128, ROOMS - 40);
    }
    world.free(0..ROOMS + 20, exams);
    assert_eq!(world.free_rooms(exams).0 as u128, ROOMS + 12);
}

#[test]
fn the_window_advances_and_days_can_be_booked_before_searches_see_them() {
    let world = World::new();
    let window = world
        .reader
        .availability_window(rooms::collection())
        .unwrap();
    assert_eq!(window.start(), date("2026-12-01"));
    assert!(window.day_count() >= 400);
    let far = DateRange::new(window.end().plus_days(5), window.end().plus_days(7)).unwrap();
    world.book([3], far);
    world.book([4], range("2026-12-05", "2026-12-07"));
    assert_eq!(
        world.free_rooms(far).0 as u128,
        ROOMS,
        "searches do not see it yet"
    );

    let mut steps = 0;
    while let Some(entering) = world
        .writer
        .advance_availability_window(rooms::collection(), date("2027-03-01"))
    {
        world.book([5], entering);
        steps += 1;
    }
    assert!(steps > 1, "{steps}");
    assert_eq!(world.free_rooms(far).0 as u128, ROOMS - 1);
    let window = world
        .reader
        .availability_window(rooms::collection())
        .unwrap();
    assert_eq!(window.start(), date("2027-03-01"));
    let before_last = DateRange::new(window.end().plus_days(-2), window.end()).unwrap();
    assert_eq!(world.free_rooms(before_last).0 as u128, ROOMS - 1);
    assert_eq!(
        world.free_rooms(range("2026-12-05", "2026-12-07")).0 as u128,
        ROOMS,
        "the window does not contain days that are over"
    );
    let back = world
        .writer
        .advance_availability_window(rooms::collection(), date("2026-12-01"));
    assert_eq!(back, None);
}

#[test]
fn days_take_little_memory_and_none_without_bookings() {
    let world = World::new();
    let usage = world.reader.usage(rooms::collection());
    assert_eq!(usage.memory.document_signals_bytes, 0, "{usage:?}");
    world.book((0..ROOMS).step_by(3), range("2026-12-10", "2026-12-15"));
    let usage = world.reader.usage(rooms::collection());
    let bytes_per_room = usage.memory.document_signals_bytes / usage.documents;
    assert!((8..120).contains(&bytes_per_room), "{usage:?}");
    assert!(usage.bytes_per_document() < 400.0, "{usage:?}");
}

#[test]
fn a_window_that_starts_too_late_can_be_reset_to_an_earlier_day() {
    let world = World::new();
    let (rooms, now, later) = (rooms::collection(), date("2026-12-01"), date("2036-12-01"));
    let busy = range("2026-12-24", "2026-12-26");
    world.book([7], busy);
    while world
        .writer
        .advance_availability_window(rooms, later)
        .is_some()
    {}
    world.book([7, 8], range("2036-12-24", "2036-12-26"));
    assert_eq!(world.writer.advance_availability_window(rooms, now), None);
    assert_eq!(
        world.reader.availability_window(rooms).unwrap().start(),
        later,
        "an earlier day changes nothing"
    );
    world.writer.reset_availability_window(rooms);
    assert_eq!(world.reader.availability_window(rooms), None);
    world.writer.advance_availability_window(rooms, now);
    assert_eq!(world.free_rooms(busy).0, ROOMS as u64);
    world.book([7, 9], busy);
    assert_eq!(world.free_rooms(busy).0, ROOMS as u64 - 2);
    assert_eq!(
        world.reader.availability_window(rooms).unwrap().start(),
        now
    );
}
