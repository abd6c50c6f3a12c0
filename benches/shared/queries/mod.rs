//! The query types of the benches.
//!
//! Each type searches around every shipped venue, about a kilometre off, with words sampled as
//! often as rooms contain them. All types use the same places, so that they are comparable.

pub(crate) mod words;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roost_collections::rooms;
use roost_datasets::shipped;
use roost_engine::{
    Condition, Count, Date, DateRange, Filters, Interval, LatLng, MatchMode, Query, Radius, Sort,
    Tags, Typos, Words,
};

use crate::rooms::{NOW_S, Rooms};

use words::{Kind, Vocabulary};

/// Queries of one type.
pub(crate) struct QueryType {
    pub(crate) name: &'static str,
    /// The latency target at 1,000,000 rooms, if there is one.
    pub(crate) target: Option<Target>,
    pub(crate) queries: Vec<Query>,
}

/// A latency target.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

/// The default of the setting `relax_below`.
const RELAX_BELOW: u64 = 20;

impl Target {
    pub(crate) const fn us(p50_us: f64, p99_us: f64) -> Option<Target> {
        Some(Target { p50_us, p99_us })
    }

    /// A target without a limit for p99.
    pub(crate) const fn median_us(p50_us: f64) -> Option<Target> {
        Target::us(p50_us, f64::INFINITY)
    }
}

/// The types by radius, in kilometres; the last has none.
pub(crate) const BY_RADIUS: [(&str, Option<f64>); 5] = [
    ("radius 2 km", Some(2.0)),
    ("radius 5 km", Some(5.0)),
    ("radius 10 km", Some(10.0)),
    ("radius 25 km", Some(25.0)),
    ("radius unlimited", None),
];

/// Every type, with `each` queries.
pub(crate) fn all(rooms: &Rooms, each: usize) -> Vec<QueryType> {
    let mut types = by_radius(each);
    let vocabulary = Vocabulary::of(rooms);
    types.extend(by_words(&vocabulary, each));
    types.extend(by_typing(&vocabulary, each));
    types.extend(by_filters(each));
    types.extend(by_page(each));
    types
}

/// The best 20 by distance and the other components, without words, filters or a count.
pub(crate) fn by_radius(each: usize) -> Vec<QueryType> {
    let types = BY_RADIUS.iter().map(|&(name, radius_km)| {
        let target = match radius_km {
            Some(_) => Target::us(25.0, 100.0),
            None => Target::us(50.0, 1_000.0),
        };
        query_type(name, target, each, |places| places.query(radius_km))
    });
    types.collect()
}

fn by_words(vocabulary: &Vocabulary, each: usize) -> Vec<QueryType> {
    use Kind::{Any, Common, Rare};
    let near = Some(Some(5.0));
    let types = [
        ("one word, 5 km", Target::us(40.0, 200.0), near, &[Any][..]),
        (
            "one common word, 5 km",
            Target::us(40.0, 200.0),
            near,
            &[Common],
        ),
        (
            "one rare word, 5 km",
            Target::us(40.0, 200.0),
            near,
            &[Rare],
        ),
        (
            "two words, 5 km",
            Target::us(40.0, 200.0),
            near,
            &[Any, Any],
        ),
        (
            "two common words, 5 km",
            Target::us(40.0, 200.0),
            near,
            &[Common, Common],
        ),
        ("one word, centre, no radius", None, Some(None), &[Any]),
        ("one word, whole country", None, None, &[Any]),
        (
            "one common word, whole country",
            Target::us(800.0, 3_000.0),
            None,
            &[Common],
        ),
        (
            "one rare word, whole country",
            Target::us(40.0, 200.0),
            None,
            &[Rare],
        ),
        ("two words, whole country", None, None, &[Any, Any]),
        (
            "two common words, whole country",
            None,
            None,
            &[Common, Common],
        ),
    ];
    let types = types.into_iter().map(|(name, target, near, kinds)| {
        query_type(name, target, each, |places| {
            let text = vocabulary.draw(&mut places.rng, kinds);
            let base = match near {
                Some(radius_km) => places.query(radius_km),
                None => anywhere(),
            };
            Query {
                text: Some(Words::new(&text).expect("words")),
                ..base
            }
        })
    });
    types.collect()
}

/// Queries as the API builds them from hasty input: words may have typos, the last one may be a
/// prefix, and terms become optional when few rooms contain all of them.
fn by_typing(vocabulary: &Vocabulary, each: usize) -> Vec<QueryType> {
    let two = &[Kind::Any, Kind::Any];
    let tolerant = |text: &str, places: &mut Places| {
        let words = Words::new(text).expect("words").typos(Typos::default());
        let min_matches = RELAX_BELOW;
        Query {
            text: Some(
                words
                    .match_mode(MatchMode::Relaxed { min_matches })
                    .prefix_last(),
            ),
            ..places.query(Some(5.0))
        }
    };
    vec![
        query_type(
            "two words, one misspelt, 5 km",
            Target::us(1_000.0, 5_000.0),
            each,
            |places| {
                let text = vocabulary.draw_misspelt(&mut places.rng, two);
                // The trailing space marks the last word as complete.
                tolerant(&format!("{text} "), places)
            },
        ),
        query_type(
            "two words, the last a prefix, 5 km",
            Target::median_us(1_000.0),
            each,
            |places| {
                let text = vocabulary.draw_prefix(&mut places.rng, two);
                tolerant(&text, places)
            },
        ),
    ]
}

