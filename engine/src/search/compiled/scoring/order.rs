//! The order of hits, compiled for a collection.

use crate::query::Sort;
use crate::schema::Collection;

/// What hits are sorted by. Numbers are given by their index; without one, all documents lack it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Match,
    Distance,
    Ascending(Option<usize>),
    Descending(Option<usize>),
    Rating,
}

impl Order {
    pub(super) fn of(sort: Sort, collection: Collection) -> Order {
        match sort {
            Sort::Match => Order::Match,
            Sort::Distance => Order::Distance,
            Sort::Ascending(field) => Order::Ascending(collection.number_index(field)),
            Sort::Descending(field) => Order::Descending(collection.number_index(field)),
            Sort::Rating => Order::Rating,
        }
    }
}
