//! Compiles the filters of a query into predicates.

use super::excluded_phrases::ExcludedPhrases;
use super::predicate::Predicate;
use crate::geo::area::{PreparedBoundingBox, Ring};
use crate::index::{NumberRange, Snapshot, StoreError};
use crate::query::{Condition, Query};
use crate::schema::{Category, FieldId, Key};
use crate::search::compiled::context::SearchContext;
use crate::signals::SignalView;

/// All predicates that a match must satisfy, in no particular order.
pub(super) fn predicates<'a>(
    query: &'a Query,
    snapshot: &Snapshot,
    context: &SearchContext,
) -> Result<Vec<Predicate<'a>>, StoreError> {
    let (filters, signals) = (&query.filters, &context.signals);
    let mut all = Vec::new();
    let has_ring = query.radius.is_some() || query.radius_min.is_some();
    if let Some(center) = query.center.filter(|_| has_ring) {
        all.push(Predicate::Ring(Ring::new(
            center,
            query.radius_min,
            query.radius,
        )));
    }
    if let Some(area) = &filters.bounding_box {
        all.push(Predicate::BoundingBox(PreparedBoundingBox::new(area)));
    }
    all.extend(filters.polygon.as_ref().map(Predicate::Polygon));
    all.extend(context.probes.clone().map(Predicate::AcceptsProbe));
    let compiler = Compiler { snapshot, signals };
    for condition in filters.conditions() {
        match compiler.compile(condition) {
            // Its parts can be ordered among the others.
            Predicate::All(parts) => all.extend(parts),
            predicate => all.push(predicate),
        }
    }
    if names_visibility(query, snapshot) {
        if let Some(field) = snapshot.collection.visibility() {
            all.push(compiler.category(field, &filters.visibility));
        }
        all.push(Predicate::Available(signals.clone()));
    }
    if !filters.owners.is_empty() {
        all.push(Predicate::Owner(signals.ordinals(&filters.owners)));
    }
    if !filters.exclude.is_empty() {
        all.push(Predicate::Not(Box::new(keys(&filters.exclude))));
    }
    let days = filters.free.zip(snapshot.document_signals.days());
    let days = days.map(|(range, table)| table.searchable_days(&range));
    all.extend(days.filter(|days| !days.is_empty()).map(Predicate::Free));
    all.extend(ExcludedPhrases::look_up(query, snapshot)?.map(Predicate::WithoutPhrases));
    Ok(all)
}

/// Whether a query names other categories of the visibility field than the one that is shown by
/// default.
pub(super) fn names_visibility(query: &Query, snapshot: &Snapshot) -> bool {
    let named = &query.filters.visibility;
    let is_default = named.iter().all(|&category| category == Category::FIRST);
    snapshot.collection.visibility().is_some() && !is_default
}

struct Compiler<'a> {
    snapshot: &'a Snapshot,
    signals: &'a SignalView,
}

impl Compiler<'_> {
    fn compile<'p>(&self, condition: &'p Condition) -> Predicate<'p> {
        self.compile_known(condition).unwrap_or(NONE)
    }

    /// `None` if the field is of another kind than the condition.
    fn compile_known<'p>(&self, condition: &'p Condition) -> Option<Predicate<'p>> {
        let collection = self.snapshot.collection;
        let compile_all =
            |parts: &'p [Condition]| parts.iter().map(|part| self.compile(part)).collect();
        Some(match condition {
            Condition::All(parts) => Predicate::All(compile_all(parts)),
            Condition::Any(parts) => Predicate::Any(compile_all(parts)),
            Condition::Not(part) => Predicate::Not(Box::new(self.compile(part))),
            Condition::Number(field, interval) => {
                let (min, max) = interval.ends();
                Predicate::Number {
                    attribute: collection.number_index(*field)?,
                    range: NumberRange::new(min, max),
                }
            }
            Condition::Category(field, accepted) => self.category(*field, accepted),
            Condition::AnyTag(field, tags) => Predicate::AnyTag {
                attribute: collection.tags_index(*field)?,
                tags: *tags,
            },
            Condition::AllTags(field, tags) => Predicate::AllTags {
                attribute: collection.tags_index(*field)?,
                tags: *tags,
            },
            Condition::Flag(field, is_set) => Predicate::Flag {
                attribute: collection.flag_index(*field)?,
                is_set: *is_set,
            },
            Condition::Name(field, names) => Predicate::Name {
                attribute: collection.name_index(*field)?,
                accepted: self.snapshot.names.ordinals(names),
            },
            Condition::Overlaps(field, range) => Predicate::Overlaps {
                attribute: collection.date_range_index(*field)?,
                range: *range,
            },
            Condition::Within(polygon) => Predicate::Polygon(polygon),
            Condition::Owner(owners) => Predicate::Owner(self.signals.ordinals(owners)),
            Condition::Key(accepted) => keys(accepted),
        })
    }

    fn category<'p>(&self, field: FieldId, accepted: &[Category]) -> Predicate<'p> {
        let attribute = self.snapshot.collection.category_index(field);
        attribute.map_or(NONE, |attribute| Predicate::Category {
            attribute,
            accepted: Category::bits(accepted),
        })
    }
}

/// No document satisfies this.
const NONE: Predicate<'static> = Predicate::Any(Vec::new());

fn keys<'p>(keys: &[Key]) -> Predicate<'p> {
    let mut keys: Vec<u128> = keys.iter().map(|key| key.as_u128()).collect();
    keys.sort_unstable();
    Predicate::Key(keys)
}
