//! Reports the progress of a copy to the status and the log.

use std::time::{Duration, Instant};

use crate::apply::Applier;
use crate::status::Phase;

/// The progress of the copy of one table.
pub(super) struct CopyProgress {
    table: &'static str,
    /// An estimate of the number of rows.
    estimate: u64,
    rows: u64,
    started_at: Instant,
    logged_at: Instant,
}

impl CopyProgress {
    pub(super) fn start(table: &'static str, estimate: u64, applier: &Applier) -> CopyProgress {
        let now = Instant::now();
        let progress = CopyProgress {
            table,
            estimate,
            rows: 0,
            started_at: now,
            logged_at: now,
        };
        progress.report(applier, progress.total());
        progress
    }

    /// Counts a row, and reports the progress from time to time.
    pub(super) fn count(&mut self, applier: &Applier) {
        const REPORT_EVERY_ROWS: u64 = 1024;
        const LOG_EVERY: Duration = Duration::from_secs(5);
        self.rows += 1;
        if !self.rows.is_multiple_of(REPORT_EVERY_ROWS) {
            return;
        }
        if self.logged_at.elapsed() >= LOG_EVERY {
            self.logged_at = Instant::now();
            self.log("copying a table", self.total());
        }
        self.report(applier, self.total());
    }

    /// Reports the exact number of rows.
    pub(super) fn finish(&self, applier: &Applier) {
        self.report(applier, self.rows);
        self.log("copied a table", self.rows);
    }

    /// The estimated number of rows, which is never below the number of copied rows.
    fn total(&self) -> u64 {
        self.estimate.max(self.rows)
    }

    fn report(&self, applier: &Applier, total: u64) {
        let phase = Phase::Copying {
            table: self.table,
            rows: self.rows,
            total,
        };
        applier.status().update(|progress| {
            progress.phase = phase;
            progress.rows = applier.rows();
        });
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rate for a person to read"
    )]
    fn log(&self, message: &str, total: u64) {
        let seconds = self.started_at.elapsed().as_secs_f64().max(0.001);
        tracing::info!(
            table = self.table,
            rows = self.rows,
            total,
            rows_per_s = (self.rows as f64 / seconds) as u64,
            "{message}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::{Store, StoreOptions};

    use crate::apply::VerifyResponder;
    use crate::config::FollowConfig;
    use crate::status::Status;

    fn after_2048_rows(estimate: u64) -> (Phase, Phase) {
        let folder = tempfile::tempdir().unwrap();
        let (writer, _) = Store::open(
            folder.path(),
            &roost_collections::built_in(),
            &StoreOptions::default(),
        )
        .unwrap();
        let config = FollowConfig::new("postgres://localhost/rooms".parse().unwrap());
        let (status, verify) = (Status::new(), VerifyResponder::disabled());
        let applier = Applier::new(&config, writer, status.clone(), verify);
        let mut progress = CopyProgress::start("rooms", estimate, &applier);
        (0..2048).for_each(|_| progress.count(&applier));
        let during = status.progress().phase;
        progress.finish(&applier);
        (during, status.progress().phase)
    }

    fn copying(rows: u64, total: u64) -> Phase {
        let table = "rooms";
        Phase::Copying { table, rows, total }
    }

    #[test]
    fn an_estimate_is_never_below_the_copied_rows_and_ends_at_their_number() {
        for (estimate, total) in [(0, 2048), (1000, 2048), (5000, 5000)] {
            let reported = after_2048_rows(estimate);
            assert_eq!(reported, (copying(2048, total), copying(2048, 2048)));
        }
    }
}
