//! The conditions of documents on one probe, for documents and for tree nodes.

use crate::availability::DateRange;
use crate::document::Document;
use crate::geo::UnitVector;
use crate::geo::area::Relation;
use crate::index::bits::retain;
use crate::index::{Columns, NodeAttributes, Tree};
use crate::schema::{Category, Matching, PairCondition, Tags};
use crate::signals::DocumentSignals;

/// A condition of each document on one probe, with the value of the probe. Attributes are indexes
/// among the columns of their kind.
#[derive(Clone, Debug)]
pub(super) enum ProbeCondition {
    WithinReach {
        reach: usize,
        point: UnitVector,
    },
    /// NaN for a probe without the number, which no document with one accepts.
    AtMost {
        number: usize,
        value: f64,
    },
    AtLeast {
        number: usize,
        value: f64,
    },
    AllTags {
        tags: usize,
        value: Tags,
    },
    /// The category as a tag.
    CategoryAmong {
        tags: usize,
        value: Tags,
    },
    /// The busy days of the probe in order, as ranges that do not touch.
    Free {
        date_range: usize,
        busy: Vec<DateRange>,
    },
    DaysAtLeast {
        date_range: usize,
        value: f64,
    },
}

impl ProbeCondition {
    /// `None` if a field is of another kind or the days are not declared, which [`Matching`]
    /// excludes.
    pub(super) fn of(
        condition: PairCondition,
        probe: &Document,
        matching: &Matching,
        signals: &DocumentSignals,
    ) -> Option<ProbeCondition> {
        let documents = matching.documents;
        let known = |number: Option<f64>| number.unwrap_or(f64::NAN);
        Some(match condition {
            PairCondition::WithinReach(field) => ProbeCondition::WithinReach {
                reach: documents.reach_index(field)?,
                point: probe.place.into(),
            },
            PairCondition::AtMost(pair) => ProbeCondition::AtMost {
                number: documents.number_index(pair.document)?,
                value: known(probe.number(pair.candidate)),
            },
            PairCondition::AtLeast(pair) => ProbeCondition::AtLeast {
                number: documents.number_index(pair.document)?,
                value: known(probe.number(pair.candidate)),
            },
            PairCondition::AllTags(pair) => ProbeCondition::AllTags {
                tags: documents.tags_index(pair.document)?,
                value: probe.tags(pair.candidate),
            },
            PairCondition::CategoryAmong(pair) => ProbeCondition::CategoryAmong {
                tags: documents.tags_index(pair.document)?,
                value: probe.category(pair.candidate).map_or(Tags::NONE, tag_of),
            },
            PairCondition::Free(field) => ProbeCondition::Free {
                date_range: documents.date_range_index(field)?,
                busy: signals.days()?.searchable_busy_days(probe.key),
            },
            PairCondition::DaysAtLeast(pair) => ProbeCondition::DaysAtLeast {
                date_range: documents.date_range_index(pair.document)?,
                value: known(probe.number(pair.candidate)),
            },
        })
    }

    /// What comparing the condition with a document costs, relative to the others.
    pub(super) fn cost(&self) -> u8 {
        match self {
            ProbeCondition::AllTags { .. } => 0,
            ProbeCondition::CategoryAmong { .. } => 1,
            ProbeCondition::AtMost { .. } | ProbeCondition::AtLeast { .. } => 2,
            ProbeCondition::WithinReach { .. } | ProbeCondition::DaysAtLeast { .. } => 3,
            ProbeCondition::Free { .. } => 4,
        }
    }