fn by_filters(each: usize) -> Vec<QueryType> {
    let all_of = |attributes| Filters {
        attributes,
        ..Filters::default()
    };
    let mild = |places: &mut Places| {
        let price_max = f64::from(places.rng.random_range(6..20)) * 100.0;
        let occupants = f64::from(places.rng.random_range(1..4));
        all_of(vec![
            Condition::Number(rooms::PRICE, Interval::UpTo(price_max)),
            Condition::Number(rooms::OCCUPANCY, Interval::From(occupants)),
            Condition::AllTags(rooms::AMENITIES, tags(&["wifi"])),
        ])
    };
    // One room in about 5,000.
    let selective = || {
        let hotel_room = rooms::collection().category(rooms::ROOM_TYPE, "hotel_room");
        all_of(vec![
            Condition::Category(rooms::ROOM_TYPE, hotel_room.into_iter().collect()),
            Condition::AllTags(rooms::AMENITIES, tags(&["step_free", "coffee"])),
        ])
    };
    vec![
        query_type("mild filters, 5 km", None, each, |places| Query {
            filters: mild(places),
            ..places.query(Some(5.0))
        }),
        query_type("selective filters, 25 km", None, each, |places| Query {
            filters: selective(),
            ..places.query(Some(25.0))
        }),
        query_type("selective filters, no radius", None, each, |places| Query {
            filters: selective(),
            ..places.query(None)
        }),
        query_type("free for two nights, 5 km", None, each, |places| Query {
            filters: free_for_two_nights(places),
            ..places.query(Some(5.0))
        }),
        query_type("free for two nights, no radius", None, each, |places| {
            Query {
                filters: free_for_two_nights(places),
                ..places.query(None)
            }
        }),
        query_type(
            "preferred amenities and budget, 5 km",
            None,
            each,
            |places| Query {
                preferred_tags: tags(&["desk", "quiet", "power_backup"]),
                budget: Some(900.0),
                ..places.query(Some(5.0))
            },
        ),
    ]
}

/// Two nights within the next two months.
fn free_for_two_nights(places: &mut Places) -> Filters {
    let check_in = Date::of_moment(NOW_S).plus_days(places.rng.random_range(0..60));
    let is_short_enough = Condition::Number(rooms::MINIMUM_NIGHTS, Interval::UpTo(2.0));
    Filters {
        attributes: vec![is_short_enough],
        free: Some(DateRange::new(check_in, check_in.plus_days(2)).expect("two nights")),
        ..Filters::default()
    }
}

fn by_page(each: usize) -> Vec<QueryType> {
    let counted = |count, radius_km| {
        move |places: &mut Places| Query {
            count,
            ..places.query(Some(radius_km))
        }
    };
    let sorted = |sort| {
        move |places: &mut Places| Query {
            sort,
            ..places.query(Some(10.0))
        }
    };
    vec![
        query_type(
            "offset 1,000, 25 km",
            Target::us(500.0, 5_000.0),
            each,
            |places| Query {
                offset: 1_000,
                ..places.query(Some(25.0))
            },
        ),
        query_type(
            "counted up to 10,000, 5 km",
            None,
            each,
            counted(Count::UpTo(10_000), 5.0),
        ),
        query_type(
            "counted exactly, 25 km",
            None,
            each,
            counted(Count::Exact, 25.0),
        ),
        query_type("nearest first, 10 km", None, each, sorted(Sort::Distance)),
        query_type(
            "cheapest first, 10 km",
            None,
            each,
            sorted(Sort::Ascending(rooms::PRICE)),
        ),
    ]
}

fn query_type(
    name: &'static str,
    target: Option<Target>,
    each: usize,
    mut query: impl FnMut(&mut Places) -> Query,
) -> QueryType {
    let mut places = Places::new();
    let queries = (0..each).map(|_| query(&mut places)).collect();
    QueryType {
        name,
        target,
        queries,
    }
}

/// Draws the places of queries, near each venue in turn.
struct Places {
    venues: Vec<LatLng>,
    next: usize,
    offsets: StdRng,
    /// Draws everything except places.
    rng: StdRng,
}

impl Places {
    fn new() -> Places {
        let place = |lat, lng| LatLng::new(lat, lng).expect("a place");
        let venues = shipped::venues();
        Places {
            venues: venues
                .iter()
                .map(|venue| place(venue.latitude, venue.longitude))
                .collect(),
            next: 0,
            offsets: StdRng::seed_from_u64(7),
            rng: StdRng::seed_from_u64(8),
        }
    }

    /// Draws a place about a kilometre off the next venue.
    fn draw(&mut self) -> LatLng {
        let venue = self.venues[self.next % self.venues.len()];
        self.next += 1;
        let mut off = || self.offsets.random_range(-0.01..0.01);
        LatLng::new(venue.lat() + off(), venue.lng() + off())
            .expect("venues are far from the poles")
    }

    fn query(&mut self, radius_km: Option<f64>) -> Query {
        Query {
            center: Some(self.draw()),
            radius: radius_km.map(|km| Radius::new(km * 1_000.0).expect("a radius")),
            ..anywhere()
        }
    }
}

fn anywhere() -> Query {
    Query {
        count: Count::None,
        ..Query::all(rooms::profile(), NOW_S)
    }
}

fn tags(names: &[&str]) -> Tags {
    let each = names
        .iter()
        .filter_map(|name| rooms::collection().tag(rooms::AMENITIES, name));
    each.fold(Tags::NONE, Tags::with)
}
