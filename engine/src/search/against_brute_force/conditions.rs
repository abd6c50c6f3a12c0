//! Evaluates conditions for the oracle.

use super::busy_days::days_of;
use crate::*;

/// Whether a document satisfies a condition.
pub(super) fn satisfies(document: &Document, condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) => !parts.iter().any(|part| !satisfies(document, part)),
        Condition::Any(parts) => parts.iter().any(|part| satisfies(document, part)),
        Condition::Not(part) => !satisfies(document, part),
        Condition::Number(field, interval) => {
            let number = document.number(*field);
            number.is_some_and(|value| lies_in(value, *interval))
        }
        Condition::Category(field, categories) => {
            let category = document.category(*field);
            category.is_some_and(|category| categories.contains(&category))
        }
        Condition::AnyTag(field, tags) => !document.tags(*field).intersection(*tags).is_empty(),
        Condition::AllTags(field, tags) => document.tags(*field).contains(*tags),
        Condition::Flag(field, is_set) => document.flag(*field) == *is_set,
        Condition::Name(field, names) => names.iter().any(|name| name == document.text(*field)),
        Condition::Overlaps(field, range) => {
            let days = document.date_range(*field).map(|days| days_of(&days));
            days.is_some_and(|mut days| days.any(|day| days_of(range).contains(&day)))
        }
        Condition::Within(polygon) => polygon.contains(document.place.into()),
        Condition::Owner(owners) => document.owner.is_some_and(|owner| owners.contains(&owner)),
        Condition::Key(keys) => keys.contains(&document.key),
    }
}

fn lies_in(value: f64, interval: Interval) -> bool {
    match interval {
        Interval::Below(end) => end > value,
        Interval::UpTo(max) => value <= max,
        Interval::Above(end) => end < value,
        Interval::From(min) => value >= min,
        Interval::Between(min, max) => (min..=max).contains(&value),
    }
}
