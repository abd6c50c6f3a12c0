//! How often is the room found that was looked for, and how far up?

/// Places of the rooms that were looked for, from 1; `None` for one that is not among the first ten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<Option<usize>>);

impl Figures {
    pub(crate) fn add(&mut self, place: Option<usize>) {
        self.0.push(place);
    }

    /// The share that stands among the first so many.
    pub(crate) fn success_at(&self, places: usize) -> f64 {
        let found = self.0.iter().flatten().filter(|&&place| place <= places);
        self.share(found.count() as f64)
    }

    /// The mean of one over the place.
    pub(crate) fn reciprocal_rank(&self) -> f64 {
        self.share(
            self.0
                .iter()
                .flatten()
                .map(|&place| 1.0 / place as f64)
                .sum(),
        )
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
