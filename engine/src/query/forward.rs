//! The conditions of a document as those of a search for the candidates that match it.

use super::condition::{Condition, Interval};
use crate::availability::DateRange;
use crate::document::Document;
use crate::geo::Radius;
use crate::schema::{Category, Matching, PairCondition};

/// The conditions of a document on the candidates that match it.
#[derive(Default)]
pub(super) struct ForwardConditions {
    /// The reach of the document.
    pub(super) radius: Option<Radius>,
    pub(super) attributes: Vec<Condition>,
    pub(super) free: Option<DateRange>,
}

impl ForwardConditions {
    pub(super) fn of(document: &Document, matching: &Matching) -> ForwardConditions {
        let mut all = ForwardConditions::default();
        for condition in &matching.conditions {
            all.add(*condition, document, matching);
        }
        all
    }

    fn add(&mut self, condition: PairCondition, document: &Document, matching: &Matching) {
        let added = match condition {
            PairCondition::WithinReach(field) => {
                let reach = document.number(field).map(Radius::new);
                self.radius = reach.and_then(Result::ok);
                // Nothing is within a reach that is not a valid radius.
                let is_invalid = reach.is_some_and(|reach| reach.is_err());
                is_invalid.then(|| Condition::Any(Vec::new()))
            }
            PairCondition::AtMost(pair) => document
                .number(pair.document)
                .map(|max| Condition::Number(pair.candidate, Interval::UpTo(max))),
            PairCondition::AtLeast(pair) => document
                .number(pair.document)
                .map(|min| Condition::Number(pair.candidate, Interval::From(min))),
            PairCondition::AllTags(pair) => {
                let tags = document.tags(pair.document);
                (!tags.is_empty()).then_some(Condition::AllTags(pair.candidate, tags))
            }
            PairCondition::CategoryAmong(pair) => {
                let tags = document.tags(pair.document);
                let names = 0..matching.documents.names(pair.document).len();
                let named = names.filter(|&name| tags.has(name));
                let categories = named.filter_map(|name| u8::try_from(name).ok().map(Category));
                let categories: Vec<Category> = categories.collect();
                (!tags.is_empty()).then_some(Condition::Category(pair.candidate, categories))
            }
            PairCondition::Free(field) => {
                self.free = document.date_range(field);
                None
            }
            PairCondition::DaysAtLeast(pair) => document.date_range(pair.document).map(|range| {
                let days = f64::from(range.day_count());
                Condition::Number(pair.candidate, Interval::UpTo(days))
            }),
        };
        self.attributes.extend(added);
    }
}
