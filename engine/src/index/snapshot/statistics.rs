//! The statistics of a collection that scores depend on.

use super::segment_view::SegmentView;
use crate::index::columns::RatingSums;

/// Sums and means over a snapshot. All of them include deleted documents until a merge drops these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statistics {
    pub(crate) documents: u64,
    /// The mean of [`Columns::lengths`](crate::index::Columns).
    pub(crate) words_average: f64,
    pub(crate) rating_mean: f64,
}

impl Statistics {
    pub(super) fn of(segments: &[SegmentView]) -> Statistics {
        let (mut documents, mut words) = (0u64, 0u64);
        let mut ratings = RatingSums::default();
        for view in segments {
            documents += u64::from(view.reader.max_doc());
            words += view.segment.words;
            ratings.add(view.segment.ratings);
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let words_average = words as f64 / documents.max(1) as f64;
        Statistics {
            documents,
            words_average,
            rating_mean: ratings.mean(),
        }
    }
}
