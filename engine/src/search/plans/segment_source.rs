//! Where does a search look?

use std::sync::Arc;

use super::Search;
use super::text::{Matches, Text};
use crate::index::{StaticBounds, StoreError, Tree};
use crate::query::PlanName;

/// A segment to look into, with the matches of the words if there are words.
pub(super) struct Source<'a> {
    pub(super) segment: u32,
    pub(super) matches: Option<Matches<'a>>,
    pub(super) statics: Option<Arc<StaticBounds>>,
}

impl Search<'_> {
    /// The segments that may hold a match, the one with the best bound first.
    pub(super) fn sources<'t>(
        &mut self,
        plan: PlanName,
        text: Option<&'t Text>,
    ) -> Result<Vec<Source<'t>>, StoreError> {
        let mut sources = Vec::with_capacity(self.snapshot.segments.len());
        for (segment, view) in (0..).zip(&self.snapshot.segments) {
            let matches = match text {
                None => None,
                Some(text) => {
                    let segment = segment as usize;
                    let matches = if plan == PlanName::WordsBestFirst {
                        let effort = &mut self.effort;
                        text.matches_by_bounds(segment, view, &mut || effort.steps(1024))?
                    } else {
                        text.matches(segment, view)?
                    };
                    match matches {
                        None => continue,
                        matches => matches,
                    }
                }
            };
            let terms = self.judge.static_terms();
            let statics = terms.and_then(|terms| view.segment.static_bounds.get(&terms));
            let bound = self
                .judge
                .bound(&view.segment.tree, 0, 1.0, statics.as_deref());
            let source = Source {
                segment,
                matches,
                statics,
            };
            sources.push((bound, source));
        }
        sources.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        Ok(sources.into_iter().map(|(_, source)| source).collect())
    }
}

impl Source<'_> {
    /// At least the rank value of every document below a node; `None` if none of them matches.
    pub(super) fn bound(&self, search: &Search<'_>, tree: &Tree, node: u32) -> Option<f64> {
        let text = match &self.matches {
            None => 0.0,
            Some(matches) => matches.most(tree, node)?,
        };
        let statics = self.statics.as_deref();
        Some(search.judge.bound(tree, node, text, statics))
    }

    pub(super) fn learn_static_bounds(&mut self, search: &mut Search<'_>) {
        let segment = &search.snapshot.segments[self.segment as usize].segment;
        if let (None, Some(terms)) = (&self.statics, search.judge.static_terms()) {
            self.statics = segment.static_bounds.get_or_make(
                &terms,
                &segment.tree,
                &segment.columns,
                search.judge.signals(),
                &mut || search.effort.steps(64),
            );
        }
    }
}
