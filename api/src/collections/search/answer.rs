//! Runs a search and writes its answer.

use std::time::Instant;

use roost_engine::{Cost, Page, Query, Reader, Trace};
use serde::Serialize;
use utoipa::ToSchema;

use super::did_you_mean::{Correction, DidYouMean};
use super::hit::DocumentHit;
use super::plan::Plan;
use super::request::Search;
use super::understood::UnderstoodQuery;
use crate::admission::{Client, Limit, Outcome, Ticket};
use crate::app::metrics::RequestMetrics;
use crate::app::state::App;
use crate::collections::facets::{Counts, Facets};
use crate::http::envelope::took_us;
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::http::list::{ListWriter, SerializedAnswer};
use crate::query::cursor::Fingerprint;
use crate::query::paging::next_cursor;
use crate::query::place::Center;
use crate::query::total::TotalIs;

/// A search of a collection, with what that collection adds to it.
pub(crate) trait Searchable: Send + Sync + 'static {
    /// How an answer describes the search.
    type Meta: Serialize;

    /// The search without these additions.
    fn search(&self) -> &Search;

    /// The query without its page, and the center that it measures distance from.
    fn query(&self, reader: &Reader) -> Result<(Query, Option<Center>), ApiError>;

    /// Estimates the work of this search, whose complete query is `query`.
    fn estimate(&self, query: &Query, reader: &Reader) -> Cost;

    /// The fingerprint of the otherwise complete query.
    fn fingerprint(&self, query: &Query) -> Fingerprint {
        self.search().fingerprint(query)
    }

    /// Runs the complete query, writes its hits and describes them.
    fn find(
        &self,
        reader: &Reader,
        query: &Query,
        about: About,
        items: &mut ListWriter,
    ) -> Result<Found<Self::Meta>, ApiError>;
}

/// What is known of a search before it runs.
pub(crate) struct About {
    pub(crate) started: Instant,
    pub(crate) index: Index,
    pub(crate) understood: UnderstoodQuery,
    pub(crate) estimate: Cost,
}

/// What a search has found.
pub(crate) struct Found<M> {
    pub(crate) trace: Trace,
    /// Whether a limit has cut the search short.
    pub(crate) is_cut: bool,
    pub(crate) meta: M,
}

/// How a search was understood and answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CollectionSearchMeta)]
pub(crate) struct SearchMeta {
    /// The number of matching documents; left out with `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 412)]
    pub(crate) total: Option<u64>,
    /// Whether `total` is exact, which it never is if `partial` is true; left out with
    /// `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_is: Option<TotalIs>,
    /// Whether the search stopped at its deadline, see `timeout_ms`. The hits are then the best of
    /// the visited documents, possibly none, and there may be better ones.
    #[schema(example = false)]
    pub(crate) partial: bool,
    /// With `facets`: the counts of matching documents, by the names of the facets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HashMap<String, Counts>>)]
    pub(crate) facets: Option<Facets>,
    /// With `match=most`: the words of `q` that became optional because too few documents contain
    /// all words. Left out if every word is required.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["with"]))]
    pub(crate) optional_words: Vec<String>,
    /// With `explain`: how the search was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    /// If few documents match and another `q` would match far more; otherwise left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) did_you_mean: Option<DidYouMean>,
    /// Time spent in this service, in microseconds.
    #[schema(example = 830)]
    pub(crate) took_us: u64,
    /// Null when following a cursor.
    #[schema(example = 1)]
    pub(crate) page: Option<usize>,
    #[schema(example = 20)]
    pub(crate) limit: usize,
    /// The `cursor` of the next page; null at the end. After a partial result it continues behind
    /// the last hit, so better documents that were not visited do not appear later; null if no more
    /// documents were found in time.
    pub(crate) next_cursor: Option<String>,
    pub(crate) index: Index,
    pub(crate) query: UnderstoodQuery,
}

