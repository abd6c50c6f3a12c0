//! How does PostgreSQL find the same rooms? By full-text search, and by trigrams where that finds
//! nothing: what one gets from `tsvector` and `pg_trgm` with some care.

use std::fmt::Write;

use anyhow::Result;
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use crate::PLACES;
use crate::RADIUS_M;
use crate::figures::Figures;
use crate::items::{Room, Search};

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

    /// The place of the room that is looked for.
    pub(crate) async fn place(&mut self, search: &Search) -> Result<Option<usize>> {
        let text = statement(search);
        let mut query = sqlx::query_scalar::<_, Uuid>(sqlx::AssertSqlSafe(text));
        query = query
            .bind(with_prefix(search, " & "))
            .bind(with_prefix(search, " | "));
        for word in &search.words {
            query = query.bind(word);
        }
        if let Some((lng, lat)) = search.near {
            query = query.bind(lng).bind(lat).bind(RADIUS_M);
        }
        let found = query.fetch_all(&mut self.0).await?;
        Ok(found
            .iter()
            .position(|&id| id == search.room)
            .map(|at| at + 1))
    }

    async fn set_threshold(&mut self, threshold: f64) -> Result<()> {
        let set = format!("SET pg_trgm.word_similarity_threshold = {threshold}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(set))
            .execute(&mut self.0)
            .await?;
        Ok(())
    }
}

/// Rooms that hold all the words, as they are or nearly; the likest first.
fn statement(search: &Search) -> String {
    let words = 3..3 + search.words.len();
    let each = |format: &dyn Fn(usize) -> String, between: &str| {
        words.clone().map(format).collect::<Vec<_>>().join(between)
    };
    let alike = each(&|word| format!("${word}::text <% text"), " AND ");
    let similarity = each(&|word| format!("word_similarity(${word}, text)"), " + ");
    let mut sql = format!(
        "SELECT id FROM quality_rooms
         WHERE (words @@ to_tsquery('simple', $1) OR {alike})"
    );
    if search.near.is_some() {
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
fn with_prefix(search: &Search, operator: &str) -> String {
    search.words.join(operator) + ":*"
}
