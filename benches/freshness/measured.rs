//! The results of one rate, as a row of the table and as the last line.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::times::{Times, thousands};

/// The results at one rate of changes.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) documents: Times,
    pub(crate) signals: Times,
    pub(crate) changes: u64,
    pub(crate) searches: u64,
    pub(crate) duration: Duration,
    pub(crate) node_cpu: Option<Duration>,
}

impl Measured {
    pub(crate) fn row(&self) -> String {
        let shown = |times: &Times| {
            [0.5, 0.95, 0.99].map(|share| match times.percentile_us(share) {
                Some(us) => format!("{:>8.1}", us / 1e3),
                None => format!("{:>8}", "-"),
            })
        };
        format!(
            "{:>9}{:>13}{} {}{:>11}{:>8} + {}",
            self.per_second(self.changes),
            self.per_second(self.searches),
            shown(&self.documents).concat(),
            shown(&self.signals).concat(),
            self.node_cpu.map_or("-".to_owned(), |cpu| format!(
                "{:.0} %",
                100.0 * cpu.as_secs_f64() / self.duration.as_secs_f64()
            )),
            self.documents.len(),
            self.signals.len(),
        )
    }

    pub(crate) fn last_line(&self) -> Result<String> {
        let p99_ms = |times: &Times| {
            let us = times.percentile_us(0.99).context("nothing was measured")?;
            anyhow::Ok(us / 1e3)
        };
        Ok(format!(
            "freshness: documents p99 {:.0} ms, signals p99 {:.0} ms at {} changes/s",
            p99_ms(&self.documents)?,
            p99_ms(&self.signals)?,
            self.per_second(self.changes),
        ))
    }

    fn per_second(&self, count: u64) -> u64 {
        count / self.duration.as_secs().max(1)
    }
}

/// Formats a count in groups of three digits.
pub(crate) fn thousands_of(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
    thousands(count as f64)
}
