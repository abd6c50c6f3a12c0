//! What does the database say of itself, and can it be followed?

use std::collections::HashMap;

use roost_engine::Position;
use sqlx::PgConnection;

use crate::config::Name;
use crate::error::SessionError;
use crate::status::SlotState;
use crate::wal::convert::CONVERSION;
use crate::wal::table::Table;

/// The followed tables as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    tables: HashMap<u32, Table>,
    /// Tells this shape, and this way of converting rows, from every other.
    pub(crate) hash: String,
}

/// A replication slot as the server shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) plugin: Option<String>,
    pub(crate) database: Option<String>,
    /// The process that streams from it, and what that session calls itself.
    pub(crate) active: Option<(i32, Option<String>)>,
    pub(crate) wal_status: Option<String>,
    pub(crate) has_restart_position: bool,
    pub(crate) confirmed: Option<Position>,
}

impl Shape {
    /// Finds every table and column that is read; says what is missing.
    ///
    /// A column may come to have other values without a change in the stream: dropped and added with a
    /// default, or altered with USING. Its number and the transaction that altered it last tell.
    pub(crate) async fn read(sql: &mut PgConnection) -> Result<Shape, SessionError> {
        let mut tables = HashMap::new();
        let mut described = format!("conversion {CONVERSION}");
        for table in Table::ALL {
            let columns = sqlx::query!(
                r#"
                SELECT
                    attrelid::bigint AS "table_oid!",
                    attname::text AS "name!",
                    format_type(atttypid, NULL) AS "type_name!",
                    attnum AS "number!",
                    xmin::text AS "altered_by!"
                FROM pg_attribute
                WHERE attrelid = to_regclass($1)::oid AND attnum > 0 AND NOT attisdropped
                "#,
                table.name(),
            )
            .fetch_all(&mut *sql)
            .await
            .map_err(SessionError::sql("looking at the tables"))?;
            let oid = columns
                .first()
                .and_then(|column| u32::try_from(column.table_oid).ok());
            let oid = oid.ok_or_else(|| missing(format!("there is no table {}", table.name())))?;
            tables.insert(oid, table);
            described.push_str(&format!("; {} {oid}", table.name()));
            for name in table.columns() {
                let column = columns.iter().find(|column| column.name == *name);
                let column = column.ok_or_else(|| {
                    missing(format!("table {} has no column {name}", table.name()))
                })?;
                let (type_name, number) = (&column.type_name, column.number);
                let altered_by = &column.altered_by;
                described.push_str(&format!(", {name} {type_name} {number} {altered_by}"));
            }
        }
        let hash = format!("{:016x}", fnv1a(described.as_bytes()));
        Ok(Shape { tables, hash })
    }

    /// The followed table of that number.
    pub(crate) fn table(&self, oid: u32) -> Option<Table> {
        self.tables.get(&oid).copied()
    }
}

/// Checks what only an operator can change.
pub(crate) async fn check_server(sql: &mut PgConnection) -> Result<(), SessionError> {
    let settings = sqlx::query!(
        r#"
        SELECT
            current_setting('wal_level') AS "wal_level!",
            current_setting('server_version_num')::int AS "version!",
            current_setting('server_encoding') AS "encoding!"
        "#
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("looking at the server's settings"))?;
    if settings.version < 150_000 {
        let found = settings.version / 10_000;
        return Err(SessionError::Setup(format!(
            "the server is PostgreSQL {found}; expected 15 or later"
        )));
    }
    if settings.encoding != "UTF8" {
        return Err(SessionError::Setup(format!(
            "the database's encoding is {}; expected UTF8",
            settings.encoding
        )));
    }
    if settings.wal_level != "logical" {
        return Err(SessionError::Setup(format!(
            "wal_level is {}; expected logical: set it in postgresql.conf and restart the server",
            settings.wal_level
        )));
    }
    Ok(())
}

/// Looks for a slot.
pub(crate) async fn slot(
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
    .map_err(SessionError::sql("looking at the replication slot"))?;
    Ok(found.map(|slot| Slot {
        plugin: slot.plugin,
        database: slot.database,
        active: slot.active_pid.map(|pid| (pid, slot.application)),
        wal_status: slot.wal_status,
        has_restart_position: slot.has_restart_position,
        confirmed: slot.confirmed.and_then(|text| text.parse().ok()),
    }))
}

