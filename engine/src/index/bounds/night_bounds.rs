//! Which documents of a segment are taken when, and which nights are taken of all below a node?
//!
//! Nothing is kept before the first document of the segment has a night taken. From then on each
//! document knows its row of nights, and each node the nights that are taken of every document below
//! it, and those that are taken of some. The former let a search skip the node, the latter let it
//! count the node's documents as free without a look at them.
//!
//! While nights change, both stay true of the documents at any moment: a night that becomes free
//! first leaves the nodes' sets of nights taken everywhere, and one that is taken first joins the
//! sets of nights taken somewhere. Afterwards the nodes are made tight again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use crate::availability::{AtomicNightSet, NightSet, NightSlot, NightTable};
use crate::index::tree::Tree;

#[derive(Debug)]
pub(crate) struct Booked {
    table: Arc<NightTable>,
    known: OnceLock<Known>,
}

#[derive(Debug)]
struct Known {
    /// A [`NightSlot`] for each document.
    slots: Box<[AtomicU32]>,
    nodes: Box<[NodeNights]>,
}

#[derive(Debug, Default)]
struct NodeNights {
    everywhere: AtomicNightSet,
    somewhere: AtomicNightSet,
}

impl Booked {
    pub(crate) fn new(table: Arc<NightTable>) -> Booked {
        Booked {
            table,
            known: OnceLock::new(),
        }
    }

    /// Whether any of these nights of a document is taken.
    pub(crate) fn takes(&self, doc: u32, nights: &NightSet) -> bool {
        let row = self.known.get().and_then(|known| self.row(known, doc));
        row.is_some_and(|row| row.meets(nights))
    }

    /// Whether one of these nights is taken of every document below a node.
    pub(crate) fn takes_all(&self, node: u32, nights: &NightSet) -> bool {
        let node = self.known.get().map(|known| &known.nodes[node as usize]);
        node.is_some_and(|node| node.everywhere.meets(nights))
    }

    /// Whether any of these nights may be taken of some document below a node.
    pub(crate) fn takes_some(&self, node: u32, nights: &NightSet) -> bool {
        let node = self.known.get().map(|known| &known.nodes[node as usize]);
        node.is_some_and(|node| node.somewhere.meets(nights))
    }

    /// Finds the rows of all documents. Those that were not known before are of no taken night yet,
    /// unless nobody searches here.
    pub(crate) fn look_up_all(&self, tree: &Tree, keys: &[u128]) {
        let Some(slots) = self.table.slots_of(keys) else {
            return;
        };
        let known = self.known(tree);
        for (of_document, slot) in known.slots.iter().zip(slots) {
            of_document.store(slot, Ordering::Release);
        }
        self.tighten_all(tree);
    }

    /// Lets every node allow for any change.
    pub(crate) fn loosen_all(&self) {
        for node in self.known.get().iter().flat_map(|known| &known.nodes) {
            node.everywhere.store(&NightSet::NONE);
            node.somewhere.store(&NightSet::ALL);
        }
    }

    /// Lets the nodes above a document allow for a change of its nights, and tells the document
    /// where they are. The document is as it was until the table changes.
    pub(crate) fn loosen(
        &self,
        tree: &Tree,
        doc: u32,
        slot: NightSlot,
        (freed, taken): (&NightSet, &NightSet),
    ) {
        let known = self.known(tree);
        for node in tree.upwards(tree.leaf_of(doc)) {
            let node = &known.nodes[node as usize];
            node.everywhere
                .store(&node.everywhere.load().without(freed));
            node.somewhere.store(&node.somewhere.load().with(taken));
        }
        known.slots[doc as usize].store(slot, Ordering::Release);
    }

    /// Makes the nodes above a document as tight as its nights allow.
    pub(crate) fn tighten(&self, tree: &Tree, doc: u32) {
        if let Some(known) = self.known.get() {
            for node in tree.upwards(tree.leaf_of(doc)) {
                self.tighten_node(known, tree, node);
            }
        }
    }

    pub(crate) fn tighten_all(&self, tree: &Tree) {
        if let Some(known) = self.known.get() {
            // Children stand behind their parents.
            let last_first = (0..tree.node_count()).rev();
            last_first
                .filter_map(|node| u32::try_from(node).ok())
                .for_each(|node| self.tighten_node(known, tree, node));
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let known = self.known.get();
        known.map_or(0, |known| {
            size_of_val(&known.slots[..]) + size_of_val(&known.nodes[..])
        })
    }

    fn known(&self, tree: &Tree) -> &Known {
        self.known.get_or_init(|| Known {
            slots: tree
                .node(0)
                .docs
                .clone()
                .map(|_| AtomicU32::new(0))
                .collect(),
            nodes: (0..tree.node_count())
                .map(|_| NodeNights::default())
                .collect(),
        })
    }

    fn row(&self, known: &Known, doc: u32) -> Option<&AtomicNightSet> {
        self.table
            .row(known.slots[doc as usize].load(Ordering::Acquire))
    }

    fn tighten_node(&self, known: &Known, tree: &Tree, at: u32) {
        let node = tree.node(at);
        let (mut everywhere, mut somewhere) = (NightSet::ALL, NightSet::NONE);
        let mut add = |of_all: &NightSet, of_some: &NightSet| {
            everywhere = everywhere.shared_with(of_all);
            somewhere = somewhere.with(of_some);
        };
        if node.children.is_empty() {
            for doc in node.docs.clone() {
                let nights = self
                    .row(known, doc)
                    .map_or(NightSet::NONE, AtomicNightSet::load);
                add(&nights, &nights);
            }
        } else {
            for child in node.children.clone() {
                let child = &known.nodes[child as usize];
                add(&child.everywhere.load(), &child.somewhere.load());
            }
        }
        known.nodes[at as usize].everywhere.store(&everywhere);
        known.nodes[at as usize].somewhere.store(&somewhere);
    }
}
