//! The concurrent load: changes rows at a constant rate.

use std::time::{Duration, Instant};

use anyhow::Result;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sqlx::PgPool;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// Rows that may be changed.
pub(crate) struct Load {
    pub(crate) pool: PgPool,
    pub(crate) rooms: Vec<Uuid>,
    pub(crate) landlords: Vec<Uuid>,
}

/// Interval between transactions.
const TICK: Duration = Duration::from_millis(10);

/// Changes `rate` rows per second until the given time, four rooms for each landlord. Returns the
/// number of changed rows, which is lower if Postgres cannot keep up.
pub(crate) async fn run(load: Load, rate: u64, until: Instant) -> Result<u64> {
    if rate == 0 {
        return Ok(0);
    }
    let mut random = StdRng::seed_from_u64(rate);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let started = Instant::now();
    let mut changed = 0;
    loop {
        let now = ticks.tick().await.into_std();
        if now >= until {
            return Ok(changed);
        }
        let elapsed_ms = u64::try_from(started.elapsed().as_millis())?;
        let due = (rate * elapsed_ms / 1_000).saturating_sub(changed);
        if due > 0 {
            load.change(usize::try_from(due)?.min(1_000), &mut random)
                .await?;
            changed += due.min(1_000);
        }
    }
}

impl Load {
    /// Changes rows in one transaction.
    pub(crate) async fn change(&self, rows: usize, random: &mut StdRng) -> Result<()> {
        let landlords = rows / 5;
        let rooms = draw(&self.rooms, rows - landlords, random);
        let landlords = draw(&self.landlords, landlords, random);
        let price = random.random_range(300.0..3_000.0f64).round();
        let mut transaction = self.pool.begin().await?;
        sqlx::query("UPDATE rooms SET price = $2 WHERE id = ANY($1)")
            .bind(rooms)
            .bind(price)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE landlords SET last_active_at = now() WHERE id = ANY($1)")
            .bind(landlords)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}

/// Draws distinct keys and sorts them, so that two transactions never deadlock.
fn draw(keys: &[Uuid], count: usize, random: &mut StdRng) -> Vec<Uuid> {
    let mut drawn: Vec<Uuid> = keys.sample(random, count).copied().collect();
    drawn.sort_unstable();
    drawn
}
