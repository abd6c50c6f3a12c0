//! Estimates how many documents lie in the area of a query.

use crate::geo::area::{PreparedBoundingBox, Relation, Ring};
use crate::index::{Snapshot, Tree};
use crate::query::{Probes, Query};

/// Visited nodes per segment. It suffices for an error of some percent.
const NODES_MAX: usize = 64;

/// Whether a document below a node may reach a probe.
fn relation_to_probes(probes: &Probes, tree: &Tree, node: u32) -> Relation {
    let reach = probes.reach();
    let Some(reach) = reach.and_then(|field| probes.searched().reach_index(field)) else {
        return Relation::Crosses;
    };
    let reach = tree.attributes(node).reach(reach);
    let bounds = &tree.node(node).bounds;
    let mut places = probes.documents().iter().map(|probe| probe.place);
    match places.any(|place| bounds.nearest(place.into()).0 <= reach.max()) {
        true => Relation::Crosses,
        false => Relation::Outside,
    }
}

/// The approximate number of documents in the area of a query, listed or not. Of the nodes that the
/// border crosses, and that it does not descend into, half of the documents count.
pub(super) fn documents_within(query: &Query, snapshot: &Snapshot) -> u64 {
    let has_ring = query.radius.is_some() || query.radius_min.is_some();
    let ring = query.center.filter(|_| has_ring);
    let ring = ring.map(|center| Ring::new(center, query.radius_min, query.radius));
    let filters = &query.filters;
    let bounding_box = filters.bounding_box.as_ref().map(PreparedBoundingBox::new);
    let polygon = filters.polygon.as_ref();
    let probes = query.probes.as_deref();
    if ring.is_none() && bounding_box.is_none() && polygon.is_none() && probes.is_none() {
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
            if let Some(probes) = probes {
                relation = relation.and(relation_to_probes(probes, tree, at));
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
