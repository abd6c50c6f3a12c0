//! The one evaluation of predicates for tree nodes, for the children of a node together.
//!
//! The result is a relation: no document below a node satisfies the predicate, all do, or each must
//! be evaluated. Negation swaps the first two, so a negated predicate prunes as well as the
//! predicate itself.

use super::predicate::Predicate;
use crate::availability::DateRange;
use crate::geo::area::Relation;
use crate::index::{DateRangeBounds, NameBounds, NumberBounds, NumberRange, Tree};

/// The relations of a filter to up to 64 nodes, one bit each. It crosses the nodes of neither.
#[derive(Clone, Copy)]
pub(crate) struct Relations {
    /// All documents below satisfy the filter.
    pub(crate) inside: u64,
    /// No document below does.
    pub(crate) outside: u64,
}

impl Relations {
    /// The relation to the first node.
    pub(super) fn first(self) -> Relation {
        match (self.inside & 1, self.outside & 1) {
            (_, 1) => Relation::Outside,
            (1, _) => Relation::Inside,
            _ => Relation::Crosses,
        }
    }
}

/// The relations of some predicates together to up to 64 nodes, one bit each, by their position
/// after `first`.
#[inline]
pub(super) fn relations_of_all(
    predicates: &[Predicate<'_>],
    tree: &Tree,
    first: u32,
    nodes: u64,
) -> Relations {
    let mut all = Relations {
        inside: nodes,
        outside: 0,
    };
    for predicate in predicates {
        if all.outside == nodes {
            break;
        }
        let found = relations(predicate, tree, first, nodes & !all.outside);
        all.inside &= found.inside;
        all.outside |= found.outside;
    }
    all
}

/// The relations of the predicate to up to 64 nodes, over all documents below, shown or not.
/// Each bit stands for the node at its position after `first`.
fn relations(predicate: &Predicate<'_>, tree: &Tree, first: u32, nodes: u64) -> Relations {
    let attributes = |node| tree.attributes(node);
    match predicate {
        Predicate::Ring(ring) => {
            relate(first, nodes, |node| ring.relation(&tree.node(node).bounds))
        }
        Predicate::Number { attribute, range } => relate(first, nodes, |node| {
            number_relation(range, attributes(node).number(*attribute))
        }),
        Predicate::Category {
            attribute,
            accepted,
        } => relate(first, nodes, |node| {
            let known = attributes(node).categories(*attribute);
            relation(known & accepted != 0, known & !accepted == 0)
        }),
        Predicate::AllTags { attribute, tags } => relate(first, nodes, |node| {
            let known = attributes(node).tags(*attribute);
            relation(known.any.contains(*tags), known.all.contains(*tags))
        }),
        Predicate::AnyTag { attribute, tags } => relate(first, nodes, |node| {
            let known = attributes(node).tags(*attribute);
            relation(
                !known.any.intersection(*tags).is_empty(),
                !known.all.intersection(*tags).is_empty(),
            )
        }),
        Predicate::Flag { attribute, is_set } => relate(first, nodes, |node| {
            let known = attributes(node).flag(*attribute);
            match is_set {
                true => relation(known.any, known.all),
                false => relation(!known.all, !known.any),
            }
        }),
        Predicate::Free(days) => {
            let Some(busy) = &tree.document_signals.days else {
                return relate(first, nodes, |_| Relation::Inside);
            };
            relate(first, nodes, |node| {
                let all_are_free = !busy.may_be_busy(node, days);
                relation(all_are_free || !busy.are_all_busy(node, days), all_are_free)
            })
        }
        _ => relations_rarely(predicate, tree, first, nodes),
    }
}

/// The same for predicates that few queries have.
#[inline(never)]
fn relations_rarely(predicate: &Predicate<'_>, tree: &Tree, first: u32, nodes: u64) -> Relations {
    match predicate {
        Predicate::All(parts) => relations_of_all(parts, tree, first, nodes),
        Predicate::Any(parts) => {
            let (mut inside, mut outside) = (0, nodes);
            for part in parts {
                let found = relations(part, tree, first, nodes & !inside);
                inside |= found.inside;
                outside &= found.outside;
            }
            Relations { inside, outside }
        }
        Predicate::Not(part) => {
            let Relations { inside, outside } = relations(part, tree, first, nodes);
            Relations {
                inside: outside,
                outside: inside,
            }
        }
        Predicate::BoundingBox(area) => {
            relate(first, nodes, |node| area.relation(&tree.node(node).bounds))
        }
        Predicate::Polygon(polygon) => relate(first, nodes, |node| {
            polygon.relation(&tree.node(node).bounds)
        }),
        Predicate::AcceptsProbe(probes) => relate(first, nodes, |node| probes.relation(tree, node)),
        Predicate::Name {
            attribute,
            accepted,
        } => relate(first, nodes, |node| {
            name_relation(accepted, tree.attributes(node).name(*attribute))
        }),
        Predicate::Overlaps { attribute, range } => relate(first, nodes, |node| {
            overlaps_relation(range, tree.attributes(node).date_range(*attribute))
        }),
        Predicate::Owner(owners) => relate(first, nodes, |node| {
            relation(tree.may_contain(owners, node), false)
        }),
        // Keys have no order within a segment, so nodes keep no bounds of them.
        Predicate::Key(keys) => relate(first, nodes, |_| relation(!keys.is_empty(), false)),
        Predicate::Available(_) | Predicate::WithoutPhrases(_) => Relations {
            inside: 0,
            outside: 0,
        },
        Predicate::Ring(_)
        | Predicate::Number { .. }
        | Predicate::Category { .. }
        | Predicate::AllTags { .. }
        | Predicate::AnyTag { .. }
        | Predicate::Flag { .. }
        | Predicate::Free(_) => relations(predicate, tree, first, nodes),
    }
}

/// The relations to some nodes, from the relation to each of them.
#[inline(always)]
fn relate(first: u32, nodes: u64, relation: impl Fn(u32) -> Relation) -> Relations {
    let (mut left, mut relations) = (
        nodes,
        Relations {
            inside: 0,
            outside: 0,
        },
    );
    while left != 0 {
        let at = left.trailing_zeros();
        left &= left - 1;
        let relation = relation(first + at);
        relations.inside |= u64::from(relation == Relation::Inside) << at;
        relations.outside |= u64::from(relation == Relation::Outside) << at;
    }
    relations
}

/// The relation to a node below which some documents, or all, satisfy a predicate.
#[inline]
fn relation(some: bool, all: bool) -> Relation {
    match (some, all) {
        (false, _) => Relation::Outside,
        (true, false) => Relation::Crosses,
        (true, true) => Relation::Inside,
    }
}

#[inline]
fn number_relation(range: &NumberRange, known: NumberBounds) -> Relation {
    let (min, max) = (range.min, range.max);
    let some = known.is_any_known() && known.min() <= max && min <= known.max();
    let all = known.are_all_known && min <= known.min() && known.max() <= max;
    relation(some && min <= max, all)
}

fn overlaps_relation(range: &DateRange, bounds: DateRangeBounds) -> Relation {
    let Some(hull) = bounds.hull() else {
        return Relation::Outside;
    };
    let common = bounds.common();
    let all = common.is_some_and(|common| range.overlaps(&common));
    relation(range.overlaps(&hull), bounds.are_all_known && all)
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
