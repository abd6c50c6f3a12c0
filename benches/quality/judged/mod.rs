//! Queries with relevance judgements by a person.
//!
//! `queries.csv` contains the queries, `grades.csv` the grade of each listing, by its
//! id in New York's public file. `docs/quality.md` defines the grades.

pub(crate) mod ndcg;

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use uuid::Uuid;

use self::ndcg::ndcg;
use super::items::Near;

/// A query with judged listings.
pub(crate) struct Judged {
    pub(crate) name: String,
    /// The kind of difficulty.
    pub(crate) group: String,
    pub(crate) text: String,
    /// The venue's id in its file, and the radius.
    venue: Option<(String, f64)>,
    /// Grades by the id of the listing in its file.
    grades: HashMap<String, u8>,
}

/// Maps between the ids of the public files and the loaded rows.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) listings: HashMap<Uuid, String>,
    /// Longitude and latitude.
    pub(crate) venues: HashMap<String, (f64, f64)>,
}

/// The rating of a result list.
pub(crate) struct Rating {
    pub(crate) ndcg: f64,
    /// The grade of each returned room; `None` for an unjudged one, which counts as 0.
    pub(crate) grades: Vec<Option<u8>>,
}

const QUERIES: &str = include_str!("queries.csv");
const GRADES: &str = include_str!("grades.csv");
const GRADE_MAX: u8 = 3;

/// Name, group, text, venue and radius. Without a radius there is no venue.
type Row = (String, String, String, String, Option<f64>);

impl Judged {
    /// Reads every judged query, group by group.
    pub(crate) fn all() -> Result<Vec<Judged>> {
        let mut grades: HashMap<String, HashMap<String, u8>> = HashMap::new();
        for row in csv::Reader::from_reader(GRADES.as_bytes()).deserialize() {
            let (query, listing, grade): (String, String, u8) = row.context("grades.csv")?;
            ensure!(grade <= GRADE_MAX, "{query} has a grade of {grade}");
            let before = grades
                .entry(query.clone())
                .or_default()
                .insert(listing, grade);
            ensure!(before.is_none(), "{query} has two grades for a listing");
        }
        let mut queries = Vec::new();
        for row in csv::Reader::from_reader(QUERIES.as_bytes()).deserialize() {
            let (name, group, text, venue, radius_m): Row = row.context("queries.csv")?;
            let grades = grades.remove(&name).unwrap_or_default();
            let is_answered = grades.values().any(|&grade| grade > 0);
            ensure!(is_answered, "no listing of {name} has a grade above 0");
            let venue = radius_m.map(|radius_m| (venue, radius_m));
            queries.push(Judged {
                name,
                group,
                text,
                venue,
                grades,
            });
        }
        ensure!(
            grades.is_empty(),
            "grades without a query: {:?}",
            grades.keys()
        );
        Ok(queries)
    }

    /// The judged listings.
    pub(crate) fn listings(&self) -> impl Iterator<Item = &str> {
        self.grades.keys().map(String::as_str)
    }

    /// The area of the query.
    pub(crate) fn near(&self, loaded: &Loaded) -> Result<Option<Near>> {
        let Some((venue, radius_m)) = &self.venue else {
            return Ok(None);
        };
        let place = loaded.venues.get(venue);
        let &(lng, lat) = place.with_context(|| format!("the venue {venue} is not loaded"))?;
        Ok(Some(Near {
            lng,
            lat,
            radius_m: *radius_m,
        }))
    }

    /// Rates a result list.
    pub(crate) fn rate(&self, ranked: &[Uuid], ranks: usize, loaded: &Loaded) -> Rating {
        let shown = ranked.iter().take(ranks);
        let grades: Vec<Option<u8>> = shown.map(|room| self.grade(*room, loaded)).collect();
        let counted: Vec<u8> = grades.iter().map(|grade| grade.unwrap_or(0)).collect();
        Rating {
            ndcg: ndcg(&counted, self.grades.values().copied(), ranks),
            grades,
        }
    }

    fn grade(&self, room: Uuid, loaded: &Loaded) -> Option<u8> {
        self.grades.get(loaded.listings.get(&room)?).copied()
    }
}

impl Loaded {
    /// The number of judged listings and venues that are not loaded, which is all of them for
    /// another city.
    pub(crate) fn missing(&self, queries: &[Judged]) -> usize {
        let known: HashSet<&str> = self.listings.values().map(String::as_str).collect();
        let judged: HashSet<&str> = queries.iter().flat_map(Judged::listings).collect();
        let venues: HashSet<&String> = queries
            .iter()
            .filter_map(|query| query.venue.as_ref())
            .map(|(venue, _)| venue)
            .collect();
        let missing_venues = venues
            .iter()
            .filter(|venue| !self.venues.contains_key(**venue));
        judged.difference(&known).count() + missing_venues.count()
    }
}
