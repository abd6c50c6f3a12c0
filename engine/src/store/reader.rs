//! The reader: answers queries over the newest commit.

use std::sync::Arc;

use super::current::CurrentIndex;
use super::durations::Durations;
use super::store_state::StoreState;
use super::usage::Usage;
use crate::availability::DateRange;
use crate::checkpoint::{Checkpoint, Freshness};
use crate::document::Document;
use crate::index::{Snapshot, StoreError};
use crate::query::Query;
use crate::schema::{Collection, Key};
use crate::search::{
    self, Cost, GroupedPage, HeatMap, HeatMapError, HeatMapOptions, Hit, Page, Ranking, ScoreError,
    SearchContext, Spelling, SuggestQuery, Suggester, Suggestions, estimate,
};
use crate::signals::Signals;

/// Answers queries over the newest commit, on the caller's thread. Cheap to clone. It takes a lock
/// only to look up the owners and names that a query or its answer contains.
///
/// Its methods panic for a collection that the store was opened without.
#[derive(Clone)]
pub struct Reader {
    current: Arc<CurrentIndex>,
    pinned: Option<Arc<Pinned>>,
}

/// The state of all collections at one moment.
struct Pinned {
    state: Arc<StoreState>,
    freshness: Freshness,
    /// By collection.
    snapshots: Vec<Arc<Snapshot>>,
}

impl Reader {
    pub(super) fn new(current: Arc<CurrentIndex>) -> Reader {
        Reader {
            current,
            pinned: None,
        }
    }

    /// A reader of the current commit, whatever is committed later, and although another index
    /// replaces this one. It still reads signals and days live.
    ///
    /// It keeps the files and the memory of its commits, so drop it with the answer.
    #[must_use]
    pub fn pinned(&self) -> Reader {
        let index = self.index();
        // The position comes before the snapshots, which then contain at least that.
        let freshness = self.freshness_of(&index);
        let collections = index.collections();
        let snapshots = collections.map(|collection| self.snapshot_of(&index, collection));
        let pinned = Pinned {
            freshness,
            snapshots: snapshots.collect(),
            state: index,
        };
        Reader {
            current: Arc::clone(&self.current),
            pinned: Some(Arc::new(pinned)),
        }
    }

    pub(crate) fn snapshot(&self, collection: Collection) -> Arc<Snapshot> {
        self.snapshot_of(&self.index(), collection)
    }

