//! A service whose index also has stations, which are declared here.

use std::sync::LazyLock;

use roost_collections::{
    Declaration, Declared, FieldDeclaration, FilterParameter, SortOrder, Source, declared, venues,
};
use roost_engine::{
    Checkpoint, Collection, DateRange, Document, Key, LatLng, Position, Store, StoreOptions, Tags,
    Writer,
};

use crate::service::{IIT_BOMBAY, Service};

pub(super) const STATION_COUNT: usize = 60;

const KINDS: &[&str] = &["tram", "bus", "ferry"];
const FEATURES: &[&str] = &["lift", "toilet", "bicycle_parking"];
/// Callers may see the first two.
const STATES: &[&str] = &["open", "closed", "planned"];

const DECLARATION: Declaration = Declaration {
    name: "stations",
    doc: "A station.",
    table: "stations",
    fields: &[
        FieldDeclaration::new("id", Source::Key).called("an id"),
        FieldDeclaration::new("operator_id", Source::Owner).queried_as("operator"),
        FieldDeclaration::text("title").searched(2),
        FieldDeclaration::shared("line")
            .called("a line")
            .searched(1)
            .counted(),
        FieldDeclaration::new(
            "level",
            Source::Number {
                min: -50.0,
                max: 50.0,
                is_whole: false,
                is_nullable: true,
            },
        )
        .filtered_by(&[
            FilterParameter::at_least("level_min").described("The lowest level.", "-5"),
            FilterParameter::at_most("level_max").described("The highest level.", "5"),
        ])
        .counted_between(&[1.0, 2.0, 5.0])
        .sorted(SortOrder::Descending, "highest level first"),
        FieldDeclaration::new("kind", Source::Category(KINDS))
            .called("a kind")
            .filtered_by(&[FilterParameter::any_of("kind").described("The kinds.", "tram")])
            .counted(),
        FieldDeclaration::new("features", Source::Tags(FEATURES))
            .called("a feature")
            .searched(1)
            .preferred_by("comfort")
            .filtered_by(&[FilterParameter::all_of("features").described("All.", "lift")])
            .counted(),
        FieldDeclaration::new("staffed", Source::IsSet)
            .filtered_by(&[FilterParameter::is_set("staffed").described("Staffed ones.", "true")])
            .counted(),
        FieldDeclaration::date_range("works", "works_from", "works_until").nullable(),
        FieldDeclaration::new("serves_m", Source::Reach { is_nullable: false }),
        FieldDeclaration::new("state", Source::Category(STATES))
            .called("a state")
            .visibility(2),
        FieldDeclaration::new("location", Source::Place),
    ],
    signals: &[],
};

static DECLARED: LazyLock<Declared> = LazyLock::new(|| DECLARATION.declare().unwrap());

/// The service with stations beside rooms and venues.
pub(super) fn service() -> Service {
    let all: Vec<Declared> = declared().into_iter().chain([*DECLARED]).collect();
    let indexed: Vec<Collection> = all.iter().map(|declared| declared.collection).collect();
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions::default();
    let (mut writer, reader) = Store::open(folder.path(), &indexed, &options).unwrap();
    fill(&mut writer);
    Service::start().with_index(folder, (writer, reader), all.into())
}

/// Station 0 is at the gate of IIT Bombay, and each following one 160 m farther north and a quarter
/// of a level higher, from -5; every seventh has an unknown level. One is closed and one planned.
fn fill(writer: &mut Writer) {
    for at in 0..STATION_COUNT {
        writer
            .put(DECLARED.collection, station(at, "open"))
            .unwrap();
    }
    for (at, state) in [(STATION_COUNT, "closed"), (STATION_COUNT + 1, "planned")] {
        writer.put(DECLARED.collection, station(at, state)).unwrap();
    }
    let gate = LatLng::new(19.1334, 72.9133).unwrap();
    let venue = Document::empty(venues::collection(), IIT_BOMBAY, gate);
    writer.put(venues::collection(), venue).unwrap();
    let (position, source) = (Position(1), serde_json::Value::Null);
    writer.commit(Checkpoint { position, source }).unwrap();
}

pub(super) fn key(at: usize) -> Key {
    Key::from_u128(0x5000 + at as u128)
}

/// The owner of the stations with an even number.
pub(super) const OPERATOR: Key = Key::from_u128(0xE1);

fn station(at: usize, state: &str) -> Document {
    let stations = DECLARED.collection;
    let category = |field, name| stations.category(DECLARATION.id(field), name).unwrap();
    let tag = |name| stations.tag(DECLARATION.id("features"), name).unwrap();
    let features = match at % 3 {
        0 => tag("lift").with(tag("toilet")),
        1 => tag("lift"),
        _ => Tags::NONE,
    };
    let works = at.is_multiple_of(4).then(|| {
        let day = |day: usize| format!("2026-12-{day:02}").parse().unwrap();
        DateRange::new(day(1 + at / 4), day(4 + at / 4)).unwrap()
    });
    let level = (at % 7 != 6).then_some(at as f64 / 4.0 - 5.0);
    let place = LatLng::new(19.1334 + 0.001_437 * at as f64, 72.9133).unwrap();
    let values = [
        ("title", format!("Platform {at} near the market").into()),
        ("line", ["Red", "Blue"][at % 2].into()),
        ("level", level.into()),
        ("kind", category("kind", KINDS[at % 3]).into()),
        ("features", features.into()),
        ("staffed", at.is_multiple_of(2).into()),
        ("works", works.into()),
        ("serves_m", (100.0 * (1 + at) as f64).into()),
        ("state", category("state", state).into()),
    ];
    Document {
        owner: at.is_multiple_of(2).then_some(OPERATOR),
        ..Document::of(stations, key(at), place, values).unwrap()
    }
}
