//! Searches the same rooms with PostgreSQL: full-text search with `tsvector`, and trigrams with
//! `pg_trgm` for words that it does not find.

use std::collections::HashSet;
use std::fmt::Write;

use anyhow::Result;
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use crate::figures::{Figures, RANKS};
use crate::items::{Near, Room, Search};
use crate::judged::Loaded;

pub(crate) struct Sql(PgConnection);

/// A city and the rooms in it.
pub(crate) struct City {
    pub(crate) name: String,
    pub(crate) rooms: HashSet<Uuid>,
}

/// Candidate thresholds of the word similarity above which a text contains a word.
const THRESHOLDS: [f64; 4] = [0.3, 0.4, 0.5, 0.6];

impl Sql {
    /// Creates the table from the loaded rooms.
    pub(crate) async fn prepare(url: &str) -> Result<Sql> {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql(include_str!("prepare.sql"))
            .execute(&mut connection)
            .await?;
        sqlx::raw_sql("VACUUM ANALYZE quality_rooms")
            .execute(&mut connection)
            .await?;
        Ok(Sql(connection))
    }

    pub(crate) async fn rooms(&mut self) -> Result<Vec<Room>> {
        let rows = sqlx::query(
            "SELECT id, title, place, searched, ST_X(venue::geometry) AS lng, ST_Y(venue::geometry) AS lat
             FROM quality_rooms CROSS JOIN LATERAL (
                 SELECT exam_venues.location AS venue FROM exam_venues
                 ORDER BY exam_venues.location <-> quality_rooms.location LIMIT 1
             ) AS nearest
             ORDER BY id",
        )
        .fetch_all(&mut self.0)
        .await?;
        let rooms = rows.iter().map(|row| {
            Ok(Room {
                id: row.try_get("id")?,
                title: row.try_get("title")?,
                place: row.try_get("place")?,
                searched: row.try_get("searched")?,
                venue: (row.try_get("lng")?, row.try_get("lat")?),
            })
        });
        Ok(rooms.collect::<Result<_, sqlx::Error>>()?)
    }

    /// The cities with the most rooms. New Delhi is also part of Delhi.
    pub(crate) async fn largest_cities(&mut self, count: i64) -> Result<Vec<City>> {
        let rows = sqlx::query_as(
            "SELECT largest.city, array_agg(id)
             FROM (
                 SELECT city FROM quality_rooms GROUP BY city ORDER BY count(*) DESC, city LIMIT $1
             ) AS largest
             JOIN quality_rooms ON to_tsvector('simple', quality_rooms.city)
                 @@ plainto_tsquery('simple', largest.city)
             GROUP BY largest.city ORDER BY largest.city",
        )
        .bind(count)
        .fetch_all(&mut self.0)
        .await?;
        let cities = rows.into_iter();
        let cities = cities.map(|(name, rooms): (String, Vec<Uuid>)| City {
            name,
            rooms: rooms.into_iter().collect(),
        });
        Ok(cities.collect())
    }

    /// Chooses the threshold with the highest success rate for these searches.
    pub(crate) async fn tune(&mut self, searches: &[Search]) -> Result<f64> {
        let mut best = (0.0, THRESHOLDS[0]);
        for threshold in THRESHOLDS {
            self.set_threshold(threshold).await?;
            let mut figures = Figures::default();
            for search in searches {
                figures.add(self.rank(search).await?);
            }
            if figures.success_at(RANKS) > best.0 {
                best = (figures.success_at(RANKS), threshold);
            }
        }
        self.set_threshold(best.1).await?;
        Ok(best.1)
    }

    /// Reads the mapping between the ids of the public files and the rows.
    pub(crate) async fn loaded(&mut self) -> Result<Loaded> {
        let mut loaded = Loaded::default();
        let rooms =
            sqlx::query_as("SELECT id, external_id FROM rooms WHERE external_id IS NOT NULL");
        loaded.listings.extend(
            rooms
                .fetch_all(&mut self.0)
                .await?
                .into_iter()
                .map(|(id, listing): (Uuid, String)| (id, listing)),
        );
        let venues = sqlx::query_as(
            "SELECT external_id, ST_X(location::geometry), ST_Y(location::geometry)
             FROM exam_venues WHERE external_id IS NOT NULL",
        );
        let venues = venues.fetch_all(&mut self.0).await?.into_iter();
        loaded
            .venues
            .extend(venues.map(|(venue, lng, lat): (String, f64, f64)| (venue, (lng, lat))));
        Ok(loaded)
    }

