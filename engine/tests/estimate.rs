//! The estimate of a query, compared with the steps that the query takes.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use roost_collections::{built_in, rooms};
use roost_engine::*;
use tempfile::TempDir;

const ROOMS: usize = 20_000;

/// An estimate is this many times too high or too low at most.
const FACTOR: u64 = 4;

/// Rooms on a grid of some 60 km, with titles of a vocabulary of some thousand words.
fn world() -> (TempDir, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    for at in 0..ROOMS {
        let (row, column) = ((at % 140) as f64, (at / 140) as f64);
        let place = LatLng::new(19.0 + 0.004 * row, 72.8 + 0.004 * column).unwrap();
        let room = Document::of(
            rooms::collection(),
            Key::from_u128(at as u128),
            place,
            [
                (
                    "title",
                    (format!(
                        "{} room {} {}",
                        ["Quiet", "Garden", "Quiet garden"][at % 3],
                        word(at),
                        word(at * 7 + 3)
                    ))
                    .into(),
                ),
                (
                    "description",
                    (format!("{} {} {}", word(at * 3), word(at * 5 + 1), word(at / 9))).into(),
                ),
                ("price", (Some((at % 97) as f64)).into()),
                ("city", (format!("City {}", at % 9)).into()),
            ],
        )
        .unwrap();
        writer.put(rooms::collection(), room).unwrap();
    }
    let (position, source) = (Position(1), serde_json::Value::Null);
    writer.commit(Checkpoint { position, source }).unwrap();
    (folder, reader)
}

/// A word of six to ten characters, one of some thousands.
fn word(seed: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ka", "lo", "mi", "ren", "sta", "vu", "pel", "dor", "ti", "sha", "nu", "bri", "go", "wen",
        "fa", "qui",
    ];
    let mut seed = seed.wrapping_mul(2_654_435_761) % 4_096;
    let mut word = String::new();
    for _ in 0..3 {
        word.push_str(SYLLABLES[seed % 16]);
        seed /= 16;
    }
    word + "el"
}

fn near(radius_m: f64, text: Option<&str>) -> Query {
    Query {
        text: text.map(|text| {
            let words = Words::new(text).unwrap().typos(Typos::default());
            words.match_mode(MatchMode::Relaxed { min_matches: 20 })
        }),
        center: Some(LatLng::new(19.2, 73.1).unwrap()),
        radius: Some(Radius::new(radius_m).unwrap()),
        ..Query::all(rooms::profile(), 1_800_000_000)
    }
}

/// Thirty words that no document contains, each with two typos.
fn misspelt() -> String {
    let words = (0..30).map(|at| {
        let mut word = word(at * 11);
        word.insert(2, 'x');
        word.push('z');
        word
    });
    words.collect::<Vec<String>>().join(" ")
}

/// A polygon with corners all around the centre of the searches.
fn circle(corners: u32, radius_m: f64) -> Polygon {
    let corners = (0..corners).map(|corner| {
        let angle = f64::from(corner) / f64::from(corners) * std::f64::consts::TAU;
        let degrees = radius_m / 111_195.0;
        LatLng::new(19.2 + degrees * angle.sin(), 73.1 + degrees * angle.cos()).unwrap()
    });
    Polygon::new(corners.collect()).unwrap()
}

/// Searches of every kind, by name.
fn queries() -> Vec<(&'static str, Query)> {
    let facets = vec![
        Facet::Category(rooms::ROOM_TYPE),
        Facet::Name(rooms::CITY, 10),
    ];
    let exact = |query: Query| Query {
        count: Count::Exact,
        ..query
    };
    let with = |filters: Filters, query: Query| Query { filters, ..query };
    let cheap = Filters {
        attributes: vec![Condition::Number(rooms::PRICE, Interval::UpTo(50.0))],
        ..Filters::default()
    };
    let round = Filters {
        polygon: Some(circle(500, 20_000.0)),
        ..Filters::default()
    };
    let deep = Query {
        offset: 9_900,
        limit: 100,
        ..near(60_000.0, None)
    };
    let with_facets = |query: Query| Query {
        facets: facets.clone(),
        ..query
    };
    let wide = || near(25_000.0, None);
    vec![
        ("plain", near(5_000.0, None)),
        ("wide", wide()),
        ("word", near(5_000.0, Some("quiet"))),
        ("words", near(5_000.0, Some("quiet garden"))),
        ("one typo", near(5_000.0, Some("gardn"))),
        ("misspelt", near(25_000.0, Some(&misspelt()))),
        ("deep", deep),
        ("facets", with_facets(wide())),
        (
            "facets by words",
            with_facets(near(25_000.0, Some("quiet"))),
        ),
        ("exact", exact(near(60_000.0, Some("quiet")))),
        ("filtered", exact(with(cheap, wide()))),
        ("polygon", with(round.clone(), wide())),
        ("exact in a polygon", exact(with(round, wide()))),
    ]
}

#[test]
fn an_estimate_is_of_the_order_of_the_steps_that_a_search_takes() {
    let (_folder, reader) = world();
    for (name, query) in queries() {
        let estimate = reader.estimate(rooms::collection(), &query).steps;
        let page = reader.search(rooms::collection(), &query).unwrap();
        let steps = page.trace.steps;
        assert!(estimate * FACTOR > steps, "{name}: {estimate} of {steps}");
        // How similar misspelt words are to those of the index shows only when they are looked up.
        let is_known = name != "misspelt";
        assert!(
            !is_known || estimate < steps * FACTOR,
            "{name}: {estimate} of {steps}"
        );
    }
}
