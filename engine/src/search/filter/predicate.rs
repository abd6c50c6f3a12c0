//! Does a document meet a condition, and what do the bounds of a node say of all below it?
//!
//! A node is judged in three ways: no document below it meets the condition, all do, or each must be
//! looked at. What negates a condition turns the first two round, so that it prunes, and counts without
//! a look, as well as the condition itself.

use crate::collection::{Category, Status, Tags};
use crate::geo::area::Relation;
use crate::index::{AttributeBounds, Columns, NameBounds, NameTable, Tree};
use crate::query::{Condition, Interval, Number};
use crate::signals::{OwnerOrdinal, SignalView};

/// A [`Condition`], made ready once, so that nothing is allocated for a document or a node.
pub(super) enum Demand {
    All(Vec<Demand>),
    Any(Vec<Demand>),
    Not(Box<Demand>),
    Number(Number, Interval),
    /// A bit for each.
    Categories(u64),
    Tags(Tags),
    /// A bit for each.
    Statuses(u8),
    Verified(bool),
    /// Sorted; those that are not known have no documents.
    Localities(Vec<u32>),
    /// Likewise.
    Cities(Vec<u32>),
    /// Sorted; those that are not known have no documents.
    Owners(Vec<OwnerOrdinal>),
    /// Sorted.
    Keys(Vec<u128>),
}

impl Demand {
    pub(super) fn of(condition: &Condition, names: &NameTable, signals: &SignalView) -> Demand {
        let one = |part: &Condition| Demand::of(part, names, signals);
        let each = |parts: &[Condition]| parts.iter().map(one).collect();
        match condition {
            Condition::All(parts) => Demand::All(each(parts)),
            Condition::Any(parts) => Demand::Any(each(parts)),
            Condition::Not(part) => Demand::Not(Box::new(one(part))),
            Condition::Number(number, interval) => Demand::Number(*number, *interval),
            Condition::Category(categories) => Demand::Categories(category_bits(categories)),
            Condition::Tag(tags) => Demand::Tags(*tags),
            Condition::Status(statuses) => Demand::Statuses(status_bits(statuses)),
            Condition::Verified(verified) => Demand::Verified(*verified),
            Condition::Locality(localities) => Demand::Localities(names.find(localities)),
            Condition::City(cities) => Demand::Cities(names.find(cities)),
            Condition::Owner(owners) => Demand::Owners(signals.ordinals(owners)),
            Condition::Key(keys) => {
                let mut keys: Vec<u128> = keys.iter().map(|key| key.as_u128()).collect();
                keys.sort_unstable();
                Demand::Keys(keys)
            }
        }
    }

    /// Whether a document meets it.
    pub(super) fn is_met(&self, columns: &Columns, at: usize) -> bool {
        match self {
            Demand::All(parts) => parts.iter().all(|part| part.is_met(columns, at)),
            Demand::Any(parts) => parts.iter().any(|part| part.is_met(columns, at)),
            Demand::Not(part) => !part.is_met(columns, at),
            // A comparison with the NaN of an unknown number is false.
            Demand::Number(number, interval) => interval.holds(value(*number, columns, at)),
            Demand::Categories(bits) => bits >> (columns.traits[at].category & 63) & 1 == 1,
            Demand::Tags(tags) => !columns.tags[at].shared_with(*tags).is_empty(),
            Demand::Statuses(bits) => bits >> (columns.traits[at].status & 7) & 1 == 1,
            Demand::Verified(verified) => columns.traits[at].verified == *verified,
            Demand::Localities(names) => names.binary_search(&columns.localities[at]).is_ok(),
            Demand::Cities(names) => names.binary_search(&columns.cities[at]).is_ok(),
            Demand::Owners(owners) => owners.binary_search(&columns.slots[at]).is_ok(),
            Demand::Keys(keys) => keys.binary_search(&columns.keys[at]).is_ok(),
        }
    }

