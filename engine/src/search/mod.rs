//! Which documents answer a query, and in which order?

mod answer;
mod best_first;
mod count;
mod demand;
mod effort;
mod every_match;
mod excluded;
mod facets;
mod filter;
mod groups;
mod heat_map;
mod highlight;
mod hits;
mod judge;
mod leaf_by_leaf;
mod planner;
mod postings;
mod scan;
mod source;
mod suggest;
mod text;
mod top;

#[cfg(test)]
mod against_brute_force;

use std::ops::Range;

use uuid::Uuid;

pub use answer::{Hit, Page, Ranked, Ranking, Total, Trace};
pub use facets::{FacetCount, FacetCounts, FacetValue};
pub(crate) use groups::search_groups;
pub use groups::{Group, GroupedPage};
pub(crate) use heat_map::heat_map;
pub use heat_map::{HeatCell, HeatMap, HeatMapError, HeatMapOptions};
pub use highlight::{Highlight, Mark, TextField, snippet};
pub(crate) use suggest::Suggester;
pub use suggest::{SuggestQuery, Suggestion, SuggestionKind};
pub use text::MatchedWord;
pub(crate) use text::correct;

use crate::checkpoint::Position;
use crate::document::Key;
use crate::index::{SegmentView, Snapshot, StoreError};
use crate::query::{MatchMode, PlanName, Query, SearchAfter, Words};
use crate::signals::SignalView;
use count::Counter;
use effort::Effort;
use filter::Relation;
use hits::HitReader;
use judge::{Judge, Reach};
use source::Source;
use text::{Matches, Text};
use top::{Candidate, Top};

/// A search under way.
struct Search<'a> {
    snapshot: &'a Snapshot,
    judge: &'a Judge<'a>,
    top: Top,
    counter: Counter,
    effort: Effort,
    /// The best that anything left unseen could reach.
    bound_at_stop: Option<f64>,
}

pub(crate) fn search<H>(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    position: Position,
    mut read: impl FnMut(Hit<&str>) -> H,
) -> Result<Page<H>, StoreError> {
    let judge = Judge::new(query, snapshot, signals)?;
    let found = find(snapshot, &judge, query, || best_documents(query))?;
    let hits = HitReader::new(snapshot, &judge, query, found.text.as_ref());
    let candidates = found.candidates.iter();
    let hits: Result<Vec<H>, StoreError> = candidates
        .map(|candidate| hits.read(candidate, &mut read))
        .collect();
    Ok(Page {
        hits: hits?,
        total: found.total,
        facets: facets::count(snapshot, judge.signals(), query, found.text.as_ref())?,
        next: found.next,
        position: snapshot.position().unwrap_or(position),
        optional_words: found.optional_words,
        trace: found.trace,
    })
}

pub(crate) fn rank(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    position: Position,
) -> Result<Ranking, StoreError> {
    let judge = Judge::new(query, snapshot, signals)?;
    let found = find(snapshot, &judge, query, || best_documents(query))?;
    let ranked = found.candidates.iter().map(|candidate| {
        let columns = &snapshot.segments[candidate.segment as usize]
            .segment
            .columns;
        Ranked {
            key: Uuid::from_u128(candidate.key),
            rank_value: candidate.rank_value,
            distance_m: judge.distance_m(columns, candidate.doc),
        }
    });
    Ok(Ranking {
        ranked: ranked.collect(),
        total: found.total,
        facets: facets::count(snapshot, judge.signals(), query, found.text.as_ref())?,
        next: found.next,
        position: snapshot.position().unwrap_or(position),
        optional_words: found.optional_words,
        trace: found.trace,
    })
}

/// How many documents hold the words of a query, as far as it asks, along their postings and without
/// a thought of which are best.
fn count(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
) -> Result<Option<Total>, StoreError> {
    let judge = Judge::new(query, snapshot, signals)?;
    let words = query.text.as_ref();
    let text = words
        .map(|words| Text::look_up(words, snapshot, query.after))
        .transpose()?;
    let mut search = Search {
        snapshot,
        judge: &judge,
        top: Top::new(0, None),
        counter: Counter::new(query.count, 0),
        effort: Effort::until(query.deadline),
        bound_at_stop: None,
    };
    let mut sources = search.sources(PlanName::Postings, text.as_ref())?;
    postings::count(&mut search, &mut sources);
    let is_partial = search.effort.is_over();
    Ok(search.counter.total(is_partial))
}

/// The page of candidates that a query asks for.
struct Found {
    candidates: Vec<Candidate>,
    total: Option<Total>,
    next: Option<SearchAfter>,
    optional_words: Vec<String>,
    trace: Trace,
    text: Option<Text>,
}

/// One more than asked tells whether there is a next page.
fn best_documents(query: &Query) -> Top {
    Top::new(wanted(query).saturating_add(1), query.after)
}

