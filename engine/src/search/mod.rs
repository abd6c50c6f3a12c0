//! Which documents answer a query, and in which order?

mod best_first;
mod plan;
mod text;
mod text_driven;
mod top;

#[cfg(test)]
mod against_brute_force;

use uuid::Uuid;

use crate::checkpoint::Position;
use crate::document::{Document, Key};
use crate::index::{Snapshot, StoreError};
use crate::query::{After, Count, Query};
use crate::score::Explanation;
use crate::signals::SignalView;
use plan::Plan;
use text::Text;
use top::{Candidate, Top};

/// An answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// The best first.
    pub hits: Vec<Hit>,
    /// How many match; `None` if that was not asked.
    pub total: Option<Total>,
    /// Where to continue; `None` at the end.
    pub next: Option<After>,
    /// The answer shows the source up to here, or a little later.
    pub position: Position,
}

/// How many documents match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The number, or a number that is reached.
    pub value: u64,
    /// Whether it is the number itself.
    pub is_exact: bool,
}

/// One document of an answer.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The document as it was indexed.
    pub document: Document,
    /// Great-circle distance in metres, if the query has a center.
    pub distance_m: Option<f64>,
    /// The match score, 0 to 100.
    pub score: f64,
    /// What the order goes by, larger first: the score, or what [`crate::Sort`] names, negated where less is
    /// better.
    pub rank_value: f64,
    /// How the score came about, if the query asks.
    pub explanation: Option<Explanation>,
}

pub(crate) fn search(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    position: Position,
) -> Result<Page, StoreError> {
    let plan = Plan::new(query, snapshot, signals);
    // One more than asked tells whether there is a next page.
    let wanted = query.offset.saturating_add(query.limit);
    let mut top = Top::new(wanted.saturating_add(1), query.after);
    let total = match &query.text {
        Some(words) => {
            let text = Text::look_up(words, snapshot)?;
            text_driven::search(snapshot, &plan, &text, query.count, &mut top)?
        }
        None => {
            best_first::search(snapshot, &plan, &mut top);
            best_first::count(snapshot, &plan, query.count)
        }
    };
    let candidates = top.into_sorted();
    let has_more = candidates.len() > wanted;
    let page = candidates.iter().take(wanted).skip(query.offset);
    let hits: Result<Vec<Hit>, StoreError> = page
        .map(|candidate| hit(snapshot, &plan, query, candidate))
        .collect();
    let hits = hits?;
    let last = hits.last().filter(|_| has_more);
    let next = last.map(|hit| After {
        rank_value: hit.rank_value,
        key: hit.document.key,
    });
    Ok(Page {
        hits,
        total,
        next,
        position: snapshot.position().unwrap_or(position),
    })
}

pub(crate) fn score(
    snapshot: &Snapshot,
    signals: SignalView,
    key: Key,
    query: &Query,
) -> Result<Option<Hit>, StoreError> {
    let Some((segment, doc)) = snapshot.find(key)? else {
        return Ok(None);
    };
    let plan = Plan::new(query, snapshot, signals);
    let view = &snapshot.segments[segment as usize];
    let text = match &query.text {
        Some(words) => Text::look_up(words, snapshot)?.value_of(segment as usize, view, doc)?,
        None => 0.0,
    };
    let rank_value = plan.rank_value(&view.segment.columns, doc, text);
    let candidate = Candidate {
        rank_value,
        key: key.as_u128(),
        text,
        segment,
        doc,
    };
    hit(snapshot, &plan, query, &candidate).map(Some)
}

fn hit(
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    query: &Query,
    candidate: &Candidate,
) -> Result<Hit, StoreError> {
    let columns = &snapshot.segments[candidate.segment as usize]
        .segment
        .columns;
    let values = plan.values(columns, candidate.doc, candidate.text);
    let document = snapshot.document(candidate.segment, candidate.doc)?;
    debug_assert_eq!(document.key, Uuid::from_u128(candidate.key));
    Ok(Hit {
        document,
        distance_m: plan.distance_m(columns, candidate.doc),
        score: plan.scorer().score(&values),
        rank_value: candidate.rank_value,
        explanation: query.explain.then(|| plan.scorer().explain(&values)),
    })
}

/// How far a count goes before it is enough.
fn count_limit(count: Count) -> u64 {
    match count {
        Count::None => 0,
        Count::UpTo(limit) => limit,
        Count::Exact => u64::MAX,
    }
}

fn total(count: Count, counted: u64) -> Option<Total> {
    match count {
        Count::None => None,
        Count::Exact => Some(Total {
            value: counted,
            is_exact: true,
        }),
        Count::UpTo(limit) => Some(Total {
            value: counted.min(limit),
            is_exact: counted <= limit,
        }),
    }
}