    /// The rank of the expected room, from 1.
    pub(crate) async fn rank(&mut self, search: &Search) -> Result<Option<usize>> {
        let found = self.matching(&search.words, search.near, Operator::All);
        let index = found.await?.iter().position(|&id| id == search.room);
        Ok(index.map(|index| index + 1))
    }

    /// The best rooms: those with all the words, followed by those with some.
    pub(crate) async fn ranked(&mut self, text: &str, near: Option<Near>) -> Result<Vec<Uuid>> {
        let words = words_of(text);
        let mut found = self.matching(&words, near, Operator::All).await?;
        if found.len() < RANKS {
            for room in self.matching(&words, near, Operator::Any).await? {
                if !found.contains(&room) {
                    found.push(room);
                }
            }
        }
        Ok(found)
    }

    async fn matching(
        &mut self,
        words: &[String],
        near: Option<Near>,
        operator: Operator,
    ) -> Result<Vec<Uuid>> {
        let text = statement(words.len(), near.is_some(), operator);
        let mut query = sqlx::query_scalar::<_, Uuid>(sqlx::AssertSqlSafe(text));
        query = query
            .bind(with_prefix(words, operator.tsquery()))
            .bind(with_prefix(words, Operator::Any.tsquery()));
        for word in words {
            query = query.bind(word);
        }
        if let Some(near) = near {
            query = query.bind(near.lng).bind(near.lat).bind(near.radius_m);
        }
        Ok(query.fetch_all(&mut self.0).await?)
    }

    async fn set_threshold(&mut self, threshold: f64) -> Result<()> {
        let set = format!("SET pg_trgm.word_similarity_threshold = {threshold}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(set))
            .execute(&mut self.0)
            .await?;
        Ok(())
    }
}

/// Whether a room must contain all the words or any of them, exactly or similarly.
#[derive(Clone, Copy)]
enum Operator {
    All,
    Any,
}

impl Operator {
    /// The operator between the words of a `tsquery`.
    fn tsquery(self) -> &'static str {
        match self {
            Operator::All => " & ",
            Operator::Any => " | ",
        }
    }

    /// The operator between SQL conditions.
    fn sql(self) -> &'static str {
        match self {
            Operator::All => " AND ",
            Operator::Any => " OR ",
        }
    }
}

/// Selects the rooms that contain the words, the most similar first.
fn statement(words: usize, is_near: bool, operator: Operator) -> String {
    let words = 3..3 + words;
    let each = |format: &dyn Fn(usize) -> String, between: &str| {
        words.clone().map(format).collect::<Vec<_>>().join(between)
    };
    let similar = each(&|word| format!("${word}::text <% text"), operator.sql());
    let similarity = each(&|word| format!("word_similarity(${word}, text)"), " + ");
    let mut sql = format!(
        "SELECT id FROM quality_rooms
         WHERE (words @@ to_tsquery('simple', $1) OR ({similar}))"
    );
    if is_near {
        let (lng, lat, radius_m) = (words.end, words.end + 1, words.end + 2);
        let _ = write!(
            sql,
            " AND ST_DWithin(location, ST_Point(${lng}, ${lat}, 4326)::geography, ${radius_m})"
        );
    }
    let _ = write!(
        sql,
        " ORDER BY {similarity} DESC, ts_rank(words, to_tsquery('simple', $2), 1) DESC, id
         LIMIT {RANKS}"
    );
    sql
}

/// The words as a `tsquery` in which the last one is a prefix.
fn with_prefix(words: &[String], operator: &str) -> String {
    words.join(operator) + ":*"
}

/// Splits a text into words as PostgreSQL does, which does not segment Chinese.
fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.to_lowercase().split(|ch: char| !ch.is_alphanumeric()) {
        if !word.is_empty() && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}
