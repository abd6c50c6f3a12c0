//! How does anybody read the index?

use std::sync::Arc;

use super::current::Current;
use super::durations::Durations;
use super::shared::Shared;
use super::usage::Usage;
use crate::availability::Stay;
use crate::checkpoint::{Checkpoint, Freshness};
use crate::collection::Collection;
use crate::document::{Document, Key};
use crate::index::{Snapshot, StoreError};
use crate::query::{Query, Words};
use crate::search::{
    self, GroupedPage, HeatMap, HeatMapError, HeatMapOptions, Hit, Page, Ranking, SuggestQuery,
    Suggester, Suggestion,
};
use crate::signals::Signals;

/// Answers questions over the newest commit. Cheap to clone, takes no lock but to look up the owners
/// and localities that a query or its answer names, and its calls run on the caller's thread.
#[derive(Clone)]
pub struct Reader {
    current: Arc<Current>,
    pinned: Option<Arc<Pinned>>,
}

/// What searches saw at one moment.
struct Pinned {
    index: Arc<Shared>,
    freshness: Freshness,
    /// By collection.
    snapshots: Vec<Arc<Snapshot>>,
}

impl Reader {
    pub(super) fn new(current: Arc<Current>) -> Reader {
        Reader {
            current,
            pinned: None,
        }
    }

    /// One whose documents stay as they are now, whatever is committed later, and whatever index
    /// takes the place of this one. Signals and nights
    /// are read as they are, as by any search.
    ///
    /// It keeps files and memory of its commits from being freed, so it is for as long as an answer
    /// takes.
    #[must_use]
    pub fn pinned(&self) -> Reader {
        let index = self.index();
        // The position is read before the snapshots, which then show at least that.
        let freshness = self.freshness_of(&index);
        let collections = Collection::ALL.into_iter();
        let snapshots = collections.map(|collection| self.snapshot_of(&index, collection));
        let pinned = Pinned {
            freshness,
            snapshots: snapshots.collect(),
            index,
        };
        Reader {
            current: Arc::clone(&self.current),
            pinned: Some(Arc::new(pinned)),
        }
    }

    pub(crate) fn snapshot(&self, collection: Collection) -> Arc<Snapshot> {
        self.snapshot_of(&self.index(), collection)
    }

