//! How are times summed up and shown?

use crate::times::{Times, thousands};

/// Everything about one kind of search.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) engine: Times,
    pub(crate) sql: Times,
    pub(crate) http: Times,
    pub(crate) pool: Times,
    /// Comparisons of answers, and how many of those agreed.
    pub(crate) compared: usize,
    pub(crate) agreed: usize,
}

impl Times {
    /// The 50th, 95th and 99th percentile, 27 characters wide.
    pub(crate) fn columns(&self) -> String {
        let shown = [0.5, 0.95, 0.99].map(|share| match self.percentile_us(share) {
            Some(us) if us < 1_000.0 => format!("{us:.1}"),
            Some(us) => thousands(us),
            None => "-".to_owned(),
        });
        format!("{:>8} {:>9} {:>9}", shown[0], shown[1], shown[2])
    }
}

impl Figures {
    /// How many times faster the engine is than SQL over one connection, at the median.
    pub(crate) fn engine_ratio(&self) -> Option<f64> {
        ratio(&self.sql, &self.engine)
    }

    /// How many times faster the API is than SQL through a pool, at the median.
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

    /// A line of the table.
    pub(crate) fn row(&self, name: &str) -> String {
        let ratio =
            |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.1}"));
        format!(
            "{name:20}{}{}{:>8}{}{}{:>8}{:>11}",
            self.engine.columns(),
            self.sql.columns(),
            ratio(self.engine_ratio()),
            self.http.columns(),
            self.pool.columns(),
            ratio(self.http_ratio()),
            percent(self.agreed, self.compared),
        )
    }
}

/// A share, only called 100% when it is all.
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
