//! Ordinals for the names of localities and cities, the same in every segment of a collection.
//!
//! Facets count names by ordinal, so that the counts of several segments add up without reading a
//! text. An ordinal never changes its name, so that the columns of older segments stay valid. Names
//! of deleted documents are dropped at the next start.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tantivy::SegmentReader;

use crate::index::error::StoreError;

/// The names of one collection. Searches hold its lock while they read some names, and loading a
/// segment while it adds one.
#[derive(Debug)]
pub(crate) struct NameTable(RwLock<Names>);

#[derive(Debug, Default)]
struct Names {
    ordinals: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
    text_bytes: usize,
}

impl NameTable {
    /// The ordinal of documents without a name.
    pub(crate) const NONE: u32 = 0;

    pub(crate) fn new() -> NameTable {
        let mut names = Names::default();
        names.add("");
        NameTable(RwLock::new(names))
    }

    /// Calls `read` with the names by ordinal.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&[Arc<str>]) -> T) -> T {
        read(&self.lock().names)
    }

    /// The ordinals of those names that are known, sorted.
    pub(crate) fn ordinals(&self, names: &[String]) -> Vec<u32> {
        let known = self.lock();
        let ordinals = names.iter();
        let ordinals = ordinals.filter_map(|name| known.ordinals.get(name.as_str()));
        let mut ordinals: Vec<u32> = ordinals.copied().collect();
        ordinals.sort_unstable();
        ordinals
    }

    /// The ordinals of a column of texts, by document.
    pub(crate) fn read_column(
        &self,
        reader: &SegmentReader,
        column: &str,
    ) -> Result<Vec<u32>, StoreError> {
        let mut ordinals = vec![NameTable::NONE; reader.max_doc() as usize];
        let Some(texts) = reader.fast_fields().str(column)? else {
            return Ok(ordinals);
        };
        let mut of_segment_ordinal = Vec::with_capacity(texts.num_terms());
        let damaged = |error: &dyn std::fmt::Display| {
            StoreError::Damaged(format!("the names of column {column}: {error}"))
        };
        let mut names = texts.dictionary().stream().map_err(|e| damaged(&e))?;
        while names.advance() {
            let name = str::from_utf8(names.key()).map_err(|e| damaged(&e))?;
            of_segment_ordinal.push(self.ordinal(name));
        }
        for (doc, ordinal) in (0..).zip(&mut ordinals) {
            if let Some(of_segment) = texts.ords().first(doc) {
                let known = usize::try_from(of_segment)
                    .ok()
                    .and_then(|of_segment| of_segment_ordinal.get(of_segment));
                *ordinal = *known.ok_or_else(|| damaged(&"one is missing"))?;
            }
        }
        Ok(ordinals)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let names = self.lock();
        // Each text is stored once, behind two reference counts; a hash table has a byte per entry.
        names.text_bytes
            + names.names.len() * 2 * size_of::<usize>()
            + names.names.capacity() * size_of::<Arc<str>>()
            + names.ordinals.capacity() * (size_of::<(Arc<str>, u32)>() + 1)
    }

    fn ordinal(&self, name: &str) -> u32 {
        if let Some(&ordinal) = self.lock().ordinals.get(name) {
            return ordinal;
        }
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have added it meanwhile.
        let known = names.ordinals.get(name).copied();
        known.unwrap_or_else(|| names.add(name))
    }

    fn lock(&self) -> RwLockReadGuard<'_, Names> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Names {
    fn add(&mut self, name: &str) -> u32 {
        // There are fewer names than documents with texts, which tantivy numbers with 32 bits.
        let ordinal = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = name.into();
        self.text_bytes += name.len();
        self.names.push(Arc::clone(&name));
        self.ordinals.insert(name, ordinal);
        ordinal
    }
}
