//! Evaluates conditions for the oracle.

use crate::*;

/// Whether a document satisfies a condition.
pub(super) fn satisfies(document: &Document, condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) => !parts.iter().any(|part| !satisfies(document, part)),
        Condition::Any(parts) => parts.iter().any(|part| satisfies(document, part)),
        Condition::Not(part) => !satisfies(document, part),
        Condition::Number(number, interval) => {
            number_of(document, *number).is_some_and(|value| lies_in(value, *interval))
        }
        Condition::Category(categories) => categories.contains(&document.category),
        Condition::Tag(tags) => !document.tags.intersection(*tags).is_empty(),
        Condition::Status(statuses) => statuses.contains(&document.status),
        Condition::Verified(verified) => document.verified == *verified,
        Condition::Locality(names) => names.contains(&document.locality),
        Condition::City(names) => names.contains(&document.city),
        Condition::Owner(owners) => document.owner.is_some_and(|owner| owners.contains(&owner)),
        Condition::Key(keys) => keys.contains(&document.key),
    }
}

fn number_of(document: &Document, number: Number) -> Option<f64> {
    match number {
        Number::Price => document.price,
        Number::Rating => document.rating,
        Number::Reviews => Some(f64::from(document.reviews)),
        Number::Occupancy => Some(f64::from(document.occupancy)),
        Number::NightsMin => Some(f64::from(document.nights_min)),
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
