//! A snapshot of Postgres: which transactions it sees.

use std::str::FromStr;

use crate::error::SessionError;

/// A snapshot as `pg_current_snapshot()` prints it, `xmin:xmax:xip_list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PgSnapshot {
    /// All transactions before this one had ended.
    xmin: u64,
    /// No transaction from this one on had started.
    xmax: u64,
    /// The transactions between that were in progress, in ascending order.
    in_progress: Vec<u64>,
}

impl PgSnapshot {
    /// Whether the snapshot sees the changes of a transaction. The stream numbers transactions by
    /// the lower half of their full number.
    pub(crate) fn sees(&self, xid: u32) -> bool {
        let xid = self.full_xid(xid);
        xid < self.xmin || (xid < self.xmax && self.in_progress.binary_search(&xid).is_err())
    }

    /// The full number nearest to the snapshot: two transactions that exist at the same time are
    /// never 2^31 apart.
    fn full_xid(&self, xid: u32) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the difference is taken modulo 2^32"
        )]
        let behind = (self.xmax as u32).wrapping_sub(xid).cast_signed();
        self.xmax.saturating_add_signed(-i64::from(behind))
    }
}

impl FromStr for PgSnapshot {
    type Err = SessionError;

    fn from_str(text: &str) -> Result<PgSnapshot, SessionError> {
        let parse = || {
            let mut parts = text.split(':');
            let xmin = parts.next()?.parse().ok()?;
            let xmax = parts.next()?.parse().ok()?;
            let list = parts.next()?;
            let numbers = list.split(',').filter(|number| !number.is_empty());
            let mut in_progress: Vec<u64> =
                numbers.map(|n| n.parse().ok()).collect::<Option<_>>()?;
            in_progress.sort_unstable();
            Some(PgSnapshot {
                xmin,
                xmax,
                in_progress,
            })
        };
        parse().ok_or(SessionError::Protocol("a snapshot that cannot be parsed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_sees_ended_transactions_and_no_others() {
        let snapshot: PgSnapshot = "10:20:10,14,15".parse().unwrap();
        let visible: Vec<u32> = (5..25).filter(|&xid| snapshot.sees(xid)).collect();
        assert_eq!(visible, [5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 18, 19]);
        let quiet: PgSnapshot = "7:7:".parse().unwrap();
        assert!(quiet.sees(6) && !quiet.sees(7));
    }

    #[test]
    fn transaction_numbers_may_wrap_around() {
        // Three epochs have passed, and the lower half has just started at 0 again.
        let start = 3u64 << 32;
        let text = format!("{}:{}:{}", start - 2, start + 2, start - 2);
        let snapshot: PgSnapshot = text.parse().unwrap();
        assert!(snapshot.sees(u32::MAX - 2));
        assert!(!snapshot.sees(u32::MAX - 1));
        assert!(snapshot.sees(u32::MAX));
        assert!(snapshot.sees(0) && snapshot.sees(1));
        assert!(!snapshot.sees(2));
    }

    #[test]
    fn malformed_snapshots_are_rejected() {
        for text in ["", "1", "1:2", "a:b:c", "1:2:3,x"] {
            assert!(text.parse::<PgSnapshot>().is_err(), "{text}");
        }
    }
}
