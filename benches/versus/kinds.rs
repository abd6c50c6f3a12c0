//! The kinds of search, each as a query of the engine, a path of the API and an SQL statement.

use std::fmt::Write;

use anyhow::{Context, Result};
use roost_collections::rooms;
use roost_engine::{Condition, Count, Filters, Interval, LatLng, Query, Radius, Tags, Words};

/// A kind of search.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The SQL statement.
    pub(crate) sql: &'static str,
    area: Area,
    words: WordKind,
    is_filtered: bool,
    offset: usize,
    pub(crate) has_total: bool,
}

/// The area of a search.
#[derive(Clone, Copy, PartialEq)]
enum Area {
    /// A radius around the venue in metres.
    Within(f64),
    /// Around the venue, without a radius.
    Unlimited,
    /// The search has no venue.
    NoPlace,
}

/// The words of a search.
#[derive(Clone, Copy, PartialEq)]
enum WordKind {
    None,
    Common(usize),
    Rare,
}

/// The samples that searches are built from.
pub(crate) struct Material {
    /// Venues as longitude and latitude, in proportion to the rooms near them.
    pub(crate) venues: Vec<(f64, f64)>,
    pub(crate) common_words: Vec<String>,
    pub(crate) rare_words: Vec<String>,
}

/// One search.
pub(crate) struct Search {
    pub(crate) kind: &'static Kind,
    /// Longitude and latitude.
    pub(crate) place: Option<(f64, f64)>,
    pub(crate) radius_m: Option<f64>,
    pub(crate) words: Vec<String>,
    pub(crate) price_max: Option<f64>,
    pub(crate) offset: usize,
}

/// The number of hits per answer.
pub(crate) const LIMIT: usize = 20;

const PRICE_MAX: f64 = 900.0;
const ROOM_TYPE: &str = "private_room";
const AMENITIES: [&str; 2] = ["air_conditioning", "study_room"];

const NEAR: &str = include_str!("sql/near.sql");

const RADIUS_2_KM: Kind = Kind {
    name: "radius 2 km",
    sql: NEAR,
    area: Area::Within(2_000.0),
    words: WordKind::None,
    is_filtered: false,
    offset: 0,
    has_total: false,
};

/// All kinds, in the order of the table.
pub(crate) const KINDS: &[Kind] = &[
    RADIUS_2_KM,
    Kind {
        name: "radius 5 km",
        area: Area::Within(5_000.0),
        ..RADIUS_2_KM
    },
    Kind {
        name: "radius 10 km",
        area: Area::Within(10_000.0),
        ..RADIUS_2_KM
    },
    Kind {
        name: "radius 25 km",
        area: Area::Within(25_000.0),
        ..RADIUS_2_KM
    },
    Kind {
        name: "unlimited radius",
        sql: include_str!("sql/anywhere.sql"),
        area: Area::Unlimited,
        ..RADIUS_2_KM
    },
    Kind {
        name: "one word, 5 km",
        sql: include_str!("sql/one_word_near.sql"),
        area: Area::Within(5_000.0),
        words: WordKind::Common(1),
        ..RADIUS_2_KM
    },
    Kind {
        name: "two words, 5 km",
        sql: include_str!("sql/two_words_near.sql"),
        area: Area::Within(5_000.0),
        words: WordKind::Common(2),
        ..RADIUS_2_KM
    },
    Kind {
        name: "a common word",
        sql: include_str!("sql/one_word.sql"),
        area: Area::NoPlace,
        words: WordKind::Common(1),
        ..RADIUS_2_KM
    },
    Kind {
        name: "a rare word",
        sql: include_str!("sql/one_word.sql"),
        area: Area::NoPlace,
        words: WordKind::Rare,
        ..RADIUS_2_KM
    },
    Kind {
        name: "filters, 25 km",
        sql: include_str!("sql/filtered.sql"),
        area: Area::Within(25_000.0),
        is_filtered: true,
        ..RADIUS_2_KM
    },
    Kind {
        name: "offset 1,000, 25 km",
        area: Area::Within(25_000.0),
        offset: 1_000,
        ..RADIUS_2_KM
    },
    Kind {
        name: "with total, 5 km",
        sql: include_str!("sql/near_with_total.sql"),
        area: Area::Within(5_000.0),
        has_total: true,
        ..RADIUS_2_KM
    },
];

