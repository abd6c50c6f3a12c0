//! Which segments become one?
//!
//! Every search visits all segments, so they are to be few; but a merge writes all of its documents
//! again, so it has to pay. Each segment that is kept is therefore many times larger than all
//! smaller ones together, and what is small is one segment. A segment that is left with too many
//! deleted documents is written again without them.
//!
//! Large and small segments never go into the same merge: tantivy throws a merge away when one of
//! its segments has lost all documents meanwhile, and a room that changes with every commit is often
//! alone in its segment.

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
/// Then `k` of them hold at least `SMALL_DOCUMENTS * SIZE_RATIO^(k - 1)` documents,
/// and a document is written again about `SIZE_RATIO + 1` times on its way past each of them.
const SIZE_RATIO: u64 = 10;

/// Segments of fewer documents are small: they are folded into one whenever there are two. It bounds what the
/// smallest commit costs: so many documents written again.
const SMALL_DOCUMENTS: u64 = 1_000;

/// Deleted documents take memory and a look each; beyond this share of a segment they are purged.
const DELETED_SHARE_MAX: f64 = 0.2;

/// Merges for a stream of mostly small commits.
#[derive(Clone, Debug)]
pub(crate) struct FewSegments {
    is_paused: Arc<AtomicBool>,
    running: Arc<Mutex<Vec<Running>>>,
    took: Arc<Mutex<Durations>>,
    index: Index,
}

/// A merge of committed segments that has been asked for.
#[derive(Debug)]
struct Running {
    segments: Vec<SegmentId>,
    began: Instant,
}

/// What the decision looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Size {
    alive: u64,
    deleted: u64,
}

impl FewSegments {
    /// Merges of this index, which tell how long each took.
    pub(crate) fn new(index: &Index, took: &Arc<Mutex<Durations>>) -> FewSegments {
        FewSegments {
            is_paused: Arc::default(),
            running: Arc::default(),
            took: Arc::clone(took),
            index: index.clone(),
        }
    }

    /// Leaves all segments as they are for now: during a bulk load every merge but the last would
    /// be in vain.
    pub(crate) fn pause(&self, is_paused: bool) {
        self.is_paused.store(is_paused, Ordering::Release);
    }

    /// Tantivy does not say when a merge has ended, but asks right after that, with the new segment in
    /// its list and without those that it was made of.
    fn measure(&self, begin: &[MergeCandidate]) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_empty() && begin.is_empty() {
            return;
        }
        let Ok(listed) = self.index.searchable_segment_ids() else {
            return;
        };
        let is_there = |segments: &[SegmentId]| segments.iter().all(|id| listed.contains(id));
        running.retain(|merge| {
            let is_running = is_there(&merge.segments);
            if !is_running {
                let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
                took.add(merge.began.elapsed());
            }
            is_running
        });
        // What failed, or went with a rollback, may be merged after all.
        let is_again = |id: &SegmentId| begin.iter().any(|merge| merge.0.contains(id));
        running.retain(|merge| !merge.segments.iter().any(is_again));
        // Segments that no commit has yet are in no list from which they could vanish.
        let begin = begin.iter().filter(|merge| is_there(&merge.0));
        running.extend(begin.map(|merge| Running {
            segments: merge.0.clone(),
            began: Instant::now(),
        }));
    }
}

impl MergePolicy for FewSegments {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        if self.is_paused.load(Ordering::Acquire) {
            self.measure(&[]);
            return Vec::new();
        }
        let mut segments: Vec<(Size, SegmentId)> = segments
            .iter()
            .map(|segment| (Size::of(segment), segment.id()))
            .collect();
        segments.sort_by_key(|(size, _)| std::cmp::Reverse(size.alive));
        let sizes: Vec<Size> = segments.iter().map(|&(size, _)| size).collect();
        let ids = |merged: Range<usize>| segments[merged].iter().map(|&(_, id)| id).collect();
        let candidates: Vec<MergeCandidate> = merges(&sizes)
            .into_iter()
            .map(|merged| MergeCandidate(ids(merged)))
            .collect();
        self.measure(&candidates);
        // Tantivy asks after each commit and after each merge.
        let place = if candidates.is_empty() {
            "no_merge_is_left"
        } else {
            "merge_begins"
        };
        crash_point(place);
        candidates
    }
}

