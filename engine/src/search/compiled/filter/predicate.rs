//! The predicates that a document must satisfy, and their one evaluation for the documents of a
//! leaf. `relations.rs` evaluates them for nodes.
//!
//! The documents of a leaf are a set of bits. Each predicate clears the bits of those that do not
//! satisfy it, so that choosing the predicate is paid for once in a leaf, and each loop has one
//! test. A single document is a set of one bit.

use std::rc::Rc;

use super::excluded_phrases::ExcludedPhrases;
use crate::availability::{DateRange, DaySet};
use crate::geo::area::{Polygon, PreparedBoundingBox, Ring};
use crate::index::bits::retain;
use crate::index::{NumberRange, SegmentView};
use crate::schema::Tags;
use crate::search::compiled::probes::PreparedProbes;
use crate::signals::{OwnerOrdinal, SignalView};

/// A predicate, compiled once for each query, so that nothing is allocated per document or node.
/// Attributes are indexes among the columns of their kind.
pub(super) enum Predicate<'a> {
    All(Vec<Predicate<'a>>),
    Any(Vec<Predicate<'a>>),
    Not(Box<Predicate<'a>>),
    Ring(Ring),
    BoundingBox(PreparedBoundingBox),
    Polygon(&'a Polygon),
    Number {
        attribute: usize,
        range: NumberRange,
    },
    /// One bit per accepted category.
    Category {
        attribute: usize,
        accepted: u64,
    },
    AnyTag {
        attribute: usize,
        tags: Tags,
    },
    AllTags {
        attribute: usize,
        tags: Tags,
    },
    Flag {
        attribute: usize,
        is_set: bool,
    },
    /// The days are known, and some within the range.
    Overlaps {
        attribute: usize,
        range: DateRange,
    },
    /// Sorted ordinals. Names that the index does not know have no documents.
    Name {
        attribute: usize,
        accepted: Vec<u32>,
    },
    /// Sorted. Owners that the engine does not know have no documents.
    Owner(Vec<OwnerOrdinal>),
    /// Sorted.
    Key(Vec<u128>),
    /// None of these days is busy.
    Free(DaySet),
    /// The document accepts one of these probes.
    AcceptsProbe(Rc<PreparedProbes>),
    /// The owner is available.
    Available(SignalView),
    /// None of these phrases occurs.
    WithoutPhrases(ExcludedPhrases),
}

impl Predicate<'_> {
    /// Which of up to 64 documents satisfy the predicate. Each bit stands for the document at its
    /// position after `first`.
    #[inline]
    pub(super) fn retain(&self, view: &SegmentView, first: u32, docs: u64) -> u64 {
        let columns = &view.segment.columns;
        match self {
            Predicate::Ring(ring) => {
                let points = &columns.points;
                retain(docs, first, |doc| ring.contains(points[doc]))
            }
            Predicate::Number { attribute, range } => {
                columns.numbers[*attribute].retain_within(range, first, docs)
            }
            Predicate::Category {
                attribute,
                accepted,
            } => {
                let categories = &columns.categories[*attribute];
                retain(docs, first, |doc| categories[doc].bit() & accepted != 0)
            }
            Predicate::AllTags { attribute, tags } => {
                let of_docs = &columns.tags[*attribute];
                retain(docs, first, |doc| of_docs[doc].contains(*tags))
            }
            Predicate::AnyTag { attribute, tags } => {
                let of_docs = &columns.tags[*attribute];
                retain(docs, first, |doc| {
                    !of_docs[doc].intersection(*tags).is_empty()
                })
            }
            Predicate::Flag { attribute, is_set } => {
                let flags = &columns.flags[*attribute];
                retain(docs, first, |doc| flags[doc] == *is_set)
            }
            _ => self.retain_rarely(view, first, docs),
        }
    }

    /// The same for predicates that few queries have or that take longer, apart from the others, so
    /// that these are inlined.
    #[inline(never)]
    fn retain_rarely(&self, view: &SegmentView, first: u32, docs: u64) -> u64 {
        let columns = &view.segment.columns;
        match self {
            Predicate::All(parts) => retain_all(parts, view, first, docs),
            Predicate::Any(parts) => retain_any(parts, view, first, docs),
            Predicate::Not(part) => docs & !part.retain(view, first, docs),
            Predicate::BoundingBox(bounding_box) => {
                let points = &columns.points;
                retain(docs, first, |doc| bounding_box.contains(points[doc]))
            }
            Predicate::Polygon(polygon) => {
                let points = &columns.points;
                retain(docs, first, |doc| polygon.contains(points[doc]))
            }
            Predicate::Name {
                attribute,
                accepted,
            } => {
                let names = &columns.names[*attribute];
                retain(docs, first, |doc| {
                    accepted.binary_search(&names[doc]).is_ok()
                })
            }
            Predicate::Overlaps { attribute, range } => {
                let ranges = &columns.date_ranges[*attribute];
                retain(docs, first, |doc| {
                    ranges[doc].is_some_and(|of_doc| range.overlaps(&of_doc))
                })
            }
            Predicate::Owner(accepted) => {
                let owners = &columns.owners;
                retain(docs, first, |doc| {
                    accepted.binary_search(&owners[doc]).is_ok()
                })
            }
            Predicate::Key(accepted) => {
                let keys = &columns.keys;
                retain(docs, first, |doc| {
                    accepted.binary_search(&keys[doc]).is_ok()
                })
            }
            Predicate::AcceptsProbe(probes) => {
                let possible = probes.possible_for_doc(view, first);
                probes.accepting(possible, columns, first, docs)
            }
            Predicate::Free(days) => {
                let Some(busy) = &view.segment.tree.document_signals.days else {
                    return docs;
                };
                retain(docs, first, |doc| !busy.is_busy(short(doc), days))
            }
            Predicate::Available(signals) => {
                let owners = &columns.owners;
                retain(docs, first, |doc| signals.get(owners[doc]).available)
            }
            Predicate::WithoutPhrases(phrases) => {
                retain(docs, first, |doc| !phrases.occur_in(view, short(doc)))
            }
            Predicate::Ring(_)
            | Predicate::Number { .. }
            | Predicate::Category { .. }
            | Predicate::AllTags { .. }
            | Predicate::AnyTag { .. }
            | Predicate::Flag { .. } => self.retain(view, first, docs),
        }
    }
}

/// Which documents satisfy all of some predicates.
#[inline]
pub(super) fn retain_all(
    predicates: &[Predicate<'_>],
    view: &SegmentView,
    first: u32,
    mut docs: u64,
) -> u64 {
    for predicate in predicates {
        if docs == 0 {
            break;
        }
        docs = predicate.retain(view, first, docs);
    }
    docs
}

/// Which documents satisfy any of some predicates.
fn retain_any(predicates: &[Predicate<'_>], view: &SegmentView, first: u32, docs: u64) -> u64 {
    let (mut found, mut left) = (0, docs);
    for predicate in predicates {
        if left == 0 {
            break;
        }
        found |= predicate.retain(view, first, left);
        left = docs & !found;
    }
    found
}

fn short(doc: usize) -> u32 {
    u32::try_from(doc).unwrap_or(u32::MAX)
}
