//! What a kind of signal consists of: the value of a document, and the bounds of a node.

use std::fmt::Debug;

/// A kind of signal of documents.
pub(crate) trait Signal: Debug {
    /// The value of a document.
    type Value: Copy + Debug + PartialEq;
    /// The value of a document, while searches read it.
    type Cell: AtomicCell<Self::Value>;
    /// What a tree node knows of the values of the documents below it.
    type Bounds: Copy;
    /// The bounds of a node, while searches read them.
    type BoundsCell: AtomicCell<Self::Bounds>;

    /// The bounds of no value.
    const OF_NONE: Self::Bounds;
    /// Bounds that are valid for any values.
    const OF_ANY: Self::Bounds;

    /// The bounds of one value.
    fn bounds(value: &Self::Value) -> Self::Bounds;

    /// The bounds of the values of both.
    fn merge(a: &Self::Bounds, b: &Self::Bounds) -> Self::Bounds;
}

/// A value that one writer changes while any number of searches read it.
pub(crate) trait AtomicCell<V>: Debug {
    fn new(value: &V) -> Self;

    fn load(&self) -> V;

    fn store(&self, value: &V);
}