    /// Whether the documents below a node meet it, whichever of them are shown.
    pub(super) fn relation(&self, tree: &Tree, node: u32) -> Relation {
        let bounds = tree.attributes(node);
        match self {
            Demand::All(parts) => {
                let verdicts = parts.iter().map(|part| part.relation(tree, node));
                verdicts.fold(Relation::Inside, Relation::and)
            }
            Demand::Any(parts) => {
                let verdicts = parts.iter().map(|part| part.relation(tree, node));
                verdicts.fold(Relation::Outside, Relation::or)
            }
            Demand::Not(part) => part.relation(tree, node).negated(),
            Demand::Number(number, interval) => {
                let (least, most, all_known) = range(*number, bounds);
                let some_known = least <= most;
                let some = some_known && !interval.is_apart(least, most);
                let all = some && all_known && interval.holds(least) && interval.holds(most);
                relation(some, all)
            }
            Demand::Categories(bits) => {
                let known = bounds.categories;
                relation(known & bits != 0, known & !bits == 0)
            }
            Demand::Tags(tags) => relation(
                !bounds.tags_any.shared_with(*tags).is_empty(),
                !bounds.tags_all.shared_with(*tags).is_empty(),
            ),
            Demand::Statuses(bits) => {
                let known = bounds.statuses;
                relation(known & bits != 0, known & !bits == 0)
            }
            Demand::Verified(true) => relation(bounds.any_verified, bounds.all_verified),
            Demand::Verified(false) => relation(!bounds.all_verified, !bounds.any_verified),
            Demand::Localities(names) => verdict_of_names(names, bounds.locality),
            Demand::Cities(names) => verdict_of_names(names, bounds.city),
            Demand::Owners(owners) => relation(tree.may_hold(owners, node), false),
            // Keys lie in no order, so that there are no bounds of them.
            Demand::Keys(keys) => relation(!keys.is_empty(), false),
        }
    }
}

/// A bit for each.
pub(super) fn category_bits(categories: &[Category]) -> u64 {
    let categories = categories.iter();
    categories.fold(0, |bits, category| bits | 1 << (category.0 & 63))
}

/// A bit for each.
pub(super) fn status_bits(statuses: &[Status]) -> u8 {
    let statuses = statuses.iter();
    statuses.fold(0, |bits, status| bits | 1 << (status.0 & 7))
}

/// Of a node of which some documents, or all, meet a demand.
fn relation(some: bool, all: bool) -> Relation {
    match (some, all) {
        (false, _) => Relation::Outside,
        (true, false) => Relation::Crosses,
        (true, true) => Relation::Inside,
    }
}

/// Of a node whose documents have names within bounds.
fn verdict_of_names(wanted: &[u32], bounds: NameBounds) -> Relation {
    match bounds {
        NameBounds::Nobody => Relation::Outside,
        NameBounds::One(name) => {
            let is_wanted = wanted.binary_search(&name).is_ok();
            relation(is_wanted, is_wanted)
        }
        NameBounds::Several => relation(!wanted.is_empty(), false),
    }
}

/// NaN where it is not known.
fn value(number: Number, columns: &Columns, at: usize) -> f64 {
    match number {
        Number::Price => columns.prices[at],
        Number::Rating => columns.ratings[at],
        Number::Reviews => f64::from(columns.reviews[at]),
        Number::Occupancy => f64::from(columns.traits[at].occupancy),
        Number::NightsMin => f64::from(columns.traits[at].nights_min),
    }
}

/// The least and the greatest of those that are known, the other way round if none is, and whether all
/// are known.
fn range(number: Number, bounds: &AttributeBounds) -> (f64, f64, bool) {
    let whole = |least: u32, most: u32| (f64::from(least), f64::from(most), true);
    match number {
        Number::Price => (bounds.price_min, bounds.price_max, bounds.all_priced),
        Number::Rating => (bounds.rating_min, bounds.rating_max, !bounds.any_unrated),
        Number::Reviews => whole(bounds.reviews_min, bounds.reviews_max),
        Number::Occupancy => whole(bounds.occupancy_min.into(), bounds.occupancy_max.into()),
        Number::NightsMin => whole(
            bounds.nights_min_lowest.into(),
            bounds.nights_min_highest.into(),
        ),
    }
}
