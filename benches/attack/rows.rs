//! Rows that are inserted during an attack, which searches must find.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use sqlx::PgPool;
use tokio::time::{Instant, sleep, sleep_until};

use crate::clients::http::get;
use crate::clients::keep_alive::KeepAlive;
use crate::probe::PATIENCE;

/// The rows per kind of attack.
const ROWS: u32 = 3;

/// A row that takes longer is a failure.
const FOUND_WITHIN: Duration = Duration::from_secs(10);

const INSERT: &str = "
    INSERT INTO rooms (landlord_id, title, country_code, location, currency, occupancy, room_type)
    SELECT id, $1, 'IN', ST_MakePoint(72.9133, 19.1334)::geography, 'INR', 1, 'private_room'
    FROM landlords WHERE is_available ORDER BY id LIMIT 1";

pub(crate) struct Rows {
    pool: PgPool,
    client: KeepAlive,
    inserted: u32,
}

impl Rows {
    pub(crate) fn new(pool: PgPool, address: SocketAddr) -> Self {
        Self {
            pool,
            client: KeepAlive::new(address, PATIENCE),
            inserted: 0,
        }
    }

    /// Inserts rows until a moment, and returns the longest time until one was found, or why one
    /// was not.
    pub(crate) async fn insert_until(&mut self, until: Instant) -> Result<Duration, String> {
        let pause = until.duration_since(Instant::now()) / (ROWS + 1);
        let mut longest = Duration::ZERO;
        for _ in 0..ROWS {
            sleep(pause).await;
            longest = longest.max(self.insert().await?);
        }
        sleep_until(until).await;
        Ok(longest)
    }

    async fn insert(&mut self) -> Result<Duration, String> {
        self.inserted += 1;
        let title = format!("Attackrow{}", self.inserted);
        let inserted = sqlx::query(INSERT).bind(&title).execute(&self.pool).await;
        inserted.map_err(|error| format!("cannot insert a row: {error}"))?;
        let started = Instant::now();
        let request = get(&format!("/api/v1/rooms/search?q={title}&match=all&limit=1"));
        let mut last = String::new();
        while started.elapsed() < FOUND_WITHIN {
            match self.client.request(&request).await {
                Ok(response) if response.status == 200 => {
                    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
                    if answer["meta"]["total"] == 1 {
                        return Ok(started.elapsed());
                    }
                    last = format!("total {}", answer["meta"]["total"]);
                }
                Ok(response) => last = format!("status {}", response.status),
                Err(error) => last = error.to_string(),
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(format!(
            "an inserted row is not found after {} s: {last}",
            FOUND_WITHIN.as_secs()
        ))
    }
}