fn find(
    snapshot: &Snapshot,
    judge: &Judge<'_>,
    query: &Query,
    top: impl Fn() -> Top,
) -> Result<Found, StoreError> {
    let words = query.text.as_ref().filter(|words| words.has_words());
    let mut text = words
        .map(|words| Text::look_up(words, snapshot, query.after))
        .transpose()?;
    let min_matches = match words.map(Words::mode) {
        // A page behind another goes by the words of that.
        Some(MatchMode::Relaxed { min_matches }) if query.after.is_none() => min_matches,
        _ => 0,
    };
    let mut effort = Effort::until(query.deadline);
    loop {
        // Where the dictionary says that too few match there is nothing to look for.
        if let Some(text) = text
            .as_mut()
            .filter(|text| text.matches_at_most() < min_matches)
        {
            text.give_words_up();
        }
        let mut search = Search {
            snapshot,
            judge,
            top: top(),
            counter: Counter::new(query.count, min_matches),
            effort,
            bound_at_stop: None,
        };
        let plan = planner::choose(snapshot, judge, query, text.as_ref());
        search.run(plan, text.as_ref())?;
        let is_done =
            search.effort.is_over() || search.counter.known(search.top.len()) >= min_matches;
        if is_done || !text.as_mut().is_some_and(Text::give_words_up) {
            return Ok(search.found(plan, query, text));
        }
        effort = search.effort;
    }
}

/// How many of the best hits are looked for.
fn wanted(query: &Query) -> usize {
    query.offset.saturating_add(query.limit)
}

impl Search<'_> {
    fn run(&mut self, plan: PlanName, text: Option<&Text>) -> Result<(), StoreError> {
        let mut sources = self.sources(plan, text)?;
        match plan {
            PlanName::Scan => scan::run(self),
            PlanName::Postings => postings::run(self, &mut sources),
            PlanName::BestFirst => {
                best_first::run(self, &mut sources);
                self.learn_of_found();
                self.counter
                    .count_all(self.snapshot, self.judge.filter(), &mut self.effort);
            }
            PlanName::WordsBestFirst => {
                best_first::run(self, &mut sources);
                self.learn_of_found();
                postings::count(self, &mut sources);
            }
        }
        Ok(())
    }

    /// Tells the counter what a search best first has found.
    fn learn_of_found(&mut self) {
        if self.top.holds_every_match() && !self.effort.is_over() {
            self.counter.have_found_all(self.top.len());
        } else {
            self.counter.have_found(self.top.len());
        }
    }

    fn found(mut self, plan: PlanName, query: &Query, text: Option<Text>) -> Found {
        let mut candidates = self.top.into_sorted();
        let is_partial = self.effort.is_over();
        if is_partial {
            self.counter.at_least(candidates.len());
        }
        let has_more = candidates.len() > wanted(query);
        candidates.truncate(wanted(query));
        candidates.drain(..query.offset.min(candidates.len()));
        let last = candidates.last().filter(|_| has_more);
        let text_ref = text.as_ref();
        Found {
            next: last.map(|last| SearchAfter {
                rank_value: last.rank_value,
                key: Uuid::from_u128(last.key),
                optional_words: text_ref.map_or(0, Text::optional_words_bits),
            }),
            candidates,
            total: self.counter.total(is_partial),
            optional_words: text_ref.map_or_else(Vec::new, Text::optional_words),
            trace: Trace {
                plan,
                nodes_visited: self.effort.nodes_visited,
                documents_scored: self.effort.documents_scored,
                bound_at_stop: self.bound_at_stop,
                is_partial,
                expansions_dropped: text_ref.map_or(0, Text::expansions_dropped),
            },
            text,
        }
    }

    fn offer(&mut self, view: &SegmentView, segment: u32, doc: u32, text: f64) {
        self.effort.documents_scored += 1;
        let candidate = self.judge.candidate(view, segment, doc, text);
        self.top.offer(candidate);
    }

    /// Offers those of some documents that hold the words and are within reach, as long as there is
    /// time, and tells how many match of those whose place and signals are.
    fn offer_matches(
        &mut self,
        view: &SegmentView,
        segment: u32,
        matches: &mut Matches<'_>,
        mut docs: Range<u32>,
        reach: Reach<'_>,
    ) -> u64 {
        let columns = &view.segment.columns;
        let mut matching = 0;
        while let Some(within) = reach.first(columns, docs.clone()) {
            let doc = matches.seek(within);
            docs.start = doc;
            if doc > within {
                continue;
            }
            if self.effort.step() {
                break;
            }
            docs.start = doc + 1;
            if self.judge.filter().admits(view, doc) && matches.is_match() {
                matching += 1;
                let text = matches.value();
                if reach.holds_text(text) {
                    self.offer(view, segment, doc, text);
                }
            }
        }
        matching
    }
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
    let judge = Judge::new(query, snapshot, signals)?;
    let view = &snapshot.segments[segment as usize];
    let words = query.text.as_ref().filter(|words| words.has_words());
    let words = words
        .map(|words| Text::look_up(words, snapshot, query.after))
        .transpose()?;
    let text = match &words {
        Some(words) => words.value_of(segment as usize, view, doc)?,
        None => 0.0,
    };
    let candidate = judge.candidate(view, segment, doc, text);
    let hits = HitReader::new(snapshot, &judge, query, words.as_ref());
    hits.read(&candidate, |hit| hit.into_owned()).map(Some)
}
