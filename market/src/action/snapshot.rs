//! Snapshots of the database, by which a reader tells which transactions it has seen.

use sqlx::PgPool;

use crate::action::error::ActionError;

/// A bound of what later reads of the database see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// All transactions with a lower number had ended.
    oldest_running: u64,
}

impl Snapshot {
    /// The bound as of now. Every read that begins after this sees at least as much.
    ///
    /// # Errors
    ///
    /// `Busy` if no connection becomes free in time, `Internal` if the database is unreachable.
    pub async fn now(pool: &PgPool) -> Result<Self, ActionError> {
        let oldest_running = sqlx::query_scalar!(
            r#"SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "xmin!""#
        )
        .fetch_one(pool)
        .await?;
        Ok(Self::new(oldest_running.cast_unsigned()))
    }

    /// The bound of which all transactions with a lower number had ended.
    pub fn new(oldest_running: u64) -> Self {
        Self { oldest_running }
    }

    /// Whether every later read sees a committed transaction, by the lower half of its number
    /// (xid). The change stream can report a commit before reads see it. A transaction that reads
    /// see may be denied as long as an older one runs.
    pub fn surely_sees(self, xid: u32) -> bool {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the difference is taken modulo 2^32: transactions of one time are never 2^31 apart"
        )]
        let ahead = (self.oldest_running as u32).wrapping_sub(xid).cast_signed();
        ahead > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_surely_sees_transactions_before_the_oldest_running_one() {
        let snapshot = Snapshot::new(100);
        assert!(snapshot.surely_sees(99));
        assert!(!snapshot.surely_sees(100) && !snapshot.surely_sees(101));
        // The numbers have wrapped around three times.
        let snapshot = Snapshot::new((3 << 32) + 2);
        assert!(snapshot.surely_sees(1) && snapshot.surely_sees(u32::MAX));
        assert!(!snapshot.surely_sees(2));
    }
}