/// Runs a search when admission lets it.
pub(crate) async fn run<S: Searchable>(
    search: S,
    app: &App,
    client: Client,
    started: Instant,
) -> Result<SerializedAnswer, ApiError> {
    let (at_least, deadline) = (search.search().at_least, search.search().deadline);
    app.wait_for(at_least, deadline).await?;
    let ticket = Ticket::new(client, started, deadline);
    let shared = app.clone();
    app.run(ticket, move |reader, limit| {
        let times = (started, deadline);
        answer(&search, shared.metrics(), reader, limit, times)
    })
    .await
}

/// The answer of a search over a pinned index from its start to its deadline, unless it exceeds the
/// limit.
pub(crate) fn answer<S: Searchable>(
    searchable: &S,
    metrics: &RequestMetrics,
    reader: &Reader,
    limit: Limit,
    (started, deadline): (Instant, Instant),
) -> Result<Outcome<SerializedAnswer>, ApiError> {
    let search = searchable.search();
    let (mut query, center) = searchable.query(reader)?;
    search
        .paging
        .apply(&mut query, |query| searchable.fingerprint(query))?;
    let estimate = searchable.estimate(&query, reader);
    if !limit.admits(estimate) {
        return Ok(Outcome::Exceeds(estimate));
    }
    query.deadline = Some(deadline);
    query.steps_max = limit.steps_max;
    let about = About {
        started,
        index: Index::now(reader),
        understood: UnderstoodQuery::new(search.collection, &query, center),
        estimate,
    };
    let mut items = ListWriter::with_capacity(query.limit);
    let found = searchable.find(reader, &query, about, &mut items)?;
    if limit.has_cut(found.is_cut, deadline) {
        return Ok(Outcome::Exceeds(limit.exceeded()));
    }
    metrics.record_search(&found.trace);
    Ok(Outcome::Done(items.finish(&found.meta)?))
}

impl Searchable for Search {
    type Meta = SearchMeta;

    fn search(&self) -> &Search {
        self
    }

    fn query(&self, reader: &Reader) -> Result<(Query, Option<Center>), ApiError> {
        Search::query(self, reader)
    }

    fn estimate(&self, query: &Query, reader: &Reader) -> Cost {
        reader.estimate(self.indexed(), query)
    }

    fn find(
        &self,
        reader: &Reader,
        query: &Query,
        about: About,
        items: &mut ListWriter,
    ) -> Result<Found<SearchMeta>, ApiError> {
        let page = reader.search_as(self.indexed(), query, |hit| {
            items.push(&DocumentHit::new(hit, self));
        })?;
        let correction = Correction::find((reader, self.indexed()), query, self.q(), &page)?;
        let trace = page.trace;
        let is_cut = trace.is_partial || correction.is_cut;
        let meta = SearchMeta {
            did_you_mean: correction.did_you_mean,
            ..SearchMeta::new(self, page, query, about)
        };
        Ok(Found {
            trace,
            is_cut,
            meta,
        })
    }
}

impl SearchMeta {
    /// What a page of hits tells, without another text.
    pub(crate) fn new<H>(
        search: &Search,
        page: Page<H>,
        query: &Query,
        about: About,
    ) -> SearchMeta {
        let declared = search.collection.declared;
        SearchMeta {
            total: page.total.map(|total| total.value),
            total_is: page.total.map(TotalIs::of),
            partial: page.trace.is_partial,
            facets: Facets::of(declared, &query.facets, page.facets),
            optional_words: page.optional_words,
            // It counts documents, among them those that do not exist for the caller.
            plan: (search.explain && query.filters.restriction.is_none())
                .then(|| Plan::new(page.trace, about.estimate)),
            did_you_mean: None,
            took_us: took_us(about.started),
            page: search.paging.number(),
            limit: search.paging.limit(),
            next_cursor: next_cursor(page.next, query, |query| search.fingerprint(query)),
            index: about.index.seen_at(page.position),
            query: about.understood,
        }
    }
}
