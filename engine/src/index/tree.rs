//! Which documents lie together, and what is the best that any of them could score?
//!
//! A segment is sorted by H3 cell, so the documents of every coarser cell are one range. The tree
//! keeps, for a hierarchy of such ranges down to leaves of some dozens of documents, a box around
//! the places and bounds of all that is filtered or scored. It needs no pointer into the documents
//! and takes a few bytes for each.

use std::ops::Range;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

use super::segment::Columns;
use crate::collection::Tags;
use crate::place::Bounds;
use crate::signals::{SignalView, Signals, Slot};

/// A node with more documents than this is divided.
const LEAF_DOCUMENTS: usize = 64;

/// How many of an owner's leaves are looked at to tell whether one of them is below a node.
const LEAVES_LOOKED_AT: usize = 64;

/// The finest H3 resolution, by which segments are sorted.
const FINEST: u32 = 15;

/// The tree of one segment. Node 0 is the root and holds all documents.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    signals: Vec<SignalBounds>,
    /// Where each owner's documents are, by owner: the leaves whose bounds its signals may raise.
    leaves_of_owners: Vec<(Slot, u32)>,
}

/// What holds for all documents of a range.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) docs: Range<u32>,
    /// Empty for a leaf.
    pub(crate) children: Range<u32>,
    parent: u32,
    pub(crate) bounds: Bounds,
    pub(crate) attributes: AttributeBounds,
}

/// Bounds of the attributes. Each only loosens as more documents are included.
#[derive(Clone, Debug)]
pub(crate) struct AttributeBounds {
    /// Infinite if no price is known.
    pub(crate) price_min: f64,
    pub(crate) price_max: f64,
    pub(crate) all_priced: bool,
    pub(crate) occupancy_min: u16,
    pub(crate) occupancy_max: u16,
    /// The tags that some document has.
    pub(crate) tags_any: Tags,
    /// The tags that every document has.
    pub(crate) tags_all: Tags,
    /// A bit for each category that occurs.
    pub(crate) categories: u64,
    /// Negative if there is no rating.
    pub(crate) rating_max: f64,
    pub(crate) reviews_min: u32,
    pub(crate) reviews_max: u32,
    pub(crate) any_unrated: bool,
    /// A bit for each status that occurs.
    pub(crate) statuses: u8,
    pub(crate) any_verified: bool,
    pub(crate) all_verified: bool,
}

/// Bounds of the owners' signals. They only ever rise while a segment lives, so a search that
/// reads them at any moment reads true bounds of what it then reads of the signals.
#[derive(Debug, Default)]
struct SignalBounds {
    /// The bits of a float that is not negative, and so ordered like it.
    capacity_max: AtomicU64,
    active_at_s_max: AtomicI64,
    flags: AtomicU8,
}

/// The best signals that any owner below a node may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BestSignals {
    pub(crate) capacity: f64,
    pub(crate) active_at_s: i64,
    pub(crate) performance: f64,
    pub(crate) any_available: bool,
    pub(crate) any_unavailable: bool,
}

const ACCEPTS_MOST: u8 = 1;
const ANSWERS_FAST: u8 = 2;
const AVAILABLE: u8 = 4;
const UNAVAILABLE: u8 = 8;

impl Tree {
    /// Builds the tree of documents that are sorted by cell.
    pub(crate) fn build(cells: &[u64], columns: &Columns, signals: &SignalView) -> Tree {
        let mut builder = Builder {
            cells,
            columns,
            nodes: Vec::new(),
        };
        builder.nodes.push(Node::leaf(0..0, u32::MAX));
        builder.fill(0, 0..cells.len(), 0);
        let nodes = builder.nodes;

        let mut tree = Tree {
            signals: nodes.iter().map(|_| SignalBounds::default()).collect(),
            nodes,
            leaves_of_owners: Vec::new(),
        };
        for (at, node) in (0..).zip(&tree.nodes) {
            if node.children.is_empty() {
                let owners = &columns.slots[range(&node.docs)];
                tree.leaves_of_owners
                    .extend(owners.iter().map(|&slot| (slot, at)));
            }
        }
        tree.leaves_of_owners.sort_unstable();
        tree.leaves_of_owners.dedup();
        tree.leaves_of_owners.shrink_to_fit();
        for &(slot, leaf) in &tree.leaves_of_owners {
            tree.raise_from(leaf, &signals.get(slot));
        }
        tree
    }

