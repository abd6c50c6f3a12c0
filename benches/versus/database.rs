//! Fills the tables of the SQL side and runs its statements.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, PgConnection, PgPool, Postgres, Row};
use tantivy::fieldnorm::FieldNormReader;

use crate::answer::{Answer, Hit};
use crate::kinds::{Material, Search};

/// The two SQL sides.
pub(crate) struct Sql {
    /// For the comparison with the engine.
    pub(crate) connection: PgConnection,
    /// For the comparison with the API.
    pub(crate) pool: PgPool,
}

/// Rooms per batch.
const BATCH: i32 = 5_000;

/// Words that many rooms contain and that people search for.
const COMMON_WORDS: [&str; 8] = [
    "quiet", "wifi", "desk", "meals", "metro", "balcony", "bathroom", "kitchen",
];

impl Sql {
    /// Creates the tables from the loaded rooms.
    pub(crate) async fn prepare(url: &str) -> Result<Sql> {
        let options: PgConnectOptions = url.parse()?;
        let mut connection = PgConnection::connect_with(&options).await?;
        run(&mut connection, include_str!("sql/number.sql")).await?;
        load_words(&mut connection).await?;
        run(&mut connection, "VACUUM ANALYZE room_words").await?;
        run(&mut connection, include_str!("sql/prepare.sql")).await?;
        for table in ["search_rooms", "room_words", "word_weights", "landlords"] {
            let vacuum = format!("VACUUM ANALYZE {table}");
            run(&mut connection, &vacuum).await?;
        }
        let pool = PgPoolOptions::new()
            .max_connections(2)
            // A ping before each search would count as time of Postgres without being its work.
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(Sql { connection, pool })
    }

    /// Samples venues in proportion to the rooms near them, and words that 20 to 200 of 100,000
    /// rooms contain.
    pub(crate) async fn material(&mut self, searches: usize) -> Result<Material> {
        let searches = i64::try_from(searches)?;
        let venues = sqlx::query_as(
            "SELECT ST_X(venue::geometry), ST_Y(venue::geometry)
             FROM (SELECT location FROM search_rooms ORDER BY md5(room::text) LIMIT $1) AS rooms
             CROSS JOIN LATERAL (
                 SELECT exam_venues.location AS venue FROM exam_venues
                 ORDER BY exam_venues.location <-> rooms.location LIMIT 1
             ) AS venues",
        )
        .bind(searches)
        .fetch_all(&mut self.connection)
        .await?;
        let rare_words: Vec<String> = sqlx::query_scalar(
            "SELECT word FROM room_words, (SELECT count(*) AS rooms FROM search_rooms) AS all_rooms
             GROUP BY word, rooms
             HAVING count(*) BETWEEN greatest(20, rooms / 5000) AND greatest(40, rooms / 500)
             ORDER BY md5(word) LIMIT $1",
        )
        .bind(searches)
        .fetch_all(&mut self.connection)
        .await?;
        ensure!(
            !rare_words.is_empty(),
            "no rare words: expected a larger ROOMS"
        );
        Ok(Material {
            venues,
            common_words: COMMON_WORDS.map(str::to_owned).into(),
            rare_words,
        })
    }

    /// Runs a search over the single connection.
    pub(crate) async fn search(&mut self, search: &Search) -> Result<(Duration, Answer)> {
        let query = query(search);
        let started = Instant::now();
        let rows = query.fetch_all(&mut self.connection).await?;
        Ok((started.elapsed(), answer(search, &rows)?))
    }

    /// Runs a search through the pool.
    pub(crate) async fn search_pool(&self, search: &Search) -> Result<(Duration, Answer)> {
        let query = query(search);
        let started = Instant::now();
        let rows = query.fetch_all(&self.pool).await?;
        Ok((started.elapsed(), answer(search, &rows)?))
    }
}

/// A statement with its parameters, in the order of the SQL files. It is prepared once per
/// connection.
fn query(search: &Search) -> Query<'_, Postgres, PgArguments> {
    let mut query = sqlx::query(search.kind.sql);
    if let Some((lng, lat)) = search.place {
        query = query.bind(lng).bind(lat);
    }
    if let Some(radius_m) = search.radius_m {
        query = query.bind(radius_m);
    }
    for word in &search.words {
        query = query.bind(word);
    }
    if let Some(price_max) = search.price_max {
        query = query.bind(price_max);
    }
    if search.kind.has_offset() {
        query = query.bind(i64::try_from(search.offset).unwrap_or(i64::MAX));
    }
    query
}

fn answer(search: &Search, rows: &[PgRow]) -> Result<Answer> {
    let hits = rows.iter().map(|row| {
        Ok(Hit {
            id: row.try_get("id")?,
            score: row.try_get("score")?,
        })
    });
    let total = match (search.kind.has_total, rows.first()) {
        (false, _) => None,
        (true, None) => Some(0),
        (true, Some(row)) => Some(u64::try_from(row.try_get::<i64, _>("total")?)?),
    };
    Ok(Answer {
        hits: hits.collect::<Result<_, sqlx::Error>>()?,
        total,
    })
}

/// Tokenises the texts with the engine's function, which has no equivalent in Postgres, and counts
/// terms.
async fn load_words(connection: &mut PgConnection) -> Result<()> {
    for from in (1..).step_by(BATCH as usize) {
        let rooms = sqlx::query(
            "SELECT room, title, locality, city, address, amenities, description
             FROM numbered_rooms JOIN rooms USING (id) WHERE room >= $1 AND room < $2",
        )
        .bind(from)
        .bind(from + BATCH)
        .fetch_all(&mut *connection)
        .await?;
        if rooms.is_empty() {
            break;
        }
        let (mut words, mut texts) = (String::new(), String::new());
        for room in &rooms {
            write_words(room, &mut words, &mut texts)?;
        }
        send(connection, "COPY room_words FROM STDIN", &words).await?;
        send(connection, "COPY room_texts FROM STDIN", &texts).await?;
    }
    Ok(())
}

fn write_words(room: &PgRow, words: &mut String, texts: &mut String) -> Result<()> {
    let number: i32 = room.try_get("room")?;
    let amenities: Vec<String> = room.try_get("amenities")?;
    let amenities = amenities.join(" ").replace('_', " ");
    let text = |name| room.try_get::<&str, _>(name);
    let weighted = [
        (3, text("title")?),
        (2, text("locality")?),
        (2, text("city")?),
        (1, text("address")?),
        (1, &amenities),
        (1, text("description")?),
    ];
    let mut counts: HashMap<String, u32> = HashMap::new();
    for (weight, text) in weighted {
        for word in roost_engine::words(text) {
            *counts.entry(word).or_default() += weight;
        }
    }
    let rounded = |words| FieldNormReader::id_to_fieldnorm(FieldNormReader::fieldnorm_to_id(words));
    // Amenities do not count towards the length.
    let of_amenities = u32::try_from(roost_engine::words(&amenities).count())?;
    let length = rounded(rounded(counts.values().sum()) - of_amenities);
    write!(texts, "{number}\t{length}\t")?;
    for (word, frequency) in counts {
        writeln!(words, "{number}\t{word}\t{frequency}")?;
        write!(texts, "'{word}' ")?;
    }
    texts.push('\n');
    Ok(())
}

async fn send(connection: &mut PgConnection, statement: &str, rows: &str) -> Result<()> {
    let mut copy = connection.copy_in_raw(statement).await?;
    copy.send(rows.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<()> {
    let first = sql.lines().find(|line| !line.starts_with("--"));
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(connection)
        .await
        .with_context(|| format!("in the statements from {:?}", first.unwrap_or_default()))?;
    Ok(())
}
