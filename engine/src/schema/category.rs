//! Categories: fields with one of a list of names.

use serde::{Deserialize, Serialize};

/// One of the names of a field, by its index in [`FieldKind::names`](super::FieldKind::names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Category(pub(crate) u8);

impl Category {
    /// The maximum number of names of a field.
    pub const NAMES_MAX: usize = 63;

    /// The first of the names.
    pub const FIRST: Category = Category(0);

    /// What columns store for a document without a category.
    pub(crate) const NONE: Category = Category(63);

    /// The bit of this category in a set of them.
    pub(crate) fn bit(self) -> u64 {
        1 << (self.0 & 63)
    }

    /// The bits of some categories.
    pub(crate) fn bits(categories: &[Category]) -> u64 {
        let bits = categories.iter().map(|category| category.bit());
        bits.fold(0, |all, bit| all | bit)
    }
}
