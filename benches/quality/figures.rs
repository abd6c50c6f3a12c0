//! Success rates and mean reciprocal rank of known-item searches.

/// The number of results per search that count. A room with a lower rank is not found.
pub(crate) const RANKS: usize = 10;

/// The ranks of the expected rooms, from 1; `None` for a room that was not found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<Option<usize>>);

impl Figures {
    pub(crate) fn add(&mut self, rank: Option<usize>) {
        self.0.push(rank);
    }

    /// The share of searches with the room among the first `ranks` results.
    pub(crate) fn success_at(&self, ranks: usize) -> f64 {
        let found = self.0.iter().flatten().filter(|&&rank| rank <= ranks);
        self.share(found.count() as f64)
    }

    /// The mean reciprocal rank.
    pub(crate) fn reciprocal_rank(&self) -> f64 {
        self.share(self.0.iter().flatten().map(|&rank| 1.0 / rank as f64).sum())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    fn share(&self, sum: f64) -> f64 {
        if self.0.is_empty() {
            0.0
        } else {
            sum / self.0.len() as f64
        }
    }
}
