//! The relation of an area or a predicate to a set of documents.

/// How an area or a predicate relates to everything in a box or below a tree node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Nothing matches.
    Outside,
    /// Some may match: each must be tested.
    Crosses,
    /// Everything matches.
    Inside,
}

/// More than the rounding errors of any area add up to: some micrometres on the ground.
pub(super) const MARGIN: f64 = 1e-12;

impl Relation {
    /// The relation of both together.
    pub(crate) fn and(self, other: Relation) -> Relation {
        match (self, other) {
            (Relation::Outside, _) | (_, Relation::Outside) => Relation::Outside,
            (Relation::Inside, Relation::Inside) => Relation::Inside,
            _ => Relation::Crosses,
        }
    }

    /// The relation of either.
    pub(crate) fn or(self, other: Relation) -> Relation {
        match (self, other) {
            (Relation::Inside, _) | (_, Relation::Inside) => Relation::Inside,
            (Relation::Outside, Relation::Outside) => Relation::Outside,
            _ => Relation::Crosses,
        }
    }
}