    /// The exact best hits of a query.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn search(&self, collection: Collection, query: &Query) -> Result<Page, StoreError> {
        self.search_as(collection, query, |hit| hit.into_owned())
    }

    /// As [`Reader::search`], with each hit read in place and converted by `read`.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn search_as<H>(
        &self,
        collection: Collection,
        query: &Query,
        read: impl FnMut(Hit<&str>) -> H,
    ) -> Result<Page<H>, StoreError> {
        let index = self.index();
        // The position comes before the snapshot, which then contains at least that. The signals
        // come after it, with an ordinal for all of its owners.
        let position = self.freshness_of(&index).position;
        let snapshot = self.snapshot_of(&index, collection);
        let (context, mut budget) = (
            self.context(&index, &snapshot, query),
            query.search_budget(),
        );
        search::search(&snapshot, context, query, position, &mut budget, read)
    }

    /// As [`Reader::search`], without reading the documents.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn rank(&self, collection: Collection, query: &Query) -> Result<Ranking, StoreError> {
        let index = self.index();
        let position = self.freshness_of(&index).position;
        let snapshot = self.snapshot_of(&index, collection);
        search::rank(
            &snapshot,
            self.context(&index, &snapshot, query),
            query,
            position,
        )
    }

    /// Suggestions for an incomplete query.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn suggest(&self, typed: &SuggestQuery) -> Result<Suggestions, StoreError> {
        let index = self.index();
        let suggester = Suggester {
            searched: &self.snapshot_of(&index, typed.searched),
            titled: &self.snapshot_of(&index, typed.titled),
            signals: index.signals.view(),
            typed,
        };
        suggester.suggest()
    }

    /// A spelling correction of a text whose words are those of the query.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn correct(
        &self,
        collection: Collection,
        text: &str,
        query: &Query,
    ) -> Result<Spelling, StoreError> {
        let Some(words) = &query.text else {
            return Ok(Spelling::None);
        };
        let mut budget = query.search_budget();
        search::correct(text, words, &self.snapshot(collection), &mut budget)
    }

    /// The exact best owners by their best hits, each with its best `hits_max` hits. The query's
    /// limit and offset count owners; a cursor has no effect.
    ///
    /// # Errors
    /// If the index cannot be read.
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
        let context = self.context(&index, &snapshot, query);
        search::search_groups(&snapshot, context, query, hits_max, position, read)
    }

    /// The exact best owners by their best hits, and of each this hit alone. The query's limit and
    /// offset count owners; facets, the count and a cursor have no effect.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn search_owners_as<H>(
        &self,
        collection: Collection,
        query: &Query,
        read: impl FnMut(Hit<&str>) -> H,
    ) -> Result<Page<H>, StoreError> {
        let index = self.index();
        let position = self.freshness_of(&index).position;
        let snapshot = self.snapshot_of(&index, collection);
        let context = self.context(&index, &snapshot, query);
        search::search_owners(&snapshot, context, query, position, read)
    }

    /// All matches of a query, counted by H3 cell. Sort and page have no effect.
    ///
    /// # Errors
    /// If the index cannot be read, or there are more cells than the options allow at a fixed
    /// resolution.
    pub fn heat_map(
        &self,
        collection: Collection,
        query: &Query,
        cells: HeatMapOptions,
    ) -> Result<HeatMap, HeatMapError> {
        let index = self.index();
        let position = self.freshness_of(&index).position;
        let snapshot = self.snapshot_of(&index, collection);
        let context = self.context(&index, &snapshot, query);
        search::heat_map(&snapshot, context, query, cells, position)
    }

    /// Estimates the work of [`Reader::search_as`], which takes microseconds.
    pub fn estimate(&self, collection: Collection, query: &Query) -> Cost {
        estimate::search(&self.snapshot(collection), query)
    }

    /// Estimates the work of [`Reader::search_groups_as`].
    pub fn estimate_groups(&self, collection: Collection, query: &Query, hits_max: usize) -> Cost {
        estimate::groups(&self.snapshot(collection), query, hits_max)
    }

    /// Estimates the work of [`Reader::heat_map`].
    pub fn estimate_heat_map(
        &self,
        collection: Collection,
        query: &Query,
        cells: HeatMapOptions,
    ) -> Cost {
        estimate::heat_map(&self.snapshot(collection), query, cells.cells_max)
    }

    /// Estimates the work of [`Reader::score`].
    pub fn estimate_score(&self, collection: Collection, query: &Query) -> Cost {
        estimate::score(&self.snapshot(collection), query)
    }

    /// Estimates the work of [`Reader::suggest`].
    pub fn estimate_suggestions(&self, typed: &SuggestQuery) -> Cost {
        let [searched, titled] = [typed.searched, typed.titled].map(|it| self.snapshot(it));
        estimate::suggestions(&searched, &titled, typed)
    }

    /// The hit of the document with that key, even if filters or radius exclude it.
    ///
    /// # Errors
    /// If the index cannot be read, or the deadline passes.
    pub fn score(
        &self,
        collection: Collection,
        key: Key,
        query: &Query,
    ) -> Result<Option<Hit>, ScoreError> {
        let index = self.index();
        let snapshot = self.snapshot_of(&index, collection);
        search::score(
            &snapshot,
            self.context(&index, &snapshot, query),
            key,
            query,
        )
    }

    /// Whether the document with that key passes the filters and the radius of a query, listed or
    /// not; `None` if there is none.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn passes(
        &self,
        collection: Collection,
        key: Key,
        query: &Query,
    ) -> Result<Option<bool>, StoreError> {
        let index = self.index();
        let snapshot = self.snapshot_of(&index, collection);
        let context = self.context(&index, &snapshot, query);
        search::passes(&snapshot, context, key, query)
    }

    /// The document with that key, listed or not.
    ///
    /// # Errors
    /// If the index cannot be read.
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
    /// If the index cannot be read.
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

    /// The number of documents in a collection, listed or not.
    pub fn document_count(&self, collection: Collection) -> u64 {
        self.snapshot(collection).document_count()
    }

    /// The size of a collection and the memory that it uses.
    pub fn usage(&self, collection: Collection) -> Usage {
        Usage::of(&self.snapshot(collection))
    }

    /// The memory of the signals of all owners, in bytes.
    pub fn signals_memory_bytes(&self) -> u64 {
        u64::try_from(self.index().signals.memory_bytes()).unwrap_or(u64::MAX)
    }

    /// The current signals of an owner.
    pub fn signals(&self, owner: Key) -> Signals {
        self.index().signals.get(owner)
    }

    /// The days that searches can see; `None` before
    /// [`Writer::advance_availability_window`](crate::Writer::advance_availability_window), and for
    /// a collection without a signal of days.
    pub fn availability_window(&self, collection: Collection) -> Option<DateRange> {
        self.index().days(collection)?.searchable_window()
    }

    /// The freshness of the documents.
    pub fn freshness(&self) -> Freshness {
        self.freshness_of(&self.index())
    }

    /// The freshness of the signals.
    pub fn signals_freshness(&self) -> Freshness {
        self.index().signals_freshness()
    }

    /// The checkpoint of the current commit; `None` before the first.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.index().checkpoint()
    }

    /// Moves on to the newest commit of another process. A reader in the process of the writer does
    /// not need it.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn refresh(&self) -> Result<(), StoreError> {
        self.current.refresh()
    }

    /// The durations of merges since the store was opened for writing, without merges of segments
    /// before their first commit.
    pub fn merge_durations(&self) -> Durations {
        self.current.merge_durations()
    }

    /// The index that one call reads from start to end.
    fn index(&self) -> Arc<StoreState> {
        match &self.pinned {
            Some(pinned) => Arc::clone(&pinned.state),
            None => self.current.state.load_full(),
        }
    }

    /// What a query reads beside the snapshot that it searches.
    fn context(&self, index: &StoreState, searched: &Snapshot, query: &Query) -> SearchContext {
        let probes = query.probes.as_ref();
        let probed = probes.map(|probes| self.snapshot_of(index, probes.collection()));
        SearchContext::new(query, searched, probed.as_deref(), index.signals.view())
    }

    fn snapshot_of(&self, index: &StoreState, collection: Collection) -> Arc<Snapshot> {
        match &self.pinned {
            Some(pinned) => Arc::clone(&pinned.snapshots[index.index_of(collection)]),
            None => index.snapshot(collection),
        }
    }

    fn freshness_of(&self, index: &StoreState) -> Freshness {
        match &self.pinned {
            Some(pinned) => pinned.freshness,
            None => index.freshness(),
        }
    }
}