    pub(crate) fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    pub(crate) fn best_signals(&self, at: u32) -> BestSignals {
        let bounds = &self.signals[at as usize];
        let flags = bounds.flags.load(Ordering::Acquire);
        let has = |flag| u8::from(flags & flag != 0);
        BestSignals {
            capacity: f64::from_bits(bounds.capacity_max.load(Ordering::Acquire)),
            active_at_s: bounds.active_at_s_max.load(Ordering::Acquire),
            performance: f64::from(10 * has(ACCEPTS_MOST) + 5 * has(ANSWERS_FAST)) / 15.0,
            any_available: flags & AVAILABLE != 0,
            any_unavailable: flags & UNAVAILABLE != 0,
        }
    }

    /// Loosens the bounds above an owner's documents, before the signals themselves change.
    pub(crate) fn raise(&self, slot: Slot, signals: &Signals) {
        for &(_, leaf) in self.leaves_of(slot) {
            self.raise_from(leaf, signals);
        }
    }

    /// Whether some of these owners may have a document below a node. Exact for leaves.
    pub(crate) fn may_hold(&self, owners: &[Slot], at: u32) -> bool {
        let node = self.node(at);
        owners.iter().any(|&owner| {
            if node.children.is_empty() {
                return self.leaves_of_owners.binary_search(&(owner, at)).is_ok();
            }
            let is_below =
                |&(_, leaf): &(Slot, u32)| node.docs.contains(&self.node(leaf).docs.start);
            let mut leaves = self.leaves_of(owner);
            // Of an owner with a great many, some are likely to be below.
            leaves.by_ref().take(LEAVES_LOOKED_AT).any(is_below) || leaves.next().is_some()
        })
    }

    fn leaves_of(&self, owner: Slot) -> impl Iterator<Item = &(Slot, u32)> {
        let leaves = &self.leaves_of_owners;
        let from = leaves.partition_point(|&(other, _)| other < owner);
        leaves[from..]
            .iter()
            .take_while(move |&&(other, _)| other == owner)
    }

    fn raise_from(&self, leaf: u32, signals: &Signals) {
        let mut at = leaf;
        while at != u32::MAX {
            if !self.signals[at as usize].raise(signals) {
                // What is above was raised together with this node, and is no tighter.
                return;
            }
            at = self.nodes[at as usize].parent;
        }
    }
}

impl Node {
    fn leaf(docs: Range<u32>, parent: u32) -> Node {
        let attributes = AttributeBounds::EMPTY;
        Node {
            docs,
            children: 0..0,
            parent,
            bounds: Bounds::EMPTY,
            attributes,
        }
    }
}

impl AttributeBounds {
    const EMPTY: AttributeBounds = AttributeBounds {
        price_min: f64::INFINITY,
        price_max: f64::NEG_INFINITY,
        all_priced: true,
        occupancy_min: u16::MAX,
        occupancy_max: 0,
        tags_any: Tags(0),
        tags_all: Tags(u64::MAX),
        categories: 0,
        rating_max: -1.0,
        reviews_min: u32::MAX,
        reviews_max: 0,
        any_unrated: false,
        statuses: 0,
        any_verified: false,
        all_verified: true,
    };

    fn of(columns: &Columns, doc: usize) -> AttributeBounds {
        let (price, rating) = (columns.prices[doc], columns.ratings[doc]);
        let (reviews, traits) = (columns.reviews[doc], columns.traits[doc]);
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
            occupancy_min: traits.occupancy,
            occupancy_max: traits.occupancy,
            tags_any: columns.tags[doc],
            tags_all: columns.tags[doc],
            categories: 1 << (traits.category & 63),
            rating_max: if rating.is_nan() {
                empty.rating_max
            } else {
                rating
            },
            reviews_min: reviews,
            reviews_max: reviews,
            any_unrated: rating.is_nan(),
            statuses: 1 << (traits.status & 7),
            any_verified: traits.verified,
            all_verified: traits.verified,
        }
    }

    fn merge(&mut self, other: &AttributeBounds) {
        self.price_min = self.price_min.min(other.price_min);
        self.price_max = self.price_max.max(other.price_max);
        self.all_priced &= other.all_priced;
        self.occupancy_min = self.occupancy_min.min(other.occupancy_min);
        self.occupancy_max = self.occupancy_max.max(other.occupancy_max);
        self.tags_any = self.tags_any.with(other.tags_any);
        self.tags_all = self.tags_all.shared_with(other.tags_all);
        self.categories |= other.categories;
        self.rating_max = self.rating_max.max(other.rating_max);
        self.reviews_min = self.reviews_min.min(other.reviews_min);
        self.reviews_max = self.reviews_max.max(other.reviews_max);
        self.any_unrated |= other.any_unrated;
        self.statuses |= other.statuses;
        self.any_verified |= other.any_verified;
        self.all_verified &= other.all_verified;
    }
}