    /// Which of up to 64 documents have a condition that the probe meets. Each bit stands for the
    /// document at its position after `first`.
    #[inline]
    pub(super) fn retain(&self, columns: &Columns, first: u32, docs: u64) -> u64 {
        match self {
            ProbeCondition::WithinReach { reach, point } => {
                let (points, reaches) = (&columns.points, &columns.reaches[*reach]);
                retain(docs, first, |doc| {
                    point.chord_squared(points[doc]) <= reaches[doc]
                })
            }
            ProbeCondition::AtMost { number, value } => {
                let numbers = &columns.numbers[*number];
                retain(docs, first, |doc| {
                    let number = numbers.get(doc);
                    number.is_nan() || *value <= number
                })
            }
            ProbeCondition::AtLeast { number, value } => {
                let numbers = &columns.numbers[*number];
                retain(docs, first, |doc| {
                    let number = numbers.get(doc);
                    number.is_nan() || *value >= number
                })
            }
            ProbeCondition::AllTags { tags, value } => {
                let of_docs = &columns.tags[*tags];
                retain(docs, first, |doc| value.contains(of_docs[doc]))
            }
            ProbeCondition::CategoryAmong { tags, value } => {
                let of_docs = &columns.tags[*tags];
                retain(docs, first, |doc| {
                    of_docs[doc].is_empty() || !of_docs[doc].intersection(*value).is_empty()
                })
            }
            ProbeCondition::Free { date_range, busy } => {
                let of_docs = &columns.date_ranges[*date_range];
                retain(docs, first, |doc| {
                    of_docs[doc].is_none_or(|days| !have_day_in(busy, &days))
                })
            }
            ProbeCondition::DaysAtLeast { date_range, value } => {
                let of_docs = &columns.date_ranges[*date_range];
                retain(docs, first, |doc| {
                    of_docs[doc].is_none_or(|days| *value <= f64::from(days.day_count()))
                })
            }
        }
    }

    /// The relation of the condition to the documents below a node.
    #[inline]
    pub(super) fn relation(&self, tree: &Tree, node: u32) -> Relation {
        let attributes = || tree.attributes(node);
        match self {
            ProbeCondition::WithinReach { reach, point } => {
                let (bounds, reach) = (&tree.node(node).bounds, attributes().reach(*reach));
                relation(
                    bounds.nearest(*point).0 <= reach.max(),
                    bounds.farthest(*point).0 <= reach.min(),
                )
            }
            ProbeCondition::AtMost { number, value } => {
                let known = attributes().number(*number);
                relation(
                    !known.are_all_known || *value <= known.max(),
                    *value <= known.min() || !known.is_any_known(),
                )
            }
            ProbeCondition::AtLeast { number, value } => {
                let known = attributes().number(*number);
                relation(
                    !known.are_all_known || *value >= known.min(),
                    *value >= known.max() || !known.is_any_known(),
                )
            }
            ProbeCondition::AllTags { tags, value } => {
                let known = attributes().tags(*tags);
                relation(value.contains(known.all), value.contains(known.any))
            }
            ProbeCondition::CategoryAmong { tags, value } => {
                let known = attributes().tags(*tags);
                let has_any = !known.any.intersection(*value).is_empty();
                relation(
                    known.all.is_empty() || has_any,
                    known.any.is_empty() || !known.all.intersection(*value).is_empty(),
                )
            }
            ProbeCondition::Free { date_range, busy } => {
                free_relation(attributes(), *date_range, busy)
            }
            ProbeCondition::DaysAtLeast { date_range, value } => {
                let known = attributes().date_range(*date_range);
                let (min, max) = known.day_count();
                relation(
                    !known.are_all_known || *value <= f64::from(max),
                    *value <= f64::from(min) || known.hull().is_none(),
                )
            }
        }
    }
}

fn free_relation(
    attributes: NodeAttributes<'_>,
    date_range: usize,
    busy: &[DateRange],
) -> Relation {
    if busy.is_empty() {
        return Relation::Inside;
    }
    let known = attributes.date_range(date_range);
    let Some(hull) = known.hull() else {
        return Relation::Inside;
    };
    let common = known.common();
    let are_all_busy =
        known.are_all_known && common.is_some_and(|common| have_day_in(busy, &common));
    relation(!are_all_busy, !have_day_in(busy, &hull))
}

/// Whether any of some ranges, which are in order, has one of these days.
fn have_day_in(ranges: &[DateRange], days: &DateRange) -> bool {
    let before = ranges.partition_point(|range| range.end() <= days.start());
    ranges.get(before).is_some_and(|range| range.overlaps(days))
}

/// The relation to a node below which some documents, or all, accept the probe.
#[inline]
fn relation(some: bool, all: bool) -> Relation {
    match (some, all) {
        (_, true) => Relation::Inside,
        (true, false) => Relation::Crosses,
        (false, false) => Relation::Outside,
    }
}

/// The tag of the same name, where a field of tags has the names of the category.
fn tag_of(category: Category) -> Tags {
    Tags(category.bit())
}
