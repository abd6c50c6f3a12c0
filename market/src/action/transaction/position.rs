//! A position in the WAL, as a caller sends it back to read its own write.

use std::fmt;

use sqlx::PgConnection;

/// A WAL position (LSN). Its text is that of Postgres, such as `16/B374D848`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(u64);

impl Position {
    /// A position at or after every commit that this server has confirmed so far.
    ///
    /// A commit is confirmed once it is flushed, so the flushed position includes it. Only with
    /// `synchronous_commit=off` it may not be flushed yet; the position at which Postgres inserts
    /// includes it then.
    pub(crate) async fn of_confirmed_commits(sql: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let bytes = sqlx::query_scalar!(
            r#"
            SELECT (CASE current_setting('synchronous_commit')
                WHEN 'off' THEN pg_current_wal_insert_lsn()
                ELSE pg_current_wal_flush_lsn()
            END - '0/0'::pg_lsn)::bigint AS "bytes!"
            "#
        )
        .fetch_one(sql)
        .await?;
        Ok(Self(bytes.cast_unsigned()))
    }

    /// The position in bytes from the start of the WAL.
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_written_as_postgres_writes_it() {
        assert_eq!(Position(0x16_B374_D848).to_string(), "16/B374D848");
        assert_eq!(Position(0x10).to_string(), "0/10");
    }
}