    /// The best hits of a query, exactly.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn search(&self, collection: Collection, query: &Query) -> Result<Page, StoreError> {
        self.search_as(collection, query, |hit| hit.into_owned())
    }

    /// As [`Reader::search`], with each hit read where it lies, and turned into what is wanted of it.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn search_as<H>(
        &self,
        collection: Collection,
        query: &Query,
        read: impl FnMut(Hit<&str>) -> H,
    ) -> Result<Page<H>, StoreError> {
        let index = self.index();
        // The position is read before the snapshot, which then shows at least that, and the signals
        // after it: by then they have a slot for all of its owners.
        let position = self.freshness_of(&index).position;
        let snapshot = self.snapshot_of(&index, collection);
        search::search(&snapshot, index.signals.view(), query, position, read)
    }

    /// As [`Reader::search`], without reading the documents.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn rank(&self, collection: Collection, query: &Query) -> Result<Ranking, StoreError> {
        let index = self.index();
        let position = self.freshness_of(&index).position;
        let snapshot = self.snapshot_of(&index, collection);
        search::rank(&snapshot, index.signals.view(), query, position)
    }

    /// What may be meant by what was typed so far, the best first.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn suggest(&self, typed: &SuggestQuery) -> Result<Vec<Suggestion>, StoreError> {
        let index = self.index();
        let suggester = Suggester {
            rooms: &self.snapshot_of(&index, Collection::Rooms),
            venues: &self.snapshot_of(&index, Collection::Venues),
            signals: index.signals.view(),
            typed,
        };
        suggester.suggest()
    }

    /// A text that was probably meant instead of one, and its words with what is forgiven to `words`,
    /// which were made of that one; `None` if the dictionary knows of no word in far more documents that
    /// resembles one of those. Whether it finds more only a search can say.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn correct(
        &self,
        collection: Collection,
        text: &str,
        words: &Words,
    ) -> Result<Option<(String, Words)>, StoreError> {
        let corrected = search::correct(text, words, &self.snapshot(collection))?;
        let reread = corrected.and_then(|text| {
            let words = words.of_text(&text).ok()?;
            Some((text, words))
        });
        Ok(reread)
    }

    /// The best owners by their best hits, with the best `hits_max` hits of each, exactly. The query's
    /// limit and offset count owners, and it continues behind no hit.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn search_groups_as<H>(
        &self,
        collection: Collection,
        query: &Query,
        hits_max: usize,
        read: impl FnMut(Hit<&str>) -> H,
    ) -> Result<GroupedPage<H>, StoreError> {
        let index = self.index();
        let position = self.freshness_of(&index).position;
        let snapshot = self.snapshot_of(&index, collection);
        let signals = index.signals.view();
        search::search_groups(&snapshot, signals, query, hits_max, position, read)
    }

    /// All matches of a query, counted by the cells of H3; sort and page are of no matter.
    ///
    /// # Errors
    /// If the index can't be read, or there are more cells than are asked for at one resolution.
    pub fn heat_map(
        &self,
        collection: Collection,
        query: &Query,
        cells: HeatMapOptions,
    ) -> Result<HeatMap, HeatMapError> {
        let index = self.index();
        let position = self.freshness_of(&index).position;
        let snapshot = self.snapshot_of(&index, collection);
        let signals = index.signals.view();
        search::heat_map(&snapshot, signals, query, cells, position)
    }

    /// The hit that the document of that key is, or would be whatever filters and radius say.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn score(
        &self,
        collection: Collection,
        key: Key,
        query: &Query,
    ) -> Result<Option<Hit>, StoreError> {
        let index = self.index();
        let snapshot = self.snapshot_of(&index, collection);
        search::score(&snapshot, index.signals.view(), key, query)
    }

    /// The document of that key, listed or not.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn get(&self, collection: Collection, key: Key) -> Result<Option<Document>, StoreError> {
        let snapshot = self.snapshot(collection);
        let Some((segment, doc)) = snapshot.find(key)? else {
            return Ok(None);
        };
        let stored = snapshot.stored(segment, doc)?;
        Ok(Some(stored.read()?.into_owned()))
    }

    /// Visits every document of a collection, listed or not, over one snapshot.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn for_each(
        &self,
        collection: Collection,
        visit: &mut dyn FnMut(Document),
    ) -> Result<(), StoreError> {
        let snapshot = self.snapshot(collection);
        for view in &snapshot.segments {
            for doc in view.reader.doc_ids_alive() {
                visit(view.stored(doc)?.read()?.into_owned());
            }
        }
        Ok(())
    }

    /// How many documents a collection holds, listed or not.
    pub fn document_count(&self, collection: Collection) -> u64 {
        self.snapshot(collection).document_count()
    }

    /// How large a collection is, and what it takes of memory.
    pub fn usage(&self, collection: Collection) -> Usage {
        Usage::of(&self.snapshot(collection))
    }

    /// What the signals of all owners take of memory, in bytes.
    pub fn signals_memory_bytes(&self) -> u64 {
        u64::try_from(self.index().signals.memory_bytes()).unwrap_or(u64::MAX)
    }

    /// An owner's signals as searches see them now.
    pub fn signals(&self, owner: Key) -> Signals {
        self.index().signals.get(owner)
    }

    /// The nights that a search can ask for; `None` before anybody has said from which day on nights
    /// are kept.
    pub fn availability_window(&self, collection: Collection) -> Option<Stay> {
        self.index().nights(collection).asked()
    }

    /// How fresh the documents are.
    pub fn freshness(&self) -> Freshness {
        self.freshness_of(&self.index())
    }

    /// How fresh the signals are.
    pub fn signals_freshness(&self) -> Freshness {
        self.index().signals_freshness()
    }

    /// The checkpoint of the commit that searches see; `None` before the first.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.index().checkpoint()
    }

    /// Moves on to the newest commit of another process. A reader beside a writer of the same
    /// process has no need of it.
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn refresh(&self) -> Result<(), StoreError> {
        self.current.refresh()
    }

    /// How long merges of segments took, since the store was opened for writing. Merges of what was
    /// not committed yet are not among them.
    pub fn merges(&self) -> Durations {
        self.current.merges()
    }

    /// The index that one question is asked of, from its first look to its last.
    fn index(&self) -> Arc<Shared> {
        match &self.pinned {
            Some(pinned) => Arc::clone(&pinned.index),
            None => self.current.index.load_full(),
        }
    }

    fn snapshot_of(&self, index: &Shared, collection: Collection) -> Arc<Snapshot> {
        match &self.pinned {
            Some(pinned) => Arc::clone(&pinned.snapshots[collection as usize]),
            None => index.snapshot(collection),
        }
    }

    fn freshness_of(&self, index: &Shared) -> Freshness {
        match &self.pinned {
            Some(pinned) => pinned.freshness,
            None => index.freshness(),
        }
    }
}
