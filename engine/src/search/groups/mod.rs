//! Groups the matches of a query by owner.
//!
//! The first step finds the best document of each owner like any search finds documents: an owner
//! whose best document is not competitive is skipped with all others. The second step walks all
//! matches of the owners on the page and keeps the best of each. Memory depends on the page;
//! counting takes one bit per owner.

mod members;

use crate::checkpoint::Position;
use crate::control::search_budget::SearchBudget;
use crate::index::{Snapshot, StoreError};
use crate::query::{Count, Query};
use crate::schema::Key;
use crate::search::aggregations;
use crate::search::collector::{Counter, TopCollector, Total};
use crate::search::compiled::{CompiledQuery, SearchContext};
use crate::search::execution::find;
use crate::search::match_iter::MatchIter;
use crate::search::results::{Hit, HitReader, Page};
use crate::search::terms::TermQuery;
use crate::signals::OwnerOrdinal;
use members::Members;

/// A page of groups. The query's limit and offset count groups.
#[derive(Clone, Debug)]
pub struct GroupedPage<H = Hit> {
    /// The owner of the best hit first. The total counts documents, and there is no cursor.
    pub page: Page<Group<H>>,
    /// The number of groups; `None` if the query does not count.
    pub groups_total: Option<Total>,
}

/// The matches of one owner. A document without an owner is a group of its own.
#[derive(Clone, Debug)]
pub struct Group<H = Hit> {
    /// The owner of all hits.
    pub owner: Option<Key>,
    /// The number of matches; a lower bound if the search was cut short.
    pub total: u64,
    /// The best first.
    pub hits: Vec<H>,
}

/// The best owners, each with its best `hits_max` hits.
pub(crate) fn search_groups<H>(
    snapshot: &Snapshot,
    context: SearchContext,
    query: &Query,
    hits_max: usize,
    position: Position,
    mut read: impl FnMut(Hit<&str>) -> H,
) -> Result<GroupedPage<H>, StoreError> {
    let mut budget = query.search_budget();
    let compiled = CompiledQuery::new(query, snapshot, context)?;
    let uncounted = Query {
        count: Count::None,
        ..query.clone()
    };
    let collector = || TopCollector::of_owners(query.page_end().max(1));
    let found = find(snapshot, &compiled, &uncounted, &mut budget, collector)?;
    let optional_words = found.optional_words();
    let (bests, terms) = (found.candidates, found.terms.as_ref());
    let mut members = Members::of(&bests, hits_max);
    members.fill(snapshot, &compiled, query, terms, &mut budget)?;
    let totals = count(snapshot, &compiled, query, terms, &mut budget)?;
    let facets =
        aggregations::count_facets(snapshot, &compiled.context, query, terms, &mut budget)?;
    let reader = HitReader::new(snapshot, &compiled.scorer, query, terms);
    let mut groups = Vec::with_capacity(bests.len());
    for best in &bests {
        let (total, candidates) = members.take(best);
        let mut owner = None;
        let hits = candidates.iter().map(|candidate| {
            reader.read(candidate, &mut budget, |hit| {
                owner = hit.document.owner;
                read(hit)
            })
        });
        let hits = hits.collect::<Result<Vec<H>, StoreError>>()?;
        groups.push(Group { owner, total, hits });
    }
    let groups_min = query.offset.saturating_add(bests.len()) as u64;
    let raised_to_found = |total: Total| Total {
        value: match bests.is_empty() {
            true => total.value,
            false => total.value.max(groups_min),
        },
        ..total
    };
    let (total, groups_total) = totals.unzip();
    let mut page = Page {
        hits: groups,
        total: total.map(raised_to_found),
        facets,
        next: None,
        position: snapshot.position().unwrap_or(position),
        optional_words,
        trace: found.trace,
    };
    page.close(&budget);
    let is_partial = page.trace.is_partial;
    let groups_total = groups_total.map(raised_to_found).map(|total| Total {
        is_exact: total.is_exact && !is_partial,
        ..total
    });
    Ok(GroupedPage { page, groups_total })
}

/// The best owners, each by its best hit alone. The other matches of an owner are not visited, so
/// this takes the time of a search for a page of hits, and there is neither a total nor a facet.
pub(crate) fn search_owners<H>(
    snapshot: &Snapshot,
    context: SearchContext,
    query: &Query,
    position: Position,
    mut read: impl FnMut(Hit<&str>) -> H,
) -> Result<Page<H>, StoreError> {
    let mut budget = query.search_budget();
    let compiled = CompiledQuery::new(query, snapshot, context)?;
    let uncounted = Query {
        count: Count::None,
        ..query.clone()
    };
    let collector = || TopCollector::of_owners(query.page_end().max(1));
    let found = find(snapshot, &compiled, &uncounted, &mut budget, collector)?;
    let reader = HitReader::new(snapshot, &compiled.scorer, query, found.terms.as_ref());
    let candidates = found.candidates.iter();
    let hits = candidates.map(|best| reader.read(best, &mut budget, &mut read));
    let mut page = Page {
        hits: hits.collect::<Result<Vec<H>, StoreError>>()?,
        total: None,
        facets: Vec::new(),
        next: None,
        position: snapshot.position().unwrap_or(position),
        optional_words: found.optional_words(),
        trace: found.trace,
    };
    page.close(&budget);
    Ok(page)
}

/// The number of matches and the number of their groups.
fn count(
    snapshot: &Snapshot,
    compiled: &CompiledQuery<'_>,
    query: &Query,
    terms: Option<&TermQuery>,
    budget: &mut SearchBudget,
) -> Result<Option<(Total, Total)>, StoreError> {
    let mut counter = Counter::new(query.count, 0);
    let owners_end = compiled.context.signals.ordinals_end();
    let (mut groups, mut seen) = (0, vec![0_u64; owners_end.div_ceil(64)]);
    for segment in 0..snapshot.segments.len() {
        let matches = MatchIter::of_segment(snapshot, segment, &compiled.filter, terms, budget)?;
        let Some(mut matches) = matches else { continue };
        let owners = &matches.view().segment.columns.owners;
        while counter.needs_more()
            && let Some(doc) = matches.next(budget)
        {
            counter.add(1);
            let owner = owners[doc as usize];
            let (word, bit) = (&mut seen[owner.0 as usize / 64], 1 << (owner.0 % 64));
            groups += u64::from(*word & bit == 0 || owner == OwnerOrdinal::NONE);
            *word |= bit;
        }
    }
    Ok(counter.total(budget.is_exhausted()).map(|total| {
        let groups = Total {
            value: groups,
            ..total
        };
        (total, groups)
    }))
}
