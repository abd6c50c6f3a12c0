//! The figures of one measurement, as a row of the table, and the best of all rounds.

use std::time::Duration;

use crate::load::Answered;
use crate::times::Times;

/// Searches next to another load.
pub(crate) struct Figures {
    pub(crate) searches: Answered,
    pub(crate) other: Option<Answered>,
    pub(crate) node_cpu: Option<Duration>,
    pub(crate) duration: Duration,
}

impl Figures {
    pub(crate) fn heading() -> &'static str {
        "                   ------------ searches -----------   ----------- the others ----------\n\
         next to              per s      p50      p99   failed    per s      p50      p99   failed   node CPU"
    }

    pub(crate) fn row(&self, name: &str) -> String {
        let other = self.other.as_ref().map(|it| self.columns(it));
        let cpu = self.node_cpu.map(|cpu| {
            let share = cpu.as_secs_f64() / self.duration.as_secs_f64();
            format!("{:.0} %", 100.0 * share)
        });
        let failures = [Some(&self.searches), self.other.as_ref()];
        let failures = failures.into_iter().flatten();
        let failures = failures.filter_map(|it| Some(format!("\n  {}", it.failure.as_ref()?)));
        format!(
            "{name:<18}{} {:>36}{:>11}{}",
            self.columns(&self.searches),
            other.unwrap_or_default(),
            cpu.unwrap_or_default(),
            failures.collect::<String>(),
        )
    }

    fn columns(&self, answered: &Answered) -> String {
        #[expect(clippy::cast_precision_loss, reason = "counts within some seconds")]
        let per_second = answered.times.len() as f64 / self.duration.as_secs_f64();
        format!(
            "{per_second:>9.0}{:>9.2}{:>9.2}{:>9}",
            ms(&answered.times, 0.5),
            ms(&answered.times, 0.99),
            answered.failed,
        )
    }

    fn search_p99_ms(&self) -> f64 {
        ms(&self.searches.times, 0.99)
    }
}

/// The best p99 of each kind in all rounds. Other work on the machine only ever makes them worse.
pub(crate) struct Summary {
    alone_ms: f64,
    patches_ms: f64,
    logins_ms: f64,
    bursts_ms: f64,
    patch_ms: f64,
}

impl Default for Summary {
    fn default() -> Summary {
        Summary {
            alone_ms: f64::INFINITY,
            patches_ms: f64::INFINITY,
            logins_ms: f64::INFINITY,
            bursts_ms: f64::INFINITY,
            patch_ms: f64::INFINITY,
        }
    }
}

impl Summary {
    /// Adds a round: searches alone, next to PATCHes, next to sign-ins without a pause, next to
    /// bursts of sign-ins, and alone again.
    pub(crate) fn add(&mut self, [alone, patches, logins, bursts, again]: [Figures; 5]) {
        self.alone_ms = self.alone_ms.min(alone.search_p99_ms());
        self.alone_ms = self.alone_ms.min(again.search_p99_ms());
        self.patches_ms = self.patches_ms.min(patches.search_p99_ms());
        self.logins_ms = self.logins_ms.min(logins.search_p99_ms());
        self.bursts_ms = self.bursts_ms.min(bursts.search_p99_ms());
        if let Some(answered) = &patches.other {
            self.patch_ms = self.patch_ms.min(ms(&answered.times, 0.99));
        }
    }

    pub(crate) fn line(&self) -> String {
        format!(
            "mixed: PATCH p99 {:.1} ms; search p99 {:.2} ms alone, {:.1} times that next to PATCHes, \
             {:.1} times next to sign-ins, {:.1} times next to bursts of them",
            self.patch_ms,
            self.alone_ms,
            self.patches_ms / self.alone_ms,
            self.logins_ms / self.alone_ms,
            self.bursts_ms / self.alone_ms,
        )
    }
}

/// A percentile in milliseconds; 0 without any time.
pub(crate) fn ms(times: &Times, share: f64) -> f64 {
    times.percentile_us(share).unwrap_or_default() / 1e3
}
