//! The merge policy: few segments under a stream of mostly small commits.
//!
//! Every search visits all segments, so there should be few. But a merge rewrites all of its
//! documents. So each large segment is many times larger than all smaller ones together, and the
//! small ones are merged into one. A segment with too many deleted documents is rewritten without
//! them.
//!
//! Large and small segments are never merged together: tantivy discards a merge if one of its
//! segments has lost all documents meanwhile, and a document that changes with every commit is
//! often alone in its segment.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tantivy::Index;
use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::indexer::{MergeCandidate, MergePolicy};

use crate::store::crash_point::crash_point;
use crate::store::durations::Durations;

/// A large segment has at least this many times the documents of all smaller large ones together.
/// So `k` of them contain at least `SMALL_DOCUMENTS * SIZE_RATIO^(k - 1)` documents, and a document
/// is rewritten about `SIZE_RATIO + 1` times on its way past each of them.
const SIZE_RATIO: u64 = 10;

/// Segments of fewer documents are small: two of them are merged at once. This bounds the number of
/// documents that the smallest commit rewrites.
const SMALL_DOCUMENTS: u64 = 1_000;

/// Deleted documents take memory and time in searches. Beyond this share a segment is rewritten.
const DELETED_SHARE_MAX: f64 = 0.2;

/// Decides on merges, and measures them.
#[derive(Clone, Debug)]
pub(crate) struct FewSegmentsMergePolicy {
    is_paused: Arc<AtomicBool>,
    running: Arc<Mutex<Vec<RunningMerge>>>,
    durations: Arc<Mutex<Durations>>,
    index: Index,
}

/// A requested merge of committed segments.
#[derive(Debug)]
struct RunningMerge {
    segments: Vec<SegmentId>,
    started_at: Instant,
}

/// The size of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Size {
    live: u64,
    deleted: u64,
}

impl FewSegmentsMergePolicy {
    /// A policy for one index that records the duration of each merge.
    pub(crate) fn new(index: &Index, durations: &Arc<Mutex<Durations>>) -> FewSegmentsMergePolicy {
        FewSegmentsMergePolicy {
            is_paused: Arc::default(),
            running: Arc::default(),
            durations: Arc::clone(durations),
            index: index.clone(),
        }
    }

    /// Pauses all merges: during a bulk load every merge but the last would be wasted.
    pub(crate) fn pause(&self, is_paused: bool) {
        self.is_paused.store(is_paused, Ordering::Release);
    }

    /// Tantivy does not report the end of a merge, but calls the policy right after it, when its
    /// list contains the new segment and not the merged ones.
    fn measure(&self, starting: &[MergeCandidate]) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_empty() && starting.is_empty() {
            return;
        }
        let Ok(listed) = self.index.searchable_segment_ids() else {
            return;
        };
        let are_listed = |segments: &[SegmentId]| segments.iter().all(|id| listed.contains(id));
        running.retain(|merge| {
            let is_running = are_listed(&merge.segments);
            if !is_running {
                let durations = self.durations.lock();
                durations
                    .unwrap_or_else(PoisonError::into_inner)
                    .add(merge.started_at.elapsed());
            }
            is_running
        });
        // A merge that failed, or was rolled back, may start again.
        let starts_again = |id: &SegmentId| starting.iter().any(|merge| merge.0.contains(id));
        running.retain(|merge| !merge.segments.iter().any(starts_again));
        // Segments before their first commit are not listed, so their merges cannot be measured.
        let starting = starting.iter().filter(|merge| are_listed(&merge.0));
        running.extend(starting.map(|merge| RunningMerge {
            segments: merge.0.clone(),
            started_at: Instant::now(),
        }));
    }
}

impl MergePolicy for FewSegmentsMergePolicy {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        if self.is_paused.load(Ordering::Acquire) {
            self.measure(&[]);
            return Vec::new();
        }
        let mut segments: Vec<(Size, SegmentId)> = segments
            .iter()
            .map(|segment| (Size::of(segment), segment.id()))
            .collect();
        segments.sort_by_key(|(size, _)| std::cmp::Reverse(size.live));
        let sizes: Vec<Size> = segments.iter().map(|&(size, _)| size).collect();
        let ids = |merged: Range<usize>| segments[merged].iter().map(|&(_, id)| id).collect();
        let candidates: Vec<MergeCandidate> = merges(&sizes)
            .into_iter()
            .map(|merged| MergeCandidate(ids(merged)))
            .collect();
        self.measure(&candidates);
        // Tantivy calls this after each commit and after each merge.
        let name = if candidates.is_empty() {
            "no_merge_is_left"
        } else {
            "merge_begins"
        };
        crash_point(name);
        candidates
    }
}

impl Size {
    fn of(segment: &SegmentMeta) -> Size {
        Size {
            live: u64::from(segment.num_docs()),
            deleted: u64::from(segment.num_deleted_docs()),
        }
    }

    fn has_too_many_deletes(self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let (live, deleted) = (self.live as f64, self.deleted as f64);
        deleted > (live + deleted) * DELETED_SHARE_MAX
    }
}

