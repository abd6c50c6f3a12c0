//! Runs probes against a node while a load changes other rows.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use crate::load;
use crate::measured::Measured;
use crate::node::Node;
use crate::probe::{self, Kind};

/// How many rooms, and how many landlords, are probed at the same time.
const PROBES: usize = 4;

/// The database and the rows that probes and load change.
pub(crate) struct Bench {
    pub(crate) pool: PgPool,
    rooms: Vec<Uuid>,
    landlords: Vec<Uuid>,
}

impl Bench {
    pub(crate) async fn over(url: &str) -> Result<Bench> {
        let connections = u32::try_from(2 * PROBES + 2)?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .connect(url)
            .await?;
        // Landlords with the most listed rooms come first. Probes change these, and their rooms
        // appear and disappear.
        let landlords: Vec<Uuid> = sqlx::query_scalar(
            "SELECT landlord_id FROM rooms GROUP BY landlord_id
             ORDER BY count(*) FILTER (WHERE status = 'listed') DESC, landlord_id LIMIT 10000",
        )
        .fetch_all(&pool)
        .await?;
        ensure!(
            landlords.len() > PROBES,
            "too few landlords: expected a larger ROOMS"
        );
        let of_others = "SELECT rooms.id FROM rooms JOIN landlords ON landlords.id = landlord_id
             WHERE is_available AND landlord_id <> ALL($1) ORDER BY rooms.id";
        let rooms: Vec<Uuid> = sqlx::query_scalar(of_others)
            .bind(&landlords[..PROBES])
            .fetch_all(&pool)
            .await?;
        ensure!(
            rooms.len() > PROBES,
            "too few rooms of other landlords: expected a larger ROOMS"
        );
        Ok(Bench {
            pool,
            rooms,
            landlords,
        })
    }

    pub(crate) async fn measure(
        &self,
        node: &Node,
        rate: u64,
        duration: Duration,
    ) -> Result<Measured> {
        let until = Instant::now() + duration;
        let cpu_before = node.cpu_time();
        let load = tokio::spawn(load::run(self.load(), rate, until));
        let mut probes = Vec::new();
        for at in 0..PROBES {
            for (kind, key) in [
                (Kind::Document, self.rooms[at]),
                (Kind::Signal, self.landlords[at]),
            ] {
                let pool = self.pool.clone();
                let probe = probe::run(kind, pool, key, node.address, until);
                probes.push((kind, tokio::spawn(probe)));
            }
        }
        let mut measured = Measured::default();
        for (kind, probe) in probes {
            let (times, searches) = probe.await??;
            measured.searches += searches;
            match kind {
                Kind::Document => measured.documents.extend(times),
                Kind::Signal => measured.signals.extend(times),
            }
        }
        measured.changes = load.await??;
        measured.duration = duration;
        measured.node_cpu = cpu_before.zip(node.cpu_time()).map(|(was, is)| is - was);
        Ok(measured)
    }

    /// The rows that the load changes, none of which is probed.
    pub(crate) fn load(&self) -> load::Load {
        let unprobed = |keys: &[Uuid]| keys.iter().copied().skip(PROBES).collect();
        load::Load {
            pool: self.pool.clone(),
            rooms: unprobed(&self.rooms),
            landlords: unprobed(&self.landlords),
        }
    }
}
