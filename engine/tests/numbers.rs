//! A number of a document changes its score at once, and stays with the document's key.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::LazyLock;

use roost_engine::*;

/// Wishes with a number of how often each was drawn, and a second number that no score reads.
struct Wishes {
    collection: Collection,
    seen: SignalId,
    drawn: SignalId,
}

static WISHES: LazyLock<Wishes> = LazyLock::new(|| {
    let mut schema = SchemaBuilder::new("wishes");
    schema.add_signal("closed", SignalKind::Days);
    let seen = schema.add_signal("seen", SignalKind::Number { default: 9.0 });
    let drawn = schema.add_signal("drawn", SignalKind::Number { default: 0.0 });
    schema.exposure("exposure", drawn);
    let collection = Collection::new(schema.build().unwrap());
    Wishes {
        collection,
        seen,
        drawn,
    }
});

/// A collection without signals of documents.
static PLACES: LazyLock<Collection> =
    LazyLock::new(|| Collection::new(SchemaBuilder::new("places").build().unwrap()));

struct World {
    writer: Writer,
    reader: Reader,
    position: u64,
    _folder: tempfile::TempDir,
}

impl World {
    /// An index without documents.
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let collections = [WISHES.collection, *PLACES];
        let (writer, reader) =
            Store::open(folder.path(), &collections, &StoreOptions::default()).unwrap();
        World {
            writer,
            reader,
            position: 0,
            _folder: folder,
        }
    }

    fn put(&mut self, keys: std::ops::Range<u128>) {
        for n in keys {
            let (row, column) = ((n / 60) as f64, (n % 60) as f64);
            let place = LatLng::new(19.1 + row * 1e-3, 72.9 + column * 1e-3).unwrap();
            let wish = Document::empty(WISHES.collection, key(n), place);
            self.writer.put(WISHES.collection, wish).unwrap();
        }
    }

    fn commit(&mut self) {
        self.position += 1;
        let checkpoint = Checkpoint {
            position: Position(self.position),
            source: serde_json::Value::Null,
        };
        self.writer.commit(checkpoint).unwrap();
    }

    fn draw(&self, numbers: impl IntoIterator<Item = (u128, f64)>) {
        let numbers = numbers.into_iter();
        let changes: Vec<NumberChange> = numbers.map(|(n, value)| change(n, value)).collect();
        let (wishes, drawn) = (WISHES.collection, WISHES.drawn);
        self.writer.change_numbers(wishes, drawn, &changes).unwrap();
    }

    /// The first three wishes by exposure alone, with their scores.
    fn first_three(&self) -> Vec<(u128, f64)> {
        let profile = Profile::new("test", 0.0, DecayShape::Exponential, 2_000.0).unwrap();
        let profile = profile.with_weight(Component::Exposure, 1.0).unwrap();
        let query = Query {
            limit: 3,
            plan: Some(PlanName::BestFirst),
            ..Query::all(profile, 1_800_000_000)
        };
        let found = self.reader.rank(WISHES.collection, &query).unwrap();
        let found = found.ranked.iter();
        found
            .map(|hit| (hit.key.as_u128() - 1, hit.rank_value))
            .collect()
    }
}

fn key(n: u128) -> Key {
    Key::from_u128(n + 1)
}

fn change(n: u128, value: f64) -> NumberChange {
    NumberChange { key: key(n), value }
}

#[test]
fn a_number_changes_the_ranking_without_a_commit() {
    let mut world = World::new();
    world.put(0..2_000);
    world.commit();
    assert_eq!(world.first_three(), [(0, 100.0), (1, 100.0), (2, 100.0)]);
    world.draw([(0, 1.0), (2, 3.0)]);
    assert_eq!(world.first_three(), [(1, 100.0), (3, 100.0), (4, 100.0)]);
    world.draw((0..2_000).map(|n| (n, 3.0)));
    assert_eq!(world.first_three(), [(0, 25.0), (1, 25.0), (2, 25.0)]);
    world.draw([(1_500, 0.0), (7, 1.0)]);
    assert_eq!(world.first_three(), [(1_500, 100.0), (7, 50.0), (0, 25.0)]);
}

