//! Which owners have the best documents, and which are these?
//!
//! First the best document of each owner is looked for, as any search looks for documents: an owner
//! whose best can't come in is passed over with all that it has. Then every match of the owners on the
//! page is walked, and each keeps its best. Memory depends on the page; counting takes a bit an owner.

mod best_of_owners;

use std::collections::HashMap;

use super::effort::Effort;
use super::every_match::EveryMatch;
use super::filter::Filter;
use super::judge::Judge;
use super::text::Text;
use super::top::{Candidate, Top};
use super::{Hit, HitReader, Page, Total, facets, find, wanted};
use crate::checkpoint::Position;
use crate::document::Key;
use crate::index::{Snapshot, StoreError};
use crate::query::{Count, Query};
use crate::search::count::Counter;
use crate::signals::{OwnerOrdinal, SignalView};
pub(super) use best_of_owners::BestOfOwners;

/// An answer of owners. The query's limit and offset count them.
#[derive(Clone, Debug)]
pub struct GroupedPage<H = Hit> {
    /// The owner of the best hit first. Its total counts documents, and nothing continues it.
    pub page: Page<Group<H>>,
    /// How many groups the matches are; `None` if that was not asked.
    pub groups_total: Option<Total>,
}

/// The matches of one owner. A document without an owner is a group of its own.
#[derive(Clone, Debug)]
pub struct Group<H = Hit> {
    /// Whose they are.
    pub owner: Option<Key>,
    /// How many match; a number that is reached if the search was cut short.
    pub total: u64,
    /// The best first.
    pub hits: Vec<H>,
}

/// The best documents of owners, so many of each.
pub(crate) fn search_groups<H>(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    hits_max: usize,
    position: Position,
    mut read: impl FnMut(Hit<&str>) -> H,
) -> Result<GroupedPage<H>, StoreError> {
    let judge = Judge::new(query, snapshot, signals)?;
    let uncounted = Query {
        count: Count::None,
        ..query.clone()
    };
    let top = || Top::of_owners(wanted(query).max(1));
    let found = find(snapshot, &judge, &uncounted, top)?;
    let optional_words = found.optional_words;
    let (bests, text, mut trace) = (found.candidates, found.text, found.trace);
    let mut effort = Effort::until(query.deadline);
    let mut members = Members::of(&bests, hits_max);
    members.fill(snapshot, &judge, query, text.as_ref(), &mut effort)?;
    let totals = count(snapshot, &judge, query, text.as_ref(), &mut effort)?;
    trace.is_partial |= effort.is_over();
    let reader = HitReader::new(snapshot, &judge, query, text.as_ref());
    let mut groups = Vec::with_capacity(bests.len());
    for best in &bests {
        let (total, candidates) = members.take(best);
        let mut owner = None;
        let hits = candidates.iter().map(|candidate| {
            reader.read(candidate, |hit| {
                owner = hit.document.owner;
                read(hit)
            })
        });
        let hits = hits.collect::<Result<Vec<H>, StoreError>>()?;
        groups.push(Group { owner, total, hits });
    }
    let facets = facets::count(snapshot, judge.signals(), query, text.as_ref())?;
    let found = query.offset.saturating_add(bests.len()) as u64;
    let at_least_found = |total: Total| Total {
        value: match bests.is_empty() {
            true => total.value,
            false => total.value.max(found),
        },
        ..total
    };
    let (total, groups_total) = totals.unzip();
    Ok(GroupedPage {
        page: Page {
            hits: groups,
            total: total.map(at_least_found),
            facets,
            next: None,
            position: snapshot.position().unwrap_or(position),
            optional_words,
            trace,
        },
        groups_total: groups_total.map(at_least_found),
    })
}

/// The best matches of the owners on a page.
struct Members {
    owners: HashMap<OwnerOrdinal, OfOwner>,
    hits_max: usize,
}

struct OfOwner {
    /// The one that brought the owner in, which is known.
    best: Candidate,
    total: u64,
    top: Top,
}

impl Members {
    fn of(bests: &[Candidate], hits_max: usize) -> Members {
        let owned = bests.iter().filter(|best| best.owner != OwnerOrdinal::NONE);
        let owners = owned.map(|&best| {
            let mut top = Top::new(hits_max, None);
            top.offer(best);
            let total = 1;
            (best.owner, OfOwner { best, total, top })
        });
        Members {
            owners: owners.collect(),
            hits_max,
        }
    }

    fn fill(
        &mut self,
        snapshot: &Snapshot,
        judge: &Judge<'_>,
        query: &Query,
        text: Option<&Text>,
        effort: &mut Effort,
    ) -> Result<(), StoreError> {
        if self.owners.is_empty() {
            return Ok(());
        }
        let slots = self.owners.keys().copied().collect();
        let filter = Filter::new(query, snapshot, judge.signals().clone())?.of_owners(slots);
        for (segment, view) in (0..).zip(&snapshot.segments) {
            let every = EveryMatch::of_segment(snapshot, segment as usize, &filter, text)?;
            let Some(mut every) = every else { continue };
            let slots = &view.segment.columns.slots;
            while let Some(doc) = every.next(effort) {
                let of_owner = self.owners.get_mut(&slots[doc as usize]);
                let Some(of_owner) = of_owner else { continue };
                if (of_owner.best.segment, of_owner.best.doc) == (segment, doc) {
                    continue;
                }
                of_owner.total += 1;
                let candidate = judge.candidate(view, segment, doc, every.text());
                of_owner.top.offer(candidate);
            }
        }
        Ok(())
    }

    /// How many matches there are of a group, and the best of them.
    fn take(&mut self, best: &Candidate) -> (u64, Vec<Candidate>) {
        match self.owners.remove(&best.owner) {
            Some(of_owner) => (of_owner.total, of_owner.top.into_sorted()),
            None => (1, vec![*best; 1.min(self.hits_max)]),
        }
    }
}

/// How many documents match, and how many groups they are.
fn count(
    snapshot: &Snapshot,
    judge: &Judge<'_>,
    query: &Query,
    text: Option<&Text>,
    effort: &mut Effort,
) -> Result<Option<(Total, Total)>, StoreError> {
    let mut counter = Counter::new(query.count, 0);
    let (mut groups, mut seen) = (0, vec![0_u64; judge.signals().ordinals_end().div_ceil(64)]);
    for segment in 0..snapshot.segments.len() {
        let every = EveryMatch::of_segment(snapshot, segment, judge.filter(), text)?;
        let Some(mut every) = every else { continue };
        let slots = &every.view().segment.columns.slots;
        while counter.wants_more()
            && let Some(doc) = every.next(effort)
        {
            counter.add(1);
            let slot = slots[doc as usize];
            let (word, bit) = (&mut seen[slot.0 as usize / 64], 1 << (slot.0 % 64));
            groups += u64::from(*word & bit == 0 || slot == OwnerOrdinal::NONE);
            *word |= bit;
        }
    }
    Ok(counter.total(effort.is_over()).map(|total| {
        let groups = Total {
            value: groups,
            ..total
        };
        (total, groups)
    }))
}
