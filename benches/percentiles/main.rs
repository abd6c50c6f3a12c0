//! Latency percentiles of searches and writes, with the work that each search does.
//!
//! ```text
//! cargo bench --bench percentiles              # 1,000,000 generated rooms in 4 segments
//! PLANS=1 cargo bench --bench percentiles      # every plan in turn, and the planner's choice
//! ```
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `ROOMS` | rooms in the index | 1000000 |
//! | `SEGMENTS` | segments, each covering the country; several numbers separated by commas | 4 |
//! | `QUERIES` | different queries of each type | 2410 |
//! | `TYPES` | run only the types whose name contains this text | |
//! | `SIZES` | numbers of rooms for the plot | 10000,100000 and ROOMS |
//! | `WRITES` | 1 to measure updates, a restart and a bulk build as well | 0 |
//! | `DOCS` | 1 to write the tables into docs/performance.md, and docs/latency.svg | 0 |
//!
//! One thread. Each query runs in three rounds over all queries of its type. Its latency is the
//! median of the three, and percentiles are over queries. Lines that start with `{` are for
//! programs.

mod document;
mod expansion;
mod machine;
mod measure;
mod plans;
mod plot;
#[path = "../shared/queries/mod.rs"]
mod queries;
#[path = "../shared/rooms/mod.rs"]
mod rooms;
#[path = "../shared/setting/mod.rs"]
mod setting;
mod suite;
mod table;
mod writes;

use measure::Measured;
use plot::Point;
use rooms::Rooms;
use setting::setting;

fn main() {
    // Test runners also start benches, to list their tests. There are none.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let settings = Settings::of_environment();
    println!("{}\n", settings.machine);
    if setting("PLANS", 0) > 0 {
        let rooms = Rooms::cached(settings.rooms, settings.segments[0]);
        put(
            &settings,
            "plans",
            &plans::compare(&rooms, settings.queries),
        );
        return;
    }
    if let Some(part) = &settings.types {
        let rooms = Rooms::cached(settings.rooms, settings.segments[0]);
        let measured = suite::of_types(part, &rooms, settings.queries);
        println!("{}", table::of_searches(&rooms, &measured));
        return;
    }
    let searches = searches(&settings);
    let sizes = sizes(&settings, &searches);
    if settings.is_documented {
        draw(&settings, &searches, &sizes);
    }
    if setting("WRITES", 0) > 0 {
        let rooms = Rooms::cached(settings.rooms, settings.segments[0]);
        put(&settings, "writes", &writes::measure(rooms));
    }
}

struct Settings {
    rooms: u64,
    segments: Vec<usize>,
    queries: usize,
    types: Option<String>,
    sizes: Vec<u64>,
    is_documented: bool,
    /// The line above each table.
    machine: String,
}

impl Settings {
    fn of_environment() -> Settings {
        let rooms = setting("ROOMS", 1_000_000);
        let mut sizes = numbers("SIZES", "10000,100000");
        sizes.push(rooms);
        sizes.sort_unstable();
        sizes.dedup();
        Settings {
            rooms,
            segments: numbers("SEGMENTS", "4"),
            // Five queries per shipped venue.
            queries: numbers("QUERIES", "2410")[0],
            types: std::env::var("TYPES").ok(),
            sizes,
            is_documented: setting("DOCS", 0) > 0,
            machine: machine::summary(),
        }
    }
}

/// Measures all query types at each number of segments, and returns the results of the first.
fn searches(settings: &Settings) -> Vec<Measured> {
    let mut tables = String::new();
    let mut first = Vec::new();
    for &segments in &settings.segments {
        let rooms = Rooms::cached(settings.rooms, segments);
        let measured = suite::all(&rooms, settings.queries);
        tables += &table::of_searches(&rooms, &measured);
        if first.is_empty() {
            first = measured;
        }
    }
    put(settings, "searches", &tables);
    first
}

/// Measures one query type at each number of rooms.
fn sizes(settings: &Settings, at_rooms: &[Measured]) -> Vec<(u64, Measured)> {
    const TYPE: &str = "radius 5 km";
    let measured = settings.sizes.iter().map(|&count| {
        let measured = if count == settings.rooms {
            suite::named(at_rooms, TYPE).clone()
        } else {
            let rooms = Rooms::cached(count, settings.segments[0]);
            let types = queries::by_radius(settings.queries);
            let query_type = types.iter().find(|query_type| query_type.name == TYPE);
            measure::ranking(&rooms.reader, query_type.expect("a type of that name"))
        };
        (count, measured)
    });
    let sizes: Vec<(u64, Measured)> = measured.collect();
    put(settings, "sizes", &table::of_sizes(&sizes));
    sizes
}

fn draw(settings: &Settings, searches: &[Measured], sizes: &[(u64, Measured)]) {
    let by_radius = queries::BY_RADIUS.map(|(name, radius_km)| {
        let label = radius_km.map_or("none".to_owned(), |km| km.to_string());
        Point::of(label, suite::named(searches, name))
    });
    let by_rooms: Vec<Point> = sizes
        .iter()
        .map(|(rooms, measured)| Point::of(plot::short(*rooms), measured))
        .collect();
    let title = format!("Ranking, {} segments, one thread", settings.segments[0]);
    document::write(
        "latency.svg",
        &plot::draw(&title, settings.rooms, &by_radius, &by_rooms),
    );
}

/// Prints a table, and writes it into its section of the document if requested.
fn put(settings: &Settings, section: &str, table: &str) {
    println!("{table}");
    if settings.is_documented {
        document::fill(section, &format!("{}\n\n{table}", settings.machine));
    }
}

fn numbers<N: std::str::FromStr>(name: &str, otherwise: &str) -> Vec<N> {
    let text = std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let number = |part: &str| {
        let number = part.trim().replace('_', "").parse().ok();
        number
            .unwrap_or_else(|| panic!("{name}={text}: expected whole numbers, separated by commas"))
    };
    text.split(',').map(number).collect()
}
