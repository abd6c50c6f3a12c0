//! When does a search show what was just written?

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

/// What a probe changes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// A room's title, which is a document's text.
    Document,
    /// Whether a landlord is available, without which none of their rooms is found.
    Signal,
}

/// Between two looks at the API.
const LOOK_EACH: Duration = Duration::from_millis(2);

/// A change that is not seen by then is a failure.
const SEEN_WITHIN: Duration = Duration::from_secs(60);

/// Changes one row again and again until then, at random moments. Returns how long each change took to be
/// seen, and how many searches that took.
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
    // Landlords are left as they were.
    while Instant::now() < until || kind == Kind::Signal && round % 2 == 1 {
        round += 1;
        // So that changes come at any moment between two commits of the index.
        sleep(Duration::from_millis(random.random_range(0..200))).await;
        let path = change(kind, &pool, key, round, &mut random).await?;
        let written = Instant::now();
        let wanted = kind == Kind::Document || round % 2 == 0;
        while is_found(&mut http, &path, &mut searches).await? != wanted {
            if written.elapsed() > SEEN_WITHIN {
                bail!("{path} does not show a change after {SEEN_WITHIN:?}");
            }
            sleep(LOOK_EACH).await;
        }
        times.push(written.elapsed());
    }
    Ok((times, searches))
}

/// Changes the row, and tells the search that shows it.
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
            // The space says that the word is whole.
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
    let answered = http.get(path).await?;
    let answer: Value = serde_json::from_slice(answered.body)?;
    let total = answer["meta"]["total"].as_u64();
    Ok(total.with_context(|| format!("{path}: {answer}"))? > 0)
}
