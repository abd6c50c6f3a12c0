//! A compiled condition, evaluated for documents and for tree nodes.
//!
//! For a node the result is a relation: no document below it satisfies the condition, all do, or
//! each must be evaluated. Negation swaps the first two, so a negated condition prunes as well as
//! the condition itself.

use crate::collection::{Category, Status, Tags};
use crate::geo::area::Relation;
use crate::index::{AttributeBounds, Columns, NameBounds, NameTable, Tree};
use crate::query::{Condition, Interval, Number};
use crate::signals::{OwnerOrdinal, SignalView};

/// A [`Condition`], compiled once, so that nothing is allocated per document or node.
pub(super) enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    Number(Number, Interval),
    /// One bit per category.
    Categories(u64),
    Tags(Tags),
    /// One bit per status.
    Statuses(u8),
    Verified(bool),
    /// Sorted. Names that the index does not know have no documents.
    Localities(Vec<u32>),
    /// As for localities.
    Cities(Vec<u32>),
    /// Sorted. Owners that the engine does not know have no documents.
    Owners(Vec<OwnerOrdinal>),
    /// Sorted.
    Keys(Vec<u128>),
}

impl Predicate {
    pub(super) fn compile(
        condition: &Condition,
        names: &NameTable,
        signals: &SignalView,
    ) -> Predicate {
        let one = |part: &Condition| Predicate::compile(part, names, signals);
        let each = |parts: &[Condition]| parts.iter().map(one).collect();
        match condition {
            Condition::All(parts) => Predicate::All(each(parts)),
            Condition::Any(parts) => Predicate::Any(each(parts)),
            Condition::Not(part) => Predicate::Not(Box::new(one(part))),
            Condition::Number(number, interval) => Predicate::Number(*number, *interval),
            Condition::Category(categories) => Predicate::Categories(category_bits(categories)),
            Condition::Tag(tags) => Predicate::Tags(*tags),
            Condition::Status(statuses) => Predicate::Statuses(status_bits(statuses)),
            Condition::Verified(verified) => Predicate::Verified(*verified),
            Condition::Locality(localities) => Predicate::Localities(names.ordinals(localities)),
            Condition::City(cities) => Predicate::Cities(names.ordinals(cities)),
            Condition::Owner(owners) => Predicate::Owners(signals.ordinals(owners)),
            Condition::Key(keys) => {
                let mut keys: Vec<u128> = keys.iter().map(|key| key.as_u128()).collect();
                keys.sort_unstable();
                Predicate::Keys(keys)
            }
        }
    }

    /// Whether a document satisfies the predicate.
    pub(super) fn accepts(&self, columns: &Columns, at: usize) -> bool {
        match self {
            Predicate::All(parts) => parts.iter().all(|part| part.accepts(columns, at)),
            Predicate::Any(parts) => parts.iter().any(|part| part.accepts(columns, at)),
            Predicate::Not(part) => !part.accepts(columns, at),
            // A comparison with the NaN of an unknown number is false.
            Predicate::Number(number, interval) => interval.contains(value(*number, columns, at)),
            Predicate::Categories(bits) => bits >> (columns.packed[at].category & 63) & 1 == 1,
            Predicate::Tags(tags) => !columns.tags[at].intersection(*tags).is_empty(),
            Predicate::Statuses(bits) => bits >> (columns.packed[at].status & 7) & 1 == 1,
            Predicate::Verified(verified) => columns.packed[at].verified == *verified,
            Predicate::Localities(names) => names.binary_search(&columns.localities[at]).is_ok(),
            Predicate::Cities(names) => names.binary_search(&columns.cities[at]).is_ok(),
            Predicate::Owners(owners) => owners.binary_search(&columns.owners[at]).is_ok(),
            Predicate::Keys(keys) => keys.binary_search(&columns.keys[at]).is_ok(),
        }
    }

