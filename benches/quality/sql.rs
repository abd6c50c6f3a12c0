//! How does PostgreSQL find the same rooms? By full-text search, and by trigrams where that finds
//! nothing: what one gets from `tsvector` and `pg_trgm` with some care.

use std::fmt::Write;

use anyhow::Result;
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use crate::PLACES;
use crate::figures::Figures;
use crate::items::{Near, Room, Search};
use crate::judged::Loaded;

pub(crate) struct Sql(PgConnection);

/// From how alike a word and a part of the text are, the text holds the word.
const THRESHOLDS: [f64; 4] = [0.3, 0.4, 0.5, 0.6];

impl Sql {
    /// Makes the table. The rooms are there already.
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
            "SELECT id, title, place, ST_X(venue::geometry) AS lng, ST_Y(venue::geometry) AS lat
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
                venue: (row.try_get("lng")?, row.try_get("lat")?),
            })
        });
        Ok(rooms.collect::<Result<_, sqlx::Error>>()?)
    }

    /// Takes the threshold by which most of these rooms are found.
    pub(crate) async fn tune(&mut self, searches: &[Search]) -> Result<f64> {
        let mut best = (0.0, THRESHOLDS[0]);
        for threshold in THRESHOLDS {
            self.set_threshold(threshold).await?;
            let mut figures = Figures::default();
            for search in searches {
                figures.add(self.place(search).await?);
            }
            if figures.success_at(PLACES) > best.0 {
                best = (figures.success_at(PLACES), threshold);
            }
        }
        self.set_threshold(best.1).await?;
        Ok(best.1)
    }

    /// What the ids of the public files have become.
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

    /// The place of the room that is looked for.
    pub(crate) async fn place(&mut self, search: &Search) -> Result<Option<usize>> {
        let found = self.holding(&search.words, search.near, Holding::All);
        let place = found.await?.iter().position(|&id| id == search.room);
        Ok(place.map(|at| at + 1))
    }

    /// The best rooms: those that hold all the words, and behind them those that hold some.
    pub(crate) async fn ranked(&mut self, text: &str, near: Option<Near>) -> Result<Vec<Uuid>> {
        let words = words_of(text);
        let mut found = self.holding(&words, near, Holding::All).await?;
        if found.len() < PLACES {
            for room in self.holding(&words, near, Holding::Any).await? {
                if !found.contains(&room) {
                    found.push(room);
                }
            }
        }
        Ok(found)
    }

    async fn holding(
        &mut self,
        words: &[String],
        near: Option<Near>,
        holding: Holding,
    ) -> Result<Vec<Uuid>> {
        let text = statement(words.len(), near.is_some(), holding);
        let mut query = sqlx::query_scalar::<_, Uuid>(sqlx::AssertSqlSafe(text));
        query = query
            .bind(with_prefix(words, holding.operator()))
            .bind(with_prefix(words, Holding::Any.operator()));
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

/// How many of the words a room must hold, as they are or nearly.
#[derive(Clone, Copy)]
enum Holding {
    All,
    Any,
}

impl Holding {
    /// Between words of a query of PostgreSQL's text search.
    fn operator(self) -> &'static str {
        match self {
            Holding::All => " & ",
            Holding::Any => " | ",
        }
    }

    /// Between conditions.
    fn keyword(self) -> &'static str {
        match self {
            Holding::All => " AND ",
            Holding::Any => " OR ",
        }
    }
}

/// Rooms that hold the words; the likest first.
fn statement(words: usize, is_near: bool, holding: Holding) -> String {
    let words = 3..3 + words;
    let each = |format: &dyn Fn(usize) -> String, between: &str| {
        words.clone().map(format).collect::<Vec<_>>().join(between)
    };
    let alike = each(&|word| format!("${word}::text <% text"), holding.keyword());
    let similarity = each(&|word| format!("word_similarity(${word}, text)"), " + ");
    let mut sql = format!(
        "SELECT id FROM quality_rooms
         WHERE (words @@ to_tsquery('simple', $1) OR ({alike}))"
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
         LIMIT {PLACES}"
    );
    sql
}

/// The words as a query of PostgreSQL, the last one perhaps begun only.
fn with_prefix(words: &[String], operator: &str) -> String {
    words.join(operator) + ":*"
}

/// Words as PostgreSQL tells them apart, which leaves Chinese ones whole.
fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
    {
        if !word.is_empty() && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}
