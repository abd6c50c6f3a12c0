//! What is told of a document that was found?

use uuid::Uuid;

use super::answer::Hit;
use super::highlight::Marker;
use super::judge::Judge;
use super::text::Text;
use super::top::Candidate;
use crate::index::{Snapshot, StoreError};
use crate::query::Query;

/// Reads the hits of one query.
pub(super) struct HitReader<'a> {
    snapshot: &'a Snapshot,
    judge: &'a Judge<'a>,
    query: &'a Query,
    text: Option<&'a Text>,
    /// Where the query asks for highlights.
    marker: Option<Marker<'a>>,
}

impl<'a> HitReader<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        judge: &'a Judge<'a>,
        query: &'a Query,
        text: Option<&'a Text>,
    ) -> HitReader<'a> {
        let marked = text.filter(|_| !query.highlight.is_empty());
        HitReader {
            snapshot,
            judge,
            query,
            text,
            marker: marked.map(|text| {
                let meanings = text.meanings();
                Marker::new(meanings.map(|terms| terms.map(|(term, _)| term)))
            }),
        }
    }

    pub(super) fn read<H>(
        &self,
        candidate: &Candidate,
        read: impl FnOnce(Hit<&str>) -> H,
    ) -> Result<H, StoreError> {
        let (segment, doc) = (candidate.segment, candidate.doc);
        let view = &self.snapshot.segments[segment as usize];
        let columns = &view.segment.columns;
        let scorer = self.judge.scorer();
        let values = self
            .judge
            .values(columns, doc, candidate.text, &candidate.signals);
        let stored = self.snapshot.stored(segment, doc)?;
        let document = stored.read()?;
        debug_assert_eq!(document.key, Uuid::from_u128(candidate.key));
        let matched_words = match self.text.filter(|_| self.query.explain) {
            Some(text) => text.explain(segment as usize, view, doc)?,
            None => Vec::new(),
        };
        let highlights = match &self.marker {
            Some(marker) => marker.highlight(&document, &self.query.highlight),
            None => Vec::new(),
        };
        Ok(read(Hit {
            document,
            distance_m: self.judge.distance_m(columns, doc),
            score: scorer.score(&values),
            rank_value: candidate.rank_value,
            explanation: self.query.explain.then(|| scorer.explain(&values)),
            matched_words,
            highlights,
        }))
    }
}
