//! Sets of tags.

use serde::{Deserialize, Serialize};

/// A set of tags of a field, one bit each, by their index in
/// [`FieldKind::names`](super::FieldKind::names).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tags(pub(crate) u64);

impl Tags {
    /// The maximum number of names of a field.
    pub const NAMES_MAX: usize = 64;

    /// No tag.
    pub const NONE: Tags = Tags(0);

    /// The tags in either set.
    #[must_use]
    pub fn with(self, other: Tags) -> Tags {
        Tags(self.0 | other.0)
    }

    /// The tags in both sets.
    #[must_use]
    pub fn intersection(self, other: Tags) -> Tags {
        Tags(self.0 & other.0)
    }

    /// Whether the set contains all of `other`.
    pub fn contains(self, other: Tags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The share of these tags that are among others; `None` if there are none.
    pub(crate) fn share_among(self, tags: Tags) -> Option<f64> {
        let share = f64::from(self.intersection(tags).len()) / f64::from(self.len());
        (!self.is_empty()).then_some(share)
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number of tags.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether the set contains the tag of this index.
    pub(crate) fn has(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }
}
