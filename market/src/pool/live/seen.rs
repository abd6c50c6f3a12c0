//! Which transactions a reader has seen.

use std::fmt;
use std::str::FromStr;

/// The transactions that a reader has seen: those that a Postgres snapshot sees. Its text is that
/// of Postgres, `xmin:xmax:` and the transactions that were running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// All transactions below had ended.
    xmin: u64,
    /// No transaction from here on had ended.
    xmax: u64,
    /// Those between that had not ended, in ascending order.
    running: Vec<u64>,
}

/// A text that is no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a snapshot of Postgres, such as 10:20:10,14,15")]
pub struct SeenError;

impl Seen {
    /// Whether the transaction had committed, if it ever commits.
    pub fn sees(&self, transaction: u64) -> bool {
        transaction < self.xmin
            || transaction < self.xmax && self.running.binary_search(&transaction).is_err()
    }

    /// The same for the lower half of a number of about the same time.
    pub fn sees_lower_half(&self, transaction: u32) -> bool {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the difference is taken modulo 2^32: transactions of one time are never 2^31 apart"
        )]
        let behind = (self.xmax as u32).wrapping_sub(transaction).cast_signed();
        self.sees(self.xmax.wrapping_add_signed(-i64::from(behind)))
    }

    /// Whether every transaction that the other sees is seen here. Of two snapshots of one server
    /// the later one includes the other.
    pub fn includes(&self, other: &Self) -> bool {
        let mut running = self.running.iter();
        self.xmax >= other.xmax && running.all(|&transaction| !other.sees(transaction))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.xmin, self.xmax)?;
        for (index, transaction) in self.running.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{transaction}")?;
        }
        Ok(())
    }
}

impl FromStr for Seen {
    type Err = SeenError;

    fn from_str(text: &str) -> Result<Self, SeenError> {
        // Other spellings, such as a sign, are not those of Postgres.
        let number = |text: &str| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse::<u64>().ok().filter(|_| is_number);
            number.filter(|number| i64::try_from(*number).is_ok())
        };
        let parse = || {
            let mut parts = text.splitn(3, ':');
            let (xmin, xmax) = (number(parts.next()?)?, number(parts.next()?)?);
            let running = match parts.next()? {
                "" => Vec::new(),
                list => list.split(',').map(number).collect::<Option<Vec<_>>>()?,
            };
            let ascends = running.is_sorted_by(|a, b| a < b);
            let is_between = running.iter().all(|it| (xmin..xmax).contains(it));
            let is_snapshot = xmin >= 1 && xmin <= xmax && ascends && is_between;
            is_snapshot.then_some(Self {
                xmin,
                xmax,
                running,
            })
        };
        parse().ok_or(SeenError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Seen {
        text.parse().unwrap()
    }

    #[test]
    fn a_snapshot_sees_what_had_ended_when_it_was_taken() {
        let snapshot = seen("10:20:10,14,15");
        for (transaction, expected) in [(9, true), (10, false), (13, true), (14, false)] {
            assert_eq!(snapshot.sees(transaction), expected, "{transaction}");
        }
        assert!(snapshot.sees(19) && !snapshot.sees(20));
        assert_eq!(snapshot.to_string(), "10:20:10,14,15");
        assert_eq!(seen("7:7:").to_string(), "7:7:");
    }

    #[test]
    fn the_lower_half_of_a_number_stands_for_the_nearest_transaction() {
        let era = 1_u64 << 32;
        let snapshot = seen(&format!("{}:{}:{}", era + 10, era + 20, era + 10));
        assert!(snapshot.sees_lower_half(9));
        assert!(!snapshot.sees_lower_half(10));
        assert!(snapshot.sees_lower_half(19));
        assert!(!snapshot.sees_lower_half(20));
        // From before the number wrapped around.
        assert!(snapshot.sees_lower_half(u32::MAX));
    }

    #[test]
    fn a_later_snapshot_includes_an_earlier_one_and_not_the_other_way_round() {
        let steps = [
            "10:10:",
            "10:12:10",
            "10:13:10,12",
            "10:15:10,12",
            "12:16:12",
            "16:16:",
        ];
        for (earlier, at) in steps.iter().zip(0..) {
            for (later, later_at) in steps.iter().zip(0..) {
                let includes = seen(later).includes(&seen(earlier));
                assert_eq!(includes, later_at >= at, "{later} {earlier}");
            }
        }
        // Neither of two that differ in what had ended includes the other.
        assert!(!seen("10:15:10").includes(&seen("11:15:11")));
        assert!(!seen("11:15:11").includes(&seen("10:15:10")));
    }

    #[test]
    fn other_text_is_no_snapshot() {
        for bad in [
            "",
            "10",
            "10:20",
            "10:9:",
            "0:9:",
            "10:20:9",
            "10:20:20",
            "10:20:12,11",
            "10:20:11,11",
            "+10:20:",
            "10:20:,",
            "10:20:11,",
            "10:20:a",
            "10:99999999999999999999:",
            "10:20:11:12",
            " 10:20:",
        ] {
            assert_eq!(bad.parse::<Seen>(), Err(SeenError), "{bad}");
        }
    }
}