impl Kind {
    /// The n-th search of this kind.
    pub(crate) fn search(&'static self, material: &Material, n: usize) -> Search {
        let word = |words: &[String], n: usize| words[n % words.len()].clone();
        Search {
            kind: self,
            place: (self.area != Area::NoPlace).then(|| material.venues[n % material.venues.len()]),
            radius_m: match self.area {
                Area::Within(radius_m) => Some(radius_m),
                Area::Unlimited | Area::NoPlace => None,
            },
            words: match self.words {
                WordKind::None => Vec::new(),
                WordKind::Common(count) => (0..count)
                    .map(|at| word(&material.common_words, n + at))
                    .collect(),
                WordKind::Rare => vec![word(&material.rare_words, n)],
            },
            price_max: self.is_filtered.then_some(PRICE_MAX),
            offset: self.offset,
        }
    }

    /// Whether the statement has an offset parameter.
    pub(crate) fn has_offset(&self) -> bool {
        self.sql == NEAR
    }
}

impl Search {
    /// The search as a query of the engine.
    pub(crate) fn query(&self, now_s: i64) -> Result<Query> {
        let place = self.place.map(|(lng, lat)| LatLng::new(lat, lng));
        let words = (!self.words.is_empty()).then(|| Words::new(&self.words.join(" ")));
        Ok(Query {
            text: words.transpose()?,
            center: place.transpose()?,
            radius: self.radius_m.map(Radius::new).transpose()?,
            filters: self.filters()?,
            budget: self.price_max,
            offset: self.offset,
            limit: LIMIT,
            count: if self.kind.has_total {
                Count::Exact
            } else {
                Count::None
            },
            ..Query::all(rooms::profile(), now_s)
        })
    }

    fn filters(&self) -> Result<Filters> {
        let Some(price_max) = self.price_max else {
            return Ok(Filters::default());
        };
        let rooms = rooms::collection();
        let tags = AMENITIES
            .iter()
            .map(|name| rooms.tag(rooms::AMENITIES, name));
        let tags: Option<Vec<Tags>> = tags.collect();
        let tags = tags.context("amenities")?.into_iter();
        let room_type = rooms.category(rooms::ROOM_TYPE, ROOM_TYPE);
        Ok(Filters {
            attributes: vec![
                Condition::Number(rooms::PRICE, Interval::UpTo(price_max)),
                Condition::Category(rooms::ROOM_TYPE, vec![room_type.context("a room type")?]),
                Condition::AllTags(rooms::AMENITIES, tags.fold(Tags::NONE, Tags::with)),
            ],
            ..Filters::default()
        })
    }

    /// The search as a path of the API; `None` for an unlimited radius, which the API limits to 200
    /// km.
    pub(crate) fn path(&self) -> Option<String> {
        let count = if self.kind.has_total { "exact" } else { "none" };
        let page = self.offset / LIMIT + 1;
        let mut path = format!("/api/v1/rooms/search?limit={LIMIT}&page={page}&count={count}");
        if let Some((lng, lat)) = self.place {
            let radius_m = self.radius_m?;
            write!(path, "&lat={lat}&lng={lng}&radius_m={radius_m}").ok()?;
        }
        if let Some(price_max) = self.price_max {
            let amenities = AMENITIES.join(",");
            write!(path, "&price_max={price_max}&room_type={ROOM_TYPE}").ok()?;
            write!(path, "&amenities={amenities}").ok()?;
        }
        if !self.words.is_empty() {
            // The SQL side supports neither typos nor prefixes nor optional words.
            write!(path, "&typos=0&match=all&q={}+", self.words.join("+")).ok()?;
        }
        Some(path)
    }
}
