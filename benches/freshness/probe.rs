//! A probe: changes one row and searches until the change is visible.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use sqlx::PgPool;
use tokio::time::sleep;
use uuid::Uuid;

use crate::node::http::Http;
use crate::times::Times;

/// The kind of change.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Changes the title of a room, which is text of a document.
    Document,
    /// Changes whether a landlord is available. Searches find no rooms of unavailable landlords.
    Signal,
}

/// Interval between searches.
const SEARCH_INTERVAL: Duration = Duration::from_millis(2);

/// A change that takes longer to become visible is a failure.
const VISIBLE_WITHIN: Duration = Duration::from_secs(60);

/// Changes one row repeatedly at random moments until the given time. Returns the time until each
/// change was visible, and the number of searches.
pub(crate) async fn run(
    kind: Kind,
    pool: PgPool,
    key: Uuid,
    node: SocketAddr,
    until: Instant,
) -> Result<(Times, u64)> {
    let mut random = StdRng::seed_from_u64(key.as_u64_pair().1);
    let mut http = Http::connect(node).await?;
    let (mut times, mut searches) = (Times::default(), 0);
    let mut round = 0;
    // An even number of rounds leaves landlords unchanged.
    while Instant::now() < until || kind == Kind::Signal && round % 2 == 1 {
        round += 1;
        // Changes happen at any moment between two commits of the index.
        sleep(Duration::from_millis(random.random_range(0..200))).await;
        let path = change(kind, &pool, key, round, &mut random).await?;
        let written = Instant::now();
        let expected = kind == Kind::Document || round % 2 == 0;
        while is_found(&mut http, &path, &mut searches).await? != expected {
            if written.elapsed() > VISIBLE_WITHIN {
                bail!("{path} does not show a change after {VISIBLE_WITHIN:?}");
            }
            sleep(SEARCH_INTERVAL).await;
        }
        times.push(written.elapsed());
    }
    Ok((times, searches))
}

/// Changes the row and returns the path of the search that shows the change.
async fn change(
    kind: Kind,
    pool: &PgPool,
    key: Uuid,
    round: u32,
    random: &mut StdRng,
) -> Result<String> {
    match kind {
        Kind::Document => {
            let word = format!("beacon{:016x}", random.random::<u64>());
            sqlx::query("UPDATE rooms SET title = 'Room ' || $2, status = 'listed' WHERE id = $1")
                .bind(key)
                .bind(&word)
                .execute(pool)
                .await?;
            // The trailing space marks the word as complete.
            Ok(format!("/api/v1/rooms/search?limit=1&typos=0&q={word}+"))
        }
        Kind::Signal => {
            sqlx::query("UPDATE landlords SET is_available = $2 WHERE id = $1")
                .bind(key)
                .bind(round.is_multiple_of(2))
                .execute(pool)
                .await?;
            Ok(format!(
                "/api/v1/rooms/search?limit=1&landlord_id={key}&sort=price"
            ))
        }
    }
}

async fn is_found(http: &mut Http, path: &str, searches: &mut u64) -> Result<bool> {
    *searches += 1;
    let response = http.get(path).await?;
    let body: Value = serde_json::from_slice(response.body)?;
    let total = body["meta"]["total"].as_u64();
    Ok(total.with_context(|| format!("{path}: {body}"))? > 0)
}
