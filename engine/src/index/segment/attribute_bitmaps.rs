//! Bitmaps of the documents of a segment that have a category, a tag or a flag, one bit each.
//!
//! Each is computed from its column when a search first needs it. With bitmaps a search combines
//! filters for 64 documents at a time, which pays if few documents satisfy them all.

use std::sync::OnceLock;

use crate::control::search_budget::{BudgetExhausted, SearchBudget};
use crate::index::columns::Columns;
use crate::schema::{Category, Tags};

/// The bitmaps of one segment. Attributes are indexes among the columns of their kind.
#[derive(Debug)]
pub(crate) struct AttributeBitmaps {
    /// By attribute and category.
    categories: Box<[Box<[Bitmap]>]>,
    /// By attribute and tag.
    tags: Box<[Box<[Bitmap]>]>,
    /// By attribute.
    flags: Box<[Bitmap]>,
}

/// Words of 64 documents each, the first document lowest.
type Bitmap = OnceLock<Box<[u64]>>;

/// The documents that are read in about the time of one step.
const DOCUMENTS_PER_STEP: u32 = 64;

impl AttributeBitmaps {
    /// The bitmaps of these columns, none of them computed.
    pub(crate) fn new(columns: &Columns) -> AttributeBitmaps {
        let empty = |count: usize| (0..count).map(|_| Bitmap::new()).collect();
        let of_each = |attributes: usize, count: usize| {
            let bitmaps = (0..attributes).map(|_| empty(count));
            bitmaps.collect()
        };
        AttributeBitmaps {
            categories: of_each(columns.categories.len(), Category::NAMES_MAX),
            tags: of_each(columns.tags.len(), Tags::NAMES_MAX),
            flags: empty(columns.flags.len()),
        }
    }

    /// The documents of the category with this index.
    pub(crate) fn category(
        &self,
        columns: &Columns,
        attribute: usize,
        category: usize,
        budget: &mut SearchBudget,
    ) -> Result<&[u64], BudgetExhausted> {
        let of_docs = &columns.categories[attribute];
        let bit = 1 << category;
        let bitmap = &self.categories[attribute][category];
        computed(bitmap, of_docs, budget, |of_doc| of_doc.bit() & bit != 0)
    }

    /// The documents with the tag of this index.
    pub(crate) fn tag(
        &self,
        columns: &Columns,
        attribute: usize,
        tag: usize,
        budget: &mut SearchBudget,
    ) -> Result<&[u64], BudgetExhausted> {
        let of_docs = &columns.tags[attribute];
        let bitmap = &self.tags[attribute][tag];
        computed(bitmap, of_docs, budget, |of_doc| of_doc.has(tag))
    }

    /// The documents with a flag that is set.
    pub(crate) fn flag(
        &self,
        columns: &Columns,
        attribute: usize,
        budget: &mut SearchBudget,
    ) -> Result<&[u64], BudgetExhausted> {
        let of_docs = &columns.flags[attribute];
        computed(&self.flags[attribute], of_docs, budget, |of_doc| *of_doc)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let names = self.categories.iter().chain(&self.tags);
        let bitmaps = names.flat_map(|bitmaps| bitmaps.iter()).chain(&self.flags);
        let bytes = bitmaps.map(|bitmap| {
            let words = bitmap.get().map_or(0, |words| size_of_val(&words[..]));
            size_of::<Bitmap>() + words
        });
        bytes.sum()
    }
}

/// A bitmap of the documents that pass a test, which is computed if it is not yet.
fn computed<'a, T>(
    bitmap: &'a Bitmap,
    of_docs: &[T],
    budget: &mut SearchBudget,
    passes: impl Fn(&T) -> bool,
) -> Result<&'a [u64], BudgetExhausted> {
    if bitmap.get().is_none() {
        let documents = u32::try_from(of_docs.len()).unwrap_or(u32::MAX);
        budget.spend(documents / DOCUMENTS_PER_STEP)?;
    }
    Ok(bitmap.get_or_init(|| {
        let words = of_docs.chunks(64).map(|of_docs| {
            let bits = (0..).zip(of_docs);
            bits.fold(0, |word, (bit, of_doc)| {
                word | u64::from(passes(of_doc)) << bit
            })
        });
        words.collect()
    }))
}
