//! Estimates how many documents lie in the area of a query.

use crate::geo::area::{PreparedBoundingBox, Relation, Ring};
use crate::index::Snapshot;
use crate::query::Query;

/// Visited nodes per segment. It suffices for an error of some percent.
const NODES_MAX: usize = 64;

/// The approximate number of documents in the area of a query, listed or not. Of the nodes that the
/// border crosses, and that it does not descend into, half of the documents count.
pub(super) fn documents_within(query: &Query, snapshot: &Snapshot) -> u64 {
    let has_ring = query.radius.is_some() || query.radius_min.is_some();
    let ring = query.center.filter(|_| has_ring);
    let ring = ring.map(|center| Ring::new(center, query.radius_min, query.radius));
    let filters = &query.filters;
    let bounding_box = filters.bounding_box.as_ref().map(PreparedBoundingBox::new);
    let polygon = filters.polygon.as_ref();
    if ring.is_none() && bounding_box.is_none() && polygon.is_none() {
        return snapshot.statistics.documents;
    }
    let mut found = 0;
    for view in &snapshot.segments {
        let tree = &view.segment.tree;
        let mut nodes = std::collections::VecDeque::from([0]);
        let mut visited = 0;
        while let Some(at) = nodes.pop_front() {
            visited += 1;
            let node = tree.node(at);
            let mut relation = Relation::Inside;
            if let Some(ring) = &ring {
                relation = relation.and(ring.relation(&node.bounds));
            }
            if let Some(bounding_box) = &bounding_box {
                relation = relation.and(bounding_box.relation(&node.bounds));
            }
            if let Some(polygon) = polygon.filter(|_| relation != Relation::Outside) {
                relation = relation.and(polygon.relation_of_box(&node.bounds));
            }
            let documents = u64::from(node.docs.end - node.docs.start);
            match relation {
                Relation::Outside => {}
                Relation::Inside => found += documents,
                Relation::Crosses if node.children.is_empty() || visited > NODES_MAX => {
                    found += documents / 2;
                }
                // The larger nodes come first.
                Relation::Crosses => nodes.extend(node.children.clone()),
            }
        }
    }
    found
}