/// The end of the server's log. Whatever is visible by now was written before it.
pub(crate) async fn log_end(sql: &mut PgConnection) -> Result<Position, SessionError> {
    let text = sqlx::query_scalar!(r#"SELECT pg_current_wal_insert_lsn()::text AS "position!""#)
        .fetch_one(sql)
        .await
        .map_err(SessionError::sql("asking for the end of the log"))?;
    text.parse()
        .map_err(|_| SessionError::OutOfOrder("a position that cannot be read"))
}

/// The end of what the server has written of its log, and how far the session of that name has sent
/// it. What is not written yet is no durable commit, and is sent only once it is written.
pub(crate) async fn progress(
    sql: &mut PgConnection,
    application: &str,
) -> Result<(Position, Option<Position>), SessionError> {
    let found = sqlx::query!(
        r#"
        SELECT
            pg_current_wal_flush_lsn()::text AS "log_end!",
            (
                SELECT max(sent_lsn)::text FROM pg_stat_replication WHERE application_name = $1
            ) AS sent
        "#,
        application,
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("asking how far the server is"))?;
    let log_end = found.log_end.parse();
    let log_end =
        log_end.map_err(|_| SessionError::OutOfOrder("a position that cannot be read"))?;
    Ok((log_end, found.sent.and_then(|text| text.parse().ok())))
}

/// How much log the server keeps for a slot.
pub(crate) async fn slot_room(
    sql: &mut PgConnection,
    name: &Name,
) -> Result<Option<SlotState>, SessionError> {
    let found = sqlx::query!(
        r#"
        SELECT
            coalesce(wal_status, 'lost') AS "wal_status!",
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS "held!",
            safe_wal_size,
            active AS "is_active!"
        FROM pg_replication_slots
        WHERE slot_name = $1
        "#,
        name.as_str(),
    )
    .fetch_optional(sql)
    .await
    .map_err(SessionError::sql("looking at the replication slot"))?;
    Ok(found.map(|slot| SlotState {
        wal_status: slot.wal_status,
        retained_wal_bytes: u64::try_from(slot.held).unwrap_or(0),
        safe_wal_bytes: slot.safe_wal_size,
        is_active: slot.is_active,
    }))
}

/// Drops a slot that nobody reads from.
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

/// Writes a logical message into the log, so that an idle stream has something to bring.
pub(crate) async fn write_note(sql: &mut PgConnection, note: &str) -> Result<(), SessionError> {
    sqlx::query!(
        r#"SELECT pg_logical_emit_message(true, $1, $2)::text AS position"#,
        crate::postgres::source::NOTE_PREFIX,
        note,
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("writing a message into the log"))?;
    Ok(())
}

impl Slot {
    /// Says why the stream can't go on from a position.
    pub(crate) fn refuses(&self, database: &str, position: Position) -> Option<String> {
        if self.plugin.as_deref() != Some("pgoutput") || self.database.as_deref() != Some(database)
        {
            return Some("it is a slot of another kind or database".to_owned());
        }
        // A lost slot keeps its confirmed position, but not the log behind it.
        if self.wal_status.as_deref() == Some("lost") || !self.has_restart_position {
            return Some("the server has removed log that it still needed".to_owned());
        }
        match self.confirmed {
            Some(confirmed) if confirmed <= position => None,
            // The server would skip ahead without a word.
            Some(confirmed) => Some(format!(
                "it has been moved on to {confirmed}, past the index at {position}"
            )),
            None => Some("it has no confirmed position".to_owned()),
        }
    }
}

fn missing(what: String) -> SessionError {
    SessionError::Setup(format!("{what}: run `roost migrate`"))
}

/// The 64-bit FNV-1a hash: the same on every machine and with every release.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
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
    fn a_stream_goes_on_only_from_a_whole_slot_that_is_not_ahead() {
        assert_eq!(slot().refuses("rooms", Position(100)), None);
        assert_eq!(slot().refuses("rooms", Position(101)), None);
        assert!(slot().refuses("rooms", Position(99)).is_some());
        assert!(slot().refuses("other", Position(100)).is_some());
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
            assert!(slot.refuses("rooms", Position(100)).is_some(), "{slot:?}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_published_test_vectors() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
