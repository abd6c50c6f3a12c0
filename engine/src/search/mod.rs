//! Which documents answer a query, and in which order?

mod best_first;
mod filter;
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
use crate::query::{After, Count, PlanName, Query};
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
    /// How the answer was found.
    pub trace: Trace,
}

/// An answer without its documents.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// The best first.
    pub ranked: Vec<Ranked>,
    /// How many match; `None` if that was not asked.
    pub total: Option<Total>,
    /// Where to continue; `None` at the end.
    pub next: Option<After>,
    /// The answer shows the source up to here, or a little later.
    pub position: Position,
    /// How the answer was found.
    pub trace: Trace,
}

/// One document's place in an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Which document.
    pub key: Key,
    /// As [`Hit::rank_value`].
    pub rank_value: f64,
    /// Great-circle distance in metres, if the query has a center.
    pub distance_m: Option<f64>,
}

/// How an answer was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// The way taken.
    pub plan: PlanName,
    /// Nodes of the tree that were judged, for hits and count together.
    pub nodes_visited: u64,
    /// Documents whose rank value was computed.
    pub documents_scored: u64,
    /// The best that anything unseen could have reached; `None` if nothing was left.
    pub bound_at_stop: Option<f64>,
    /// The deadline came first: the hits are the best of what was visited, and the total is a
    /// number that is reached.
    pub is_partial: bool,
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
    let found = find(snapshot, &plan, query)?;
    let hits: Result<Vec<Hit>, StoreError> = found
        .candidates
        .iter()
        .map(|candidate| hit(snapshot, &plan, query, candidate))
        .collect();
    Ok(Page {
        hits: hits?,
        total: found.total,
        next: found.next,
        position: snapshot.position().unwrap_or(position),
        trace: found.trace,
    })
}

pub(crate) fn rank(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    position: Position,
) -> Result<Ranking, StoreError> {
    let plan = Plan::new(query, snapshot, signals);
    let found = find(snapshot, &plan, query)?;
    let ranked = found.candidates.iter().map(|candidate| {
        let columns = &snapshot.segments[candidate.segment as usize]
            .segment
            .columns;
        Ranked {
            key: Uuid::from_u128(candidate.key),
            rank_value: candidate.rank_value,
            distance_m: plan.distance_m(columns, candidate.doc),
        }
    });
    Ok(Ranking {
        ranked: ranked.collect(),
        total: found.total,
        next: found.next,
        position: snapshot.position().unwrap_or(position),
        trace: found.trace,
    })
}

/// The page of candidates that a query asks for.
struct Found {
    candidates: Vec<Candidate>,
    total: Option<Total>,
    next: Option<After>,
    trace: Trace,
}

fn find(snapshot: &Snapshot, plan: &Plan<'_>, query: &Query) -> Result<Found, StoreError> {
    // One more than asked tells whether there is a next page.
    let wanted = query.offset.saturating_add(query.limit);
    let mut top = Top::new(wanted.saturating_add(1), query.after);
    let total = match &query.text {
        Some(words) => {
            let text = Text::look_up(words, snapshot)?;
            text_driven::search(snapshot, plan, &text, query.count, &mut top)?
        }
        None => {
            best_first::search(snapshot, plan, &mut top);
            best_first::count(snapshot, plan, query.count)
        }
    };
    let mut candidates = top.into_sorted();
    let has_more = candidates.len() > wanted;
    candidates.truncate(wanted);
    candidates.drain(..query.offset.min(candidates.len()));
    let last = candidates.last().filter(|_| has_more);
    let next = last.map(|last| After {
        rank_value: last.rank_value,
        key: Uuid::from_u128(last.key),
    });
    let trace = Trace {
        plan: PlanName::BestFirst,
        nodes_visited: 0,
        documents_scored: 0,
        bound_at_stop: None,
        is_partial: false,
    };
    Ok(Found {
        candidates,
        total,
        next,
        trace,
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