    /// The relation of the predicate to a node, over all documents below, shown or not.
    pub(super) fn relation(&self, tree: &Tree, node: u32) -> Relation {
        let bounds = tree.attributes(node);
        match self {
            Predicate::All(parts) => {
                let relations = parts.iter().map(|part| part.relation(tree, node));
                relations.fold(Relation::Inside, Relation::and)
            }
            Predicate::Any(parts) => {
                let relations = parts.iter().map(|part| part.relation(tree, node));
                relations.fold(Relation::Outside, Relation::or)
            }
            Predicate::Not(part) => part.relation(tree, node).negated(),
            Predicate::Number(number, interval) => {
                let (min, max, all_known) = range(*number, bounds);
                let some_known = min <= max;
                let some = some_known && !interval.is_disjoint(min, max);
                let all = some && all_known && interval.contains(min) && interval.contains(max);
                relation(some, all)
            }
            Predicate::Categories(bits) => {
                let known = bounds.categories;
                relation(known & bits != 0, known & !bits == 0)
            }
            Predicate::Tags(tags) => relation(
                !bounds.tags_any.intersection(*tags).is_empty(),
                !bounds.tags_all.intersection(*tags).is_empty(),
            ),
            Predicate::Statuses(bits) => {
                let known = bounds.statuses;
                relation(known & bits != 0, known & !bits == 0)
            }
            Predicate::Verified(true) => relation(bounds.any_verified, bounds.all_verified),
            Predicate::Verified(false) => relation(!bounds.all_verified, !bounds.any_verified),
            Predicate::Localities(names) => name_relation(names, bounds.locality),
            Predicate::Cities(names) => name_relation(names, bounds.city),
            Predicate::Owners(owners) => relation(tree.may_contain(owners, node), false),
            // Keys have no order within a segment, so nodes keep no bounds of them.
            Predicate::Keys(keys) => relation(!keys.is_empty(), false),
        }
    }
}

/// One bit per category.
pub(super) fn category_bits(categories: &[Category]) -> u64 {
    let categories = categories.iter();
    categories.fold(0, |bits, category| bits | 1 << (category.0 & 63))
}

/// One bit per status.
pub(super) fn status_bits(statuses: &[Status]) -> u8 {
    let statuses = statuses.iter();
    statuses.fold(0, |bits, status| bits | 1 << (status.0 & 7))
}

/// The relation to a node below which some documents, or all, satisfy a predicate.
fn relation(some: bool, all: bool) -> Relation {
    match (some, all) {
        (false, _) => Relation::Outside,
        (true, false) => Relation::Crosses,
        (true, true) => Relation::Inside,
    }
}

/// The relation of a list of accepted names to a node whose documents have names within bounds.
fn name_relation(accepted: &[u32], bounds: NameBounds) -> Relation {
    match bounds {
        NameBounds::None => Relation::Outside,
        NameBounds::One(name) => {
            let is_accepted = accepted.binary_search(&name).is_ok();
            relation(is_accepted, is_accepted)
        }
        NameBounds::Several => relation(!accepted.is_empty(), false),
    }
}

/// The number of a document; NaN if it is unknown.
fn value(number: Number, columns: &Columns, at: usize) -> f64 {
    match number {
        Number::Price => columns.prices[at],
        Number::Rating => columns.ratings[at],
        Number::Reviews => f64::from(columns.reviews[at]),
        Number::Occupancy => f64::from(columns.packed[at].occupancy),
        Number::NightsMin => f64::from(columns.packed[at].nights_min),
    }
}

/// The lowest and the highest known number below a node, and whether all are known. If none is
/// known the lowest is above the highest.
fn range(number: Number, bounds: &AttributeBounds) -> (f64, f64, bool) {
    let integer = |min: u32, max: u32| (f64::from(min), f64::from(max), true);
    match number {
        Number::Price => (bounds.price_min, bounds.price_max, bounds.all_priced),
        Number::Rating => (bounds.rating_min, bounds.rating_max, !bounds.any_unrated),
        Number::Reviews => integer(bounds.reviews_min, bounds.reviews_max),
        Number::Occupancy => integer(bounds.occupancy_min.into(), bounds.occupancy_max.into()),
        Number::NightsMin => integer(
            bounds.nights_min_lowest.into(),
            bounds.nights_min_highest.into(),
        ),
    }
}