#[test]
fn a_number_stays_with_its_key_through_commits_merges_deletes_and_a_new_document() {
    let mut world = World::new();
    // Before the document exists.
    world.draw([(1, 3.0)]);
    for first in (0..40).step_by(10) {
        world.put(first..first + 10);
        world.commit();
        assert_eq!(world.first_three(), [(0, 100.0), (2, 100.0), (3, 100.0)]);
    }
    world.writer.delete(WISHES.collection, key(1)).unwrap();
    (2..40).for_each(|n| world.writer.delete(WISHES.collection, key(n)).unwrap());
    world.commit();
    assert_eq!(world.first_three(), [(0, 100.0)]);
    world.draw([(0, 1.0)]);
    world.put(0..2);
    world.commit();
    assert_eq!(world.first_three(), [(0, 50.0), (1, 25.0)]);
    let numbers = world.writer.numbers(WISHES.collection, WISHES.drawn);
    let mut numbers = numbers.unwrap();
    numbers.sort_by_key(|(key, _)| *key);
    assert_eq!(numbers, [(key(0), 1.0), (key(1), 3.0)]);
    world.draw([(1, 0.0)]);
    let numbers = world.writer.numbers(WISHES.collection, WISHES.drawn);
    assert_eq!(numbers.unwrap(), [(key(0), 1.0)]);
}

#[test]
fn signals_of_one_collection_are_independent_of_each_other() {
    let mut world = World::new();
    world.put(0..100);
    world.commit();
    let seen = |changes: &[NumberChange]| {
        let (wishes, seen) = (WISHES.collection, WISHES.seen);
        world.writer.change_numbers(wishes, seen, changes).unwrap();
    };
    seen(&[change(0, 5.0), change(1, 9.0)]);
    world.draw([(1, 1.0)]);
    assert_eq!(world.first_three(), [(0, 100.0), (2, 100.0), (3, 100.0)]);
    let numbers = |signal| world.writer.numbers(WISHES.collection, signal).unwrap();
    // The default of the other number is 9.
    assert_eq!(numbers(WISHES.seen), [(key(0), 5.0)]);
    assert_eq!(numbers(WISHES.drawn), [(key(1), 1.0)]);
}

#[test]
fn a_profile_without_the_weight_ignores_the_number() {
    let mut world = World::new();
    world.put(0..3);
    world.commit();
    world.draw([(0, 7.0)]);
    let profile = Profile::new("test", 10.0, DecayShape::Exponential, 2_000.0).unwrap();
    let query = Query {
        explain: true,
        ..Query::all(profile, 1_800_000_000)
    };
    let page = world.reader.search(WISHES.collection, &query).unwrap();
    assert!(page.hits.iter().all(|hit| hit.score == 10.0));
    let parts = page.hits.iter().map(|hit| hit.explanation.as_ref());
    assert!(parts.flatten().all(|explained| explained.parts.is_empty()));
}

#[test]
fn changes_that_the_schema_does_not_allow_are_rejected_and_none_is_made() {
    let world = World::new();
    let change_numbers = |collection, signal, changes: &[NumberChange]| {
        let changed = world.writer.change_numbers(collection, signal, changes);
        changed.unwrap_err().to_string()
    };
    let (wishes, days) = (WISHES.collection, WISHES.collection.days().unwrap());
    assert_eq!(
        change_numbers(*PLACES, WISHES.drawn, &[change(0, 1.0)]),
        "places have no signal of a number with the index 2"
    );
    assert_eq!(
        change_numbers(wishes, days, &[change(0, 1.0)]),
        "wishes have no signal of a number with the index 0"
    );
    for value in [-1.0, f64::NAN, f64::INFINITY] {
        let expected = format!(
            "drawn of document {} cannot be {value}: expected a finite number of at least 0",
            key(1)
        );
        let changes = [change(0, 1.0), change(1, value)];
        assert_eq!(change_numbers(wishes, WISHES.drawn, &changes), expected);
    }
    assert_eq!(world.writer.numbers(wishes, WISHES.drawn).unwrap(), []);

    let today = Date::of_days(20_000);
    let busy = DaysChange {
        key: key(0),
        freed: Vec::new(),
        busy: vec![DateRange::new(today, today.plus_days(2)).unwrap()],
    };
    let error = world.writer.change_days(*PLACES, &[busy]).unwrap_err();
    assert!(matches!(error, StoreError::Signal(SignalError::NoDays(_))));
    assert_eq!(error.to_string(), "places have no signal of days");
    let entering = world.writer.advance_availability_window(*PLACES, today);
    assert_eq!(entering, None);
    assert_eq!(world.reader.availability_window(*PLACES), None);
}