impl Size {
    fn of(segment: &SegmentMeta) -> Size {
        Size {
            alive: u64::from(segment.num_docs()),
            deleted: u64::from(segment.num_deleted_docs()),
        }
    }

    fn is_worn(self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let (alive, deleted) = (self.alive as f64, self.deleted as f64);
        deleted > (alive + deleted) * DELETED_SHARE_MAX
    }
}

/// The merges that segments need, which are sorted from the largest to the smallest.
fn merges(sizes: &[Size]) -> Vec<Range<usize>> {
    let small_from = sizes.partition_point(|size| size.alive >= SMALL_DOCUMENTS);
    let large = merged_from(&sizes[..small_from])..small_from;
    let small = small_from..sizes.len();
    let is_worth_it = small.len() > 1 || sizes[small.clone()].iter().any(|size| size.is_worn());
    let small = if is_worth_it { small } else { 0..0 };
    [large, small]
        .into_iter()
        .filter(|merged| !merged.is_empty())
        .collect()
}

/// Of large segments, the first of those that become one; all smaller ones go with it, since what
/// is written anyway makes room for them.
fn merged_from(sizes: &[Size]) -> usize {
    let mut from = sizes.len();
    let mut smaller = 0;
    for (at, size) in sizes.iter().enumerate().rev() {
        if size.alive < SIZE_RATIO * smaller || size.is_worn() {
            from = at;
        }
        smaller += size.alive;
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Segments under a stream of commits, all merges done at once.
    #[derive(Default)]
    struct Index {
        sizes: Vec<Size>,
        rewritten: u64,
        rewritten_max: u64,
    }

    impl Index {
        fn commit(&mut self, added: u64) {
            self.sizes.push(Size {
                alive: added,
                deleted: 0,
            });
            self.settle();
        }

        /// Each of these changes deletes one document somewhere and adds another.
        fn update(&mut self, changes: u64, rng: &mut ChaCha8Rng) {
            for _ in 0..changes {
                let mut at = rng.random_range(0..self.alive());
                for size in &mut self.sizes {
                    if at < size.alive {
                        size.alive -= 1;
                        size.deleted += 1;
                        break;
                    }
                    at -= size.alive;
                }
            }
            self.commit(changes);
        }

        fn settle(&mut self) {
            loop {
                self.sizes.retain(|size| size.alive > 0);
                self.sizes.sort_by_key(|size| std::cmp::Reverse(size.alive));
                let Some(merged) = merges(&self.sizes).pop() else {
                    return;
                };
                let alive = self.sizes.drain(merged).map(|size| size.alive).sum();
                self.rewritten += alive;
                self.rewritten_max = self.rewritten_max.max(alive);
                self.sizes.push(Size { alive, deleted: 0 });
            }
        }

        fn alive(&self) -> u64 {
            self.sizes.iter().map(|size| size.alive).sum()
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
                assert!(index.sizes.iter().all(|size| !size.is_worn()));
            }
        }
    }

    #[test]
    fn an_index_that_grows_from_nothing_keeps_few_segments() {
        let mut index = Index::default();
        while index.alive() < 1_000_000 {
            index.commit(250);
            assert!(index.sizes.len() <= 4, "{:?}", index.sizes);
        }
        // Eleven times past each of three larger segments, and the small one every time.
        let written = index.rewritten / index.alive();
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
    fn one_small_commit_rewrites_only_what_is_small() {
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
        index.sizes[0].alive -= 199_000;
        index.sizes[0].deleted += 199_000;
        index.settle();
        assert_eq!(index.rewritten, 0, "a fifth is borne");
        index.sizes[0].alive -= 2_000;
        index.sizes[0].deleted += 2_000;
        index.settle();
        assert_eq!(
            index.sizes,
            [Size {
                alive: 799_000,
                deleted: 0
            }]
        );
    }

    #[test]
    fn large_and_small_segments_are_merged_apart() {
        let sizes = [900_000, 200_000, 5_000, 700, 1].map(|alive| Size { alive, deleted: 0 });
        assert_eq!(merges(&sizes), [0..3, 3..5]);
    }

    #[test]
    fn a_settled_index_is_left_alone() {
        for sizes in [&[][..], &[1], &[999], &[1_300_000, 110_000, 10_000, 500]] {
            let sizes: Vec<Size> = sizes
                .iter()
                .map(|&alive| Size { alive, deleted: 0 })
                .collect();
            assert!(merges(&sizes).is_empty(), "{sizes:?}");
        }
    }
}
