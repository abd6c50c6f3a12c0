//! The results of each kind of search, as rows of the table.

use crate::times::{Times, thousands};

/// The results of one kind of search.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) engine: Times,
    pub(crate) sql: Times,
    pub(crate) http: Times,
    pub(crate) pool: Times,
    /// Number of compared searches, and of those with identical answers.
    pub(crate) compared: usize,
    pub(crate) agreed: usize,
}

impl Figures {
    /// The p50 of SQL over one connection divided by the p50 of the engine.
    pub(crate) fn engine_ratio(&self) -> Option<f64> {
        ratio(&self.sql, &self.engine)
    }

    /// The p50 of SQL through a pool divided by the p50 of the API.
    pub(crate) fn http_ratio(&self) -> Option<f64> {
        ratio(&self.pool, &self.http)
    }

    /// The heading of [`Figures::row`].
    pub(crate) fn heading() -> String {
        let side = "     p50       p95       p99";
        let sides = ["engine", "SQL", "HTTP", "SQL through a pool"];
        let named = sides.map(|name| format!("{name:>28}"));
        format!(
            "{:20}{}{}   ratio{}{}   ratio  agreement\n{:20}{side}{side}        {side}{side}",
            "microseconds", named[0], named[1], named[2], named[3], "",
        )
    }

    /// A row of the table.
    pub(crate) fn row(&self, name: &str) -> String {
        let ratio =
            |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.1}"));
        format!(
            "{name:20}{}{}{:>8}{}{}{:>8}{:>11}",
            columns(&self.engine),
            columns(&self.sql),
            ratio(self.engine_ratio()),
            columns(&self.http),
            columns(&self.pool),
            ratio(self.http_ratio()),
            percent(self.agreed, self.compared),
        )
    }
}

/// Formats a percentage. Only a complete match is 100%.
pub(crate) fn percent(part: usize, whole: usize) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of some thousands of searches"
    )]
    let share = 100.0 * part as f64 / whole as f64;
    if part == whole {
        "100%".to_owned()
    } else {
        format!("{:.1}%", share.min(99.9))
    }
}

fn ratio(slow: &Times, fast: &Times) -> Option<f64> {
    Some(slow.percentile_us(0.5)? / fast.percentile_us(0.5)?)
}

/// The 50th, 95th and 99th percentile, 27 characters wide.
fn columns(times: &Times) -> String {
    let shown = [0.5, 0.95, 0.99].map(|share| match times.percentile_us(share) {
        Some(us) if us < 1_000.0 => format!("{us:.1}"),
        Some(us) => thousands(us),
        None => "-".to_owned(),
    });
    format!("{:>8} {:>9} {:>9}", shown[0], shown[1], shown[2])
}
