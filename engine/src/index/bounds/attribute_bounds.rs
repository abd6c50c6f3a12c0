//! Bounds of the attributes of the documents below a tree node.

use super::value_bounds::{
    Bounds, DateRangeBounds, FlagBounds, NameBounds, NumberBounds, TagBounds,
};
use crate::geo::ChordSquared;
use crate::index::cell_tree::CellTree;
use crate::index::columns::Columns;
use crate::schema::Category;

/// The bounds of all attributes for every node of a tree. Those of a node lie together in memory,
/// because the query that reads one of them mostly reads another, or the same one of a neighbour.
#[derive(Debug)]
pub(crate) struct AttributeBounds {
    layout: Layout,
    /// By node, [`Layout::stride`] words each.
    words: Box<[u32]>,
}

/// Where the bounds of each kind of attribute begin among the words of a node. Within a kind they
/// are in the order of the schema.
#[derive(Debug)]
struct Layout {
    numbers: usize,
    categories: usize,
    tags: usize,
    flags: usize,
    names: usize,
    reaches: usize,
    date_ranges: usize,
    stride: usize,
}

/// The bounds of the attributes of some documents.
#[derive(Clone, Copy)]
pub(crate) struct NodeAttributes<'a> {
    layout: &'a Layout,
    words: &'a [u32],
}

impl Layout {
    fn of(columns: &Columns) -> Layout {
        let categories = columns.numbers.len() * NumberBounds::WORDS;
        let tags = categories + columns.categories.len() * u64::WORDS;
        let flags = tags + columns.tags.len() * TagBounds::WORDS;
        let names = flags + columns.flags.len() * FlagBounds::WORDS;
        let reaches = names + columns.names.len() * NameBounds::WORDS;
        let date_ranges = reaches + columns.reaches.len() * NumberBounds::WORDS;
        Layout {
            numbers: 0,
            categories,
            tags,
            flags,
            names,
            reaches,
            date_ranges,
            stride: date_ranges + columns.date_ranges.len() * DateRangeBounds::WORDS,
        }
    }
}

impl AttributeBounds {
    pub(crate) fn of(tree: &CellTree, columns: &Columns) -> AttributeBounds {
        let Columns {
            numbers,
            categories,
            tags,
            flags,
            names,
            reaches,
            date_ranges,
            ..
        } = columns;
        let layout = Layout::of(columns);
        let words = vec![0; tree.node_count() * layout.stride].into_boxed_slice();
        let mut bounds = AttributeBounds { layout, words };
        let tag = |any| TagBounds { any, all: any };
        let flag = |any| FlagBounds { any, all: any };
        bounds.fill(tree, numbers, bounds.layout.numbers, NumberBounds::of);
        bounds.fill(tree, categories, bounds.layout.categories, Category::bit);
        bounds.fill(tree, tags, bounds.layout.tags, tag);
        bounds.fill(tree, flags, bounds.layout.flags, flag);
        bounds.fill(tree, names, bounds.layout.names, NameBounds::One);
        let chord = |reach: ChordSquared| NumberBounds::of(reach.0);
        bounds.fill(tree, reaches, bounds.layout.reaches, chord);
        let first = bounds.layout.date_ranges;
        bounds.fill(tree, date_ranges, first, DateRangeBounds::of);
        bounds
    }

    #[inline]
    pub(crate) fn node(&self, node: u32) -> NodeAttributes<'_> {
        let first = node as usize * self.layout.stride;
        NodeAttributes {
            layout: &self.layout,
            words: &self.words[first..first + self.layout.stride],
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.words[..])
    }

    /// Fills in the bounds of the columns of one kind, from the word `first` of each node on. The
    /// bounds of a value are those that `of` gives.
    fn fill<V: Copy, B: Bounds>(
        &mut self,
        tree: &CellTree,
        columns: &[Vec<V>],
        first: usize,
        of: impl Fn(V) -> B,
    ) {
        let stride = self.layout.stride;
        for (attribute, column) in columns.iter().enumerate() {
            let words = |node: u32| {
                let first = node as usize * stride + first + attribute * B::WORDS;
                first..first + B::WORDS
            };
            for at in tree.bottom_up() {
                let node = tree.node(at);
                let mut merged = B::OF_NONE;
                if node.children.is_empty() {
                    for &value in &column[node.docs.start as usize..node.docs.end as usize] {
                        merged.merge(of(value));
                    }
                } else {
                    for child in node.children.clone() {
                        merged.merge(B::unpack(&self.words[words(child)]));
                    }
                }
                merged.pack(&mut self.words[words(at)]);
            }
        }
    }
}

impl NodeAttributes<'_> {
    #[inline]
    pub(crate) fn number(&self, attribute: usize) -> NumberBounds {
        self.get(self.layout.numbers, attribute)
    }

    /// A bit for each category that occurs.
    #[inline]
    pub(crate) fn categories(&self, attribute: usize) -> u64 {
        self.get(self.layout.categories, attribute)
    }

    #[inline]
    pub(crate) fn tags(&self, attribute: usize) -> TagBounds {
        self.get(self.layout.tags, attribute)
    }

    #[inline]
    pub(crate) fn flag(&self, attribute: usize) -> FlagBounds {
        self.get(self.layout.flags, attribute)
    }

    #[inline]
    pub(crate) fn name(&self, attribute: usize) -> NameBounds {
        self.get(self.layout.names, attribute)
    }

    /// The bounds of the squared chords of a reach.
    #[inline]
    pub(crate) fn reach(&self, attribute: usize) -> NumberBounds {
        self.get(self.layout.reaches, attribute)
    }

    #[inline]
    pub(crate) fn date_range(&self, attribute: usize) -> DateRangeBounds {
        self.get(self.layout.date_ranges, attribute)
    }

    #[inline]
    fn get<B: Bounds>(&self, first: usize, attribute: usize) -> B {
        let first = first + attribute * B::WORDS;
        B::unpack(&self.words[first..first + B::WORDS])
    }
}
