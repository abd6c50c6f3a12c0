//! Replication slots: their state, and how to create, release, advance and drop them.

use std::time::Duration;

use roost_engine::Position;
use sqlx::PgConnection;

use crate::config::Name;
use crate::error::SessionError;
use crate::status::SlotState;

/// A replication slot, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) plugin: Option<String>,
    pub(crate) database: Option<String>,
    /// The process that streams from the slot, and its application name.
    pub(crate) active: Option<(i32, Option<String>)>,
    pub(crate) wal_status: Option<String>,
    pub(crate) has_restart_position: bool,
    pub(crate) confirmed: Option<Position>,
}

impl Slot {
    /// Checks that the stream can start at a position; the error is the reason why it cannot.
    pub(crate) fn check_start(&self, database: &str, position: Position) -> Result<(), String> {
        if self.plugin.as_deref() != Some("pgoutput") || self.database.as_deref() != Some(database)
        {
            return Err("it is a slot of another plugin or database".to_owned());
        }
        // A lost slot keeps its confirmed position, but not the WAL after it.
        if self.wal_status.as_deref() == Some("lost") || !self.has_restart_position {
            return Err("the server has removed WAL that it still needed".to_owned());
        }
        match self.confirmed {
            Some(confirmed) if confirmed <= position => Ok(()),
            // The server would skip changes silently.
            Some(confirmed) => Err(format!(
                "it has advanced to {confirmed}, past the index at {position}"
            )),
            None => Err("it has no confirmed position".to_owned()),
        }
    }
}

/// Finds a slot by its name.
pub(crate) async fn find_slot(
    sql: &mut PgConnection,
    name: &Name,
) -> Result<Option<Slot>, SessionError> {
    let found = sqlx::query!(
        r#"
        SELECT
            s.plugin::text AS plugin,
            s.database::text AS database,
            s.active_pid,
            a.application_name AS "application?",
            s.wal_status,
            s.restart_lsn IS NOT NULL AS "has_restart_position!",
            s.confirmed_flush_lsn::text AS confirmed
        FROM pg_replication_slots s
        LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid
        WHERE s.slot_name = $1
        "#,
        name.as_str(),
    )
    .fetch_optional(sql)
    .await
    .map_err(SessionError::sql("reading the replication slot"))?;
    Ok(found.map(|slot| Slot {
        plugin: slot.plugin,
        database: slot.database,
        active: slot.active_pid.map(|pid| (pid, slot.application)),
        wal_status: slot.wal_status,
        has_restart_position: slot.has_restart_position,
        confirmed: slot.confirmed.and_then(|text| text.parse().ok()),
    }))
}

/// How much WAL the server retains for a slot.
pub(crate) async fn slot_state(
    sql: &mut PgConnection,
    name: &Name,
) -> Result<Option<SlotState>, SessionError> {
    let found = sqlx::query!(
        r#"
        SELECT
            coalesce(wal_status, 'lost') AS "wal_status!",
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS "retained!",
            safe_wal_size,
            active AS "is_active!"
        FROM pg_replication_slots
        WHERE slot_name = $1
        "#,
        name.as_str(),
    )
    .fetch_optional(sql)
    .await
    .map_err(SessionError::sql("reading the replication slot"))?;
    Ok(found.map(|slot| SlotState {
        wal_status: slot.wal_status,
        retained_wal_bytes: u64::try_from(slot.retained).unwrap_or(0),
        safe_wal_bytes: slot.safe_wal_size,
        is_active: slot.is_active,
    }))
}

/// Creates a slot that retains the same WAL as another one.
pub(crate) async fn copy_slot(
    sql: &mut PgConnection,
    from: &Name,
    to: &Name,
) -> Result<(), SessionError> {
    sqlx::query!(
        r#"SELECT lsn::text FROM pg_copy_logical_replication_slot($1, $2)"#,
        from.as_str(),
        to.as_str(),
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("copying a replication slot"))?;
    Ok(())
}

/// Lets Postgres remove the WAL of a slot before a position.
pub(crate) async fn advance_slot(
    sql: &mut PgConnection,
    name: &Name,
    position: Position,
) -> Result<(), SessionError> {
    sqlx::query!(
        r#"SELECT end_lsn::text FROM pg_replication_slot_advance($1, $2::text::pg_lsn)"#,
        name.as_str(),
        position.to_string(),
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("advancing a replication slot"))?;
    Ok(())
}

/// Waits until no session streams from the slot. A session of `application`, ours, that was left
/// behind by a broken connection is terminated after a while: this process holds the lock of the
/// index, so no other process can use it. The session of another application is an error.
pub(crate) async fn release_slot(
    sql: &mut PgConnection,
    name: &Name,
    slot: &Slot,
    application: &str,
) -> Result<(), SessionError> {
    const CHECKS: u32 = 25;
    const CHECK_EVERY: Duration = Duration::from_millis(200);
    let mut active = slot.active.clone();
    for check in 0..2 * CHECKS {
        let Some((pid, user)) = active else {
            return Ok(());
        };
        let user = user.unwrap_or_default();
        if user != application {
            return Err(SessionError::Setup(format!(
                "slot {name} is in use by process {pid} ({user:?}): give each index a slot of its own"
            )));
        }
        if check == CHECKS {
            tracing::warn!(pid, slot = %name, "terminating a session that was left behind");
            sqlx::query!("SELECT pg_terminate_backend($1)", pid)
                .fetch_one(&mut *sql)
                .await
                .map_err(SessionError::sql(
                    "terminating a session that was left behind",
                ))?;
        }
        tokio::time::sleep(CHECK_EVERY).await;
        active = find_slot(sql, name).await?.and_then(|slot| slot.active);
    }
    Err(SessionError::Timeout {
        doing: "waiting for the replication slot",
        limit: 2 * CHECKS * CHECK_EVERY,
    })
}

/// Drops a slot that no session uses.
pub(crate) async fn drop_slot(sql: &mut PgConnection, name: &Name) -> Result<(), SessionError> {
    sqlx::query!(
        r#"SELECT pg_drop_replication_slot($1)::text AS dropped"#,
        name.as_str()
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("dropping the replication slot"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot {
        Slot {
            plugin: Some("pgoutput".to_owned()),
            database: Some("rooms".to_owned()),
            active: None,
            wal_status: Some("reserved".to_owned()),
            has_restart_position: true,
            confirmed: Some(Position(100)),
        }
    }

    #[test]
    fn a_stream_starts_only_from_an_intact_slot_that_is_not_ahead() {
        assert_eq!(slot().check_start("rooms", Position(100)), Ok(()));
        assert_eq!(slot().check_start("rooms", Position(101)), Ok(()));
        assert!(slot().check_start("rooms", Position(99)).is_err());
        assert!(slot().check_start("other", Position(100)).is_err());
        let broken = [
            Slot {
                plugin: Some("wal2json".to_owned()),
                ..slot()
            },
            Slot {
                wal_status: Some("lost".to_owned()),
                ..slot()
            },
            Slot {
                has_restart_position: false,
                ..slot()
            },
            Slot {
                confirmed: None,
                ..slot()
            },
        ];
        for slot in broken {
            assert!(
                slot.check_start("rooms", Position(100)).is_err(),
                "{slot:?}"
            );
        }
    }
}
