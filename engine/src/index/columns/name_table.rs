//! Which number does a name go by, the same in every segment?
//!
//! Localities and cities are counted by number, and a number means the same name in all segments of
//! a collection, so that counts of several segments add up without a look at a text. A number is
//! never given to another name, so columns of older segments stay right. Names of documents that are
//! gone are forgotten at the next start.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tantivy::SegmentReader;

use crate::index::error::StoreError;

/// The names of one collection. Searches take its lock for as long as it takes to read some names,
/// and loading a segment for as long as it takes to add one.
#[derive(Debug)]
pub(crate) struct NameTable(RwLock<Names>);

#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
    letters_bytes: usize,
}

impl NameTable {
    /// The number of no name.
    pub(crate) const NONE: u32 = 0;

    pub(crate) fn new() -> NameTable {
        let mut names = Names::default();
        names.add("");
        NameTable(RwLock::new(names))
    }

    /// Hands over the names, each at the place of its number.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&[Arc<str>]) -> T) -> T {
        read(&self.lock().names)
    }

    /// The numbers of those names that have one, sorted.
    pub(crate) fn find(&self, names: &[String]) -> Vec<u32> {
        let known = self.lock();
        let numbers = names.iter();
        let numbers = numbers.filter_map(|name| known.numbers.get(name.as_str()));
        let mut numbers: Vec<u32> = numbers.copied().collect();
        numbers.sort_unstable();
        numbers
    }

    /// The numbers of a column of texts, by document.
    pub(crate) fn read_column(
        &self,
        reader: &SegmentReader,
        column: &str,
    ) -> Result<Vec<u32>, StoreError> {
        let mut numbers = vec![NameTable::NONE; reader.max_doc() as usize];
        let Some(texts) = reader.fast_fields().str(column)? else {
            return Ok(numbers);
        };
        let mut number_of_ord = Vec::with_capacity(texts.num_terms());
        let damaged = |error: &dyn std::fmt::Display| {
            StoreError::Damaged(format!("the names of column {column}: {error}"))
        };
        let mut names = texts.dictionary().stream().map_err(|e| damaged(&e))?;
        while names.advance() {
            let name = str::from_utf8(names.key()).map_err(|e| damaged(&e))?;
            number_of_ord.push(self.number(name));
        }
        for (doc, number) in (0..).zip(&mut numbers) {
            if let Some(ord) = texts.ords().first(doc) {
                let known = usize::try_from(ord)
                    .ok()
                    .and_then(|ord| number_of_ord.get(ord));
                *number = *known.ok_or_else(|| damaged(&"one is missing"))?;
            }
        }
        Ok(numbers)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let names = self.lock();
        // Each text is kept once, behind two counts; a hash table keeps a byte beside each entry.
        names.letters_bytes
            + names.names.len() * 2 * size_of::<usize>()
            + names.names.capacity() * size_of::<Arc<str>>()
            + names.numbers.capacity() * (size_of::<(Arc<str>, u32)>() + 1)
    }

    fn number(&self, name: &str) -> u32 {
        if let Some(&number) = self.lock().numbers.get(name) {
            return number;
        }
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have added it in between.
        let known = names.numbers.get(name).copied();
        known.unwrap_or_else(|| names.add(name))
    }

    fn lock(&self) -> RwLockReadGuard<'_, Names> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Names {
    fn add(&mut self, name: &str) -> u32 {
        // There are no more names than texts of documents, which tantivy numbers by 32 bits.
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = name.into();
        self.letters_bytes += name.len();
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }
}
