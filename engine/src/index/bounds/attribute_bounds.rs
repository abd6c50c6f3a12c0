//! Bounds of the attributes of the documents below a tree node.

use crate::collection::Tags;
use crate::index::cell_tree::CellTree;
use crate::index::columns::Columns;

/// Lower and upper bounds of the attributes of some documents.
#[derive(Clone, Debug)]
pub(crate) struct AttributeBounds {
    /// Infinite if no document has a price.
    pub(crate) price_min: f64,
    pub(crate) price_max: f64,
    pub(crate) all_priced: bool,
    pub(crate) occupancy_min: u16,
    pub(crate) occupancy_max: u16,
    /// The smallest and the largest minimum stay.
    pub(crate) nights_min_lowest: u16,
    pub(crate) nights_min_highest: u16,
    /// The tags that at least one document has.
    pub(crate) tags_any: Tags,
    /// The tags that every document has.
    pub(crate) tags_all: Tags,
    /// A bit for each category that occurs.
    pub(crate) categories: u64,
    /// Infinite if no document has a rating.
    pub(crate) rating_min: f64,
    /// Negative if no document has a rating.
    pub(crate) rating_max: f64,
    pub(crate) reviews_min: u32,
    pub(crate) reviews_max: u32,
    pub(crate) any_unrated: bool,
    /// A bit for each status that occurs.
    pub(crate) statuses: u8,
    pub(crate) any_verified: bool,
    pub(crate) all_verified: bool,
    pub(crate) locality: NameBounds,
    pub(crate) city: NameBounds,
}

/// The names of some documents, of which each has one. Neighbours mostly share a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameBounds {
    /// There are no documents.
    None,
    /// All documents have this name, by its ordinal.
    One(u32),
    /// The documents have different names.
    Several,
}

impl AttributeBounds {
    const EMPTY: AttributeBounds = AttributeBounds {
        price_min: f64::INFINITY,
        price_max: f64::NEG_INFINITY,
        all_priced: true,
        occupancy_min: u16::MAX,
        occupancy_max: 0,
        nights_min_lowest: u16::MAX,
        nights_min_highest: 0,
        tags_any: Tags(0),
        tags_all: Tags(u64::MAX),
        categories: 0,
        rating_min: f64::INFINITY,
        rating_max: -1.0,
        reviews_min: u32::MAX,
        reviews_max: 0,
        any_unrated: false,
        statuses: 0,
        any_verified: false,
        all_verified: true,
        locality: NameBounds::None,
        city: NameBounds::None,
    };

    /// The bounds of every node of a tree.
    pub(crate) fn by_node(tree: &CellTree, columns: &Columns) -> Vec<AttributeBounds> {
        let mut by_node = vec![AttributeBounds::EMPTY; tree.node_count()];
        for at in tree.bottom_up() {
            let node = tree.node(at);
            let mut bounds = AttributeBounds::EMPTY;
            if node.children.is_empty() {
                for doc in node.docs.clone() {
                    bounds.merge(&AttributeBounds::of(columns, doc as usize));
                }
            } else {
                for child in node.children.clone() {
                    bounds.merge(&by_node[child as usize]);
                }
            }
            by_node[at as usize] = bounds;
        }
        by_node
    }

    fn of(columns: &Columns, doc: usize) -> AttributeBounds {
        let (price, rating) = (columns.prices[doc], columns.ratings[doc]);
        let (reviews, packed) = (columns.reviews[doc], columns.packed[doc]);
        let empty = AttributeBounds::EMPTY;
        AttributeBounds {
            price_min: if price.is_nan() {
                empty.price_min
            } else {
                price
            },
            price_max: if price.is_nan() {
                empty.price_max
            } else {
                price
            },
            all_priced: !price.is_nan(),
            occupancy_min: packed.occupancy,
            occupancy_max: packed.occupancy,
            nights_min_lowest: packed.nights_min,
            nights_min_highest: packed.nights_min,
            tags_any: columns.tags[doc],
            tags_all: columns.tags[doc],
            categories: 1 << (packed.category & 63),
            rating_min: if rating.is_nan() {
                empty.rating_min
            } else {
                rating
            },
            rating_max: if rating.is_nan() {
                empty.rating_max
            } else {
                rating
            },
            reviews_min: reviews,
            reviews_max: reviews,
            any_unrated: rating.is_nan(),
            statuses: 1 << (packed.status & 7),
            any_verified: packed.verified,
            all_verified: packed.verified,
            locality: NameBounds::One(columns.localities[doc]),
            city: NameBounds::One(columns.cities[doc]),
        }
    }

    fn merge(&mut self, other: &AttributeBounds) {
        self.price_min = self.price_min.min(other.price_min);
        self.price_max = self.price_max.max(other.price_max);
        self.all_priced &= other.all_priced;
        self.occupancy_min = self.occupancy_min.min(other.occupancy_min);
        self.occupancy_max = self.occupancy_max.max(other.occupancy_max);
        self.nights_min_lowest = self.nights_min_lowest.min(other.nights_min_lowest);
        self.nights_min_highest = self.nights_min_highest.max(other.nights_min_highest);
        self.tags_any = self.tags_any.with(other.tags_any);
        self.tags_all = self.tags_all.intersection(other.tags_all);
        self.categories |= other.categories;
        self.rating_min = self.rating_min.min(other.rating_min);
        self.rating_max = self.rating_max.max(other.rating_max);
        self.reviews_min = self.reviews_min.min(other.reviews_min);
        self.reviews_max = self.reviews_max.max(other.reviews_max);
        self.any_unrated |= other.any_unrated;
        self.statuses |= other.statuses;
        self.any_verified |= other.any_verified;
        self.all_verified &= other.all_verified;
        self.locality = self.locality.merged_with(other.locality);
        self.city = self.city.merged_with(other.city);
    }
}

impl NameBounds {
    fn merged_with(self, other: NameBounds) -> NameBounds {
        match (self, other) {
            (NameBounds::None, names) | (names, NameBounds::None) => names,
            (names, other) if names == other => names,
            _ => NameBounds::Several,
        }
    }
}
