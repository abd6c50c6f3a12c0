//! Bounds of the attributes of the documents below a tree node.

use super::value_bounds::{
    Bounds, DateRangeBounds, FlagBounds, NameBounds, NumberBounds, TagBounds,
};
use crate::index::cell_tree::CellTree;
use crate::index::columns::Columns;

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
        let mut first = 0;
        for column in numbers {
            bounds.fill(tree, &mut first, |doc| NumberBounds::of(column.get(doc)));
        }
        for column in categories {
            bounds.fill(tree, &mut first, |doc| column[doc].bit());
        }
        for column in tags {
            bounds.fill(tree, &mut first, |doc| tag(column[doc]));
        }
        for column in flags {
            bounds.fill(tree, &mut first, |doc| flag(column[doc]));
        }
        for column in names {
            bounds.fill(tree, &mut first, |doc| NameBounds::One(column[doc]));
        }
        for column in reaches {
            bounds.fill(tree, &mut first, |doc| NumberBounds::of(column[doc].0));
        }
        for column in date_ranges {
            bounds.fill(tree, &mut first, |doc| DateRangeBounds::of(column[doc]));
        }
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

    /// Fills in the bounds of one column, from the word `first` of each node on, and moves `first`
    /// behind them.
    fn fill<B: Bounds>(&mut self, tree: &CellTree, first: &mut usize, of_doc: impl Fn(usize) -> B) {
        let stride = self.layout.stride;
        let words = |node: u32| {
            let first = node as usize * stride + *first;
            first..first + B::WORDS
        };
        for at in tree.bottom_up() {
            let node = tree.node(at);
            let mut merged = B::OF_NONE;
            if node.children.is_empty() {
                for doc in node.docs.clone() {
                    merged.merge(of_doc(doc as usize));
                }
            } else {
                for child in node.children.clone() {
                    merged.merge(B::unpack(&self.words[words(child)]));
                }
            }
            merged.pack(&mut self.words[words(at)]);
        }
        *first += B::WORDS;
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