impl SignalBounds {
    /// Whether anything rose.
    fn raise(&self, signals: &Signals) -> bool {
        let capacity = signals.capacity().to_bits();
        let mut flags = if signals.available {
            AVAILABLE
        } else {
            UNAVAILABLE
        };
        flags |= if signals.accepts_most {
            ACCEPTS_MOST
        } else {
            0
        };
        flags |= if signals.answers_fast {
            ANSWERS_FAST
        } else {
            0
        };
        let capacity_rose = self.capacity_max.fetch_max(capacity, Ordering::AcqRel) < capacity;
        // Zero stands for never as well: activity a lifetime ago scores nothing either way.
        let activity = self
            .active_at_s_max
            .fetch_max(signals.active_at_s, Ordering::AcqRel);
        let flags_rose = self.flags.fetch_or(flags, Ordering::AcqRel) & flags != flags;
        capacity_rose || activity < signals.active_at_s || flags_rose
    }
}

struct Builder<'a> {
    cells: &'a [u64],
    columns: &'a Columns,
    nodes: Vec<Node>,
}

impl Builder<'_> {
    /// Makes the node at `at` stand for `docs`, which share one cell of the resolution before
    /// `resolution`.
    fn fill(&mut self, at: u32, docs: Range<usize>, resolution: u32) {
        self.nodes[at as usize].docs = short(docs.start)..short(docs.end);
        if docs.len() <= LEAF_DOCUMENTS {
            return self.summarise_documents(at, docs);
        }
        let (parts, next) = self.divide(&docs, resolution);
        let first = short(self.nodes.len());
        for part in &parts {
            self.nodes
                .push(Node::leaf(short(part.start)..short(part.end), at));
        }
        let children = first..short(self.nodes.len());
        self.nodes[at as usize].children = children.clone();
        for (child, part) in children.clone().zip(parts) {
            self.fill(child, part, next);
        }
        self.summarise_children(at, children);
    }

    /// The parts of a range by cells of the first resolution that divides it, and the resolution
    /// below. Documents of one single finest cell are divided by number.
    fn divide(&self, docs: &Range<usize>, resolution: u32) -> (Vec<Range<usize>>, u32) {
        let cells = &self.cells[docs.clone()];
        for resolution in resolution..=FINEST {
            // Three bits a resolution, the finest lowest.
            let ancestor = |cell: &u64| cell >> (3 * (FINEST - resolution));
            if ancestor(&cells[0]) == ancestor(&cells[cells.len() - 1]) {
                continue;
            }
            let mut parts = Vec::new();
            let mut start = docs.start;
            for part in cells.chunk_by(|a, b| ancestor(a) == ancestor(b)) {
                parts.push(start..start + part.len());
                start += part.len();
            }
            return (parts, resolution + 1);
        }
        let starts = docs.clone().step_by(LEAF_DOCUMENTS);
        let parts = starts
            .map(|start| start..docs.end.min(start + LEAF_DOCUMENTS))
            .collect();
        (parts, FINEST + 1)
    }

    fn summarise_documents(&mut self, at: u32, docs: Range<usize>) {
        let node = &mut self.nodes[at as usize];
        for doc in docs {
            node.bounds.include(self.columns.points[doc]);
            node.attributes
                .merge(&AttributeBounds::of(self.columns, doc));
        }
    }

    fn summarise_children(&mut self, at: u32, children: Range<u32>) {
        let (mut bounds, mut attributes) = (Bounds::EMPTY, AttributeBounds::EMPTY);
        for child in &self.nodes[range(&children)] {
            bounds.merge(&child.bounds);
            attributes.merge(&child.attributes);
        }
        let node = &mut self.nodes[at as usize];
        node.bounds = bounds;
        node.attributes = attributes;
    }
}

fn range(docs: &Range<u32>) -> Range<usize> {
    docs.start as usize..docs.end as usize
}

/// Tantivy numbers documents by 32 bits, and there are fewer nodes than documents.
fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