/// The merges of segments that are sorted by size, the largest first.
fn merges(sizes: &[Size]) -> Vec<Range<usize>> {
    let small_from = sizes.partition_point(|size| size.live >= SMALL_DOCUMENTS);
    let large = first_merged(&sizes[..small_from])..small_from;
    let small = small_from..sizes.len();
    let needs_merge = small.len() > 1
        || sizes[small.clone()]
            .iter()
            .any(|size| size.has_too_many_deletes());
    let small = if needs_merge { small } else { 0..0 };
    [large, small]
        .into_iter()
        .filter(|merged| !merged.is_empty())
        .collect()
}

/// The index of the first large segment to merge; all smaller large ones are merged with it.
fn first_merged(sizes: &[Size]) -> usize {
    let mut from = sizes.len();
    let mut smaller = 0;
    for (at, size) in sizes.iter().enumerate().rev() {
        if size.live < SIZE_RATIO * smaller || size.has_too_many_deletes() {
            from = at;
        }
        smaller += size.live;
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Segments under a stream of commits, with every merge done at once.
    #[derive(Default)]
    struct Index {
        sizes: Vec<Size>,
        rewritten: u64,
        rewritten_max: u64,
    }

    impl Index {
        fn commit(&mut self, added: u64) {
            self.sizes.push(Size {
                live: added,
                deleted: 0,
            });
            self.settle();
        }

        /// Each change deletes one document somewhere and adds another.
        fn update(&mut self, changes: u64, rng: &mut ChaCha8Rng) {
            for _ in 0..changes {
                let mut at = rng.random_range(0..self.live());
                for size in &mut self.sizes {
                    if at < size.live {
                        size.live -= 1;
                        size.deleted += 1;
                        break;
                    }
                    at -= size.live;
                }
            }
            self.commit(changes);
        }

        fn settle(&mut self) {
            loop {
                self.sizes.retain(|size| size.live > 0);
                self.sizes.sort_by_key(|size| std::cmp::Reverse(size.live));
                let Some(merged) = merges(&self.sizes).pop() else {
                    return;
                };
                let live = self.sizes.drain(merged).map(|size| size.live).sum();
                self.rewritten += live;
                self.rewritten_max = self.rewritten_max.max(live);
                self.sizes.push(Size { live, deleted: 0 });
            }
        }

        fn live(&self) -> u64 {
            self.sizes.iter().map(|size| size.live).sum()
        }
    }

    #[test]
    fn a_million_documents_stay_in_four_segments_under_any_stream_of_commits() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for changes_max in [1, 10, 100, 1_000, 10_000] {
            let mut index = Index::default();
            index.commit(900_000);
            for _ in 0..2_000 {
                let changes = rng.random_range(1..=changes_max);
                index.update(changes, &mut rng);
                assert!(index.sizes.len() <= 4, "{:?}", index.sizes);
                assert!(index.sizes.iter().all(|size| !size.has_too_many_deletes()));
            }
        }
    }

    #[test]
    fn an_index_that_grows_from_nothing_keeps_few_segments() {
        let mut index = Index::default();
        while index.live() < 1_000_000 {
            index.commit(250);
            assert!(index.sizes.len() <= 4, "{:?}", index.sizes);
        }
        // Eleven times past each of three larger segments, and the small one every time.
        let written = index.rewritten / index.live();
        assert!(
            written < 3 * (SIZE_RATIO + 1) + SMALL_DOCUMENTS / 250,
            "{written}"
        );
    }

    #[test]
    fn a_document_is_rewritten_a_bounded_number_of_times() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut index = Index::default();
        index.commit(1_000_000);
        index.update(20_000, &mut rng);
        index.rewritten = 0;
        let (commits, changes) = (10_000, 100);
        for _ in 0..commits {
            index.update(changes, &mut rng);
        }
        let per_change = index.rewritten / (commits * changes);
        assert!(
            per_change < 3 * (SIZE_RATIO + 1) + SMALL_DOCUMENTS / changes,
            "{per_change} documents written for each change"
        );
    }

    #[test]
    fn one_small_commit_rewrites_only_small_segments() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut index = Index::default();
        for size in [1_000_000, 60_000, 4_000] {
            index.commit(size);
        }
        index.rewritten_max = 0;
        for _ in 0..300 {
            index.update(1, &mut rng);
        }
        assert!(
            index.rewritten_max < SMALL_DOCUMENTS,
            "{}",
            index.rewritten_max
        );
    }

    #[test]
    fn deletes_alone_are_purged_from_the_largest_segment_too() {
        let mut index = Index::default();
        index.commit(1_000_000);
        index.sizes[0].live -= 199_000;
        index.sizes[0].deleted += 199_000;
        index.settle();
        assert_eq!(index.rewritten, 0, "a fifth is tolerated");
        index.sizes[0].live -= 2_000;
        index.sizes[0].deleted += 2_000;
        index.settle();
        assert_eq!(
            index.sizes,
            [Size {
                live: 799_000,
                deleted: 0
            }]
        );
    }

    #[test]
    fn large_and_small_segments_are_merged_separately() {
        let sizes = [900_000, 200_000, 5_000, 700, 1].map(|live| Size { live, deleted: 0 });
        assert_eq!(merges(&sizes), [0..3, 3..5]);
    }

    #[test]
    fn a_settled_index_is_not_merged() {
        for sizes in [&[][..], &[1], &[999], &[1_300_000, 110_000, 10_000, 500]] {
            let sizes: Vec<Size> = sizes
                .iter()
                .map(|&live| Size { live, deleted: 0 })
                .collect();
            assert!(merges(&sizes).is_empty(), "{sizes:?}");
        }
    }
}
