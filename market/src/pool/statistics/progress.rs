//! Up to which events statistics have been computed.
//!
//! Ids of events are not in the order of their commits, so the progress is a Postgres snapshot: an
//! event is new if that snapshot does not see its transaction.

use sqlx::PgConnection;

/// Statistics that are computed from new events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consumer {
    Landlords,
    Pool,
}

/// The progress of a consumer when it starts.
#[derive(Debug)]
pub(super) struct Progress {
    consumer: Consumer,
    /// The events that this snapshot sees have been computed; `None` before the first time, and if
    /// the snapshot is of another cluster.
    pub(super) seen: Option<String>,
    /// The events that are visible now.
    current: String,
}

impl Progress {
    /// The progress now.
    pub(super) async fn start(
        sql: &mut PgConnection,
        consumer: Consumer,
    ) -> Result<Self, sqlx::Error> {
        let row = sqlx::query!(
            r#"
            SELECT pg_current_snapshot()::text AS "current!", (
                SELECT seen::text FROM statistics_progress
                WHERE name = $1
                    AND pg_snapshot_xmax(seen) <= pg_snapshot_xmax(pg_current_snapshot())
            ) AS seen
            "#,
            consumer.name()
        );
        let row = row.fetch_one(sql).await?;
        Ok(Self {
            consumer,
            seen: row.seen,
            current: row.current,
        })
    }

    /// Stores that the events that were visible at the start have been computed.
    pub(super) async fn finish(self, sql: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "INSERT INTO statistics_progress (name, seen) VALUES ($1, $2::text::pg_snapshot)
            ON CONFLICT (name) DO UPDATE SET seen = excluded.seen, updated_at = now()",
            self.consumer.name(),
            self.current
        )
        .execute(sql)
        .await?;
        Ok(())
    }
}

impl Consumer {
    fn name(self) -> &'static str {
        match self {
            Self::Landlords => "landlords",
            Self::Pool => "pool",
        }
    }
}
