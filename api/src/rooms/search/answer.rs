//! Runs a room search and writes its answer.

use std::time::Instant;

use roost_collections::rooms;
use roost_engine::{Cost, Hit, Page, Query, Reader};
use serde::Serialize;
use utoipa::ToSchema;

use super::did_you_mean::{Correction, DidYouMean};
use super::facets::Facets;
use super::fingerprint::fingerprint;
use super::groups::{GroupsMeta, LandlordRooms};
use super::hints::Hint;
use super::hit::RoomHit;
use super::plan::Plan;
use super::request::RoomSearch;
use super::understood::UnderstoodQuery;
use crate::admission::{Client, Limit, Outcome, Ticket};
use crate::app::metrics::RequestMetrics;
use crate::app::state::App;
use crate::http::envelope::took_us;
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::http::list::{ListWriter, SerializedAnswer};
use crate::query::paging::next_cursor;
use crate::query::total::TotalIs;

/// How a room search was understood and answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoomSearchMeta {
    /// The number of matching rooms; left out with `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 412)]
    total: Option<u64>,
    /// Whether `total` is exact, which it never is if `partial` is true; left out with
    /// `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_is: Option<TotalIs>,
    #[serde(flatten)]
    groups: GroupsMeta,
    /// Whether the search stopped at its deadline, see `timeout_ms`. The hits are then the best of
    /// the visited rooms, possibly none, and there may be better ones.
    #[schema(example = false)]
    partial: bool,
    /// With `facets`: the counts of matching rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<Facets>,
    /// With `match=most`: the words of `q` that became optional because too few rooms contain all
    /// words. Left out if every word is required.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["with"]))]
    optional_words: Vec<String>,
    /// With `explain`: how the search was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
    /// If few rooms match and another `q` would match far more; otherwise left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<DidYouMean>,
    /// If no room matches: other readings of parameters by which rooms would. Left out if there is
    /// none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<Hint>,
    /// Time spent in this service, in microseconds.
    #[schema(example = 830)]
    took_us: u64,
    /// Null when following a cursor.
    #[schema(example = 1)]
    page: Option<usize>,
    #[schema(example = 20)]
    limit: usize,
    /// The `cursor` of the next page; null at the end. After a partial result it continues behind
    /// the last hit, so better rooms that were not visited do not appear later; null if no more
    /// rooms were found in time.
    next_cursor: Option<String>,
    index: Index,
    query: UnderstoodQuery,
}

/// Runs a search when admission lets it.
pub(crate) async fn run(
    search: RoomSearch,
    app: &App,
    client: Client,
    started: Instant,
) -> Result<SerializedAnswer, ApiError> {
    app.wait_for(search.at_least, search.deadline).await?;
    let ticket = Ticket::new(client, started, search.deadline);
    let shared = app.clone();
    app.run(ticket, move |reader, limit| {
        answer(
            &search,
            shared.metrics(),
            reader,
            limit,
            (started, search.deadline),
        )
    })
    .await
}

/// The answer of a search over a pinned index from its start to its deadline, unless it exceeds the
/// limit.
pub(crate) fn answer(
    search: &RoomSearch,
    metrics: &RequestMetrics,
    reader: &Reader,
    limit: Limit,
    (started, deadline): (Instant, Instant),
) -> Result<Outcome<SerializedAnswer>, ApiError> {
    let (mut query, center) = search.query(reader)?;
    let text = search.ranking.text.as_ref();
    search
        .paging
        .apply(&mut query, |query| fingerprint(query, text))?;
    let cost = search.estimate(&query, reader);
    if !limit.admits(cost) {
        return Ok(Outcome::Exceeds(cost));
    }
    query.deadline = Some(deadline);
    query.steps_max = limit.steps_max;
    let q = text.map(|text| text.q.as_str());
    let index = Index::now(reader);
    let mut items = ListWriter::with_capacity(query.limit);
    let about = (index, UnderstoodQuery::new(&query, center), cost);
    let (trace, is_cut, meta) = match search.group_limit {
        None => {
            let page = reader.search_as(rooms::collection(), &query, |hit| {
                items.push(&RoomHit::new(hit, &search.highlighting));
            })?;
            let correction = Correction::find(reader, &query, q, &page)?;
            let (hints, are_cut) = Hint::find(reader, search, &query, &page)?;
            let trace = page.trace;
            let meta = meta(search, page, started, &query, about);
            let is_cut = trace.is_partial || correction.is_cut || are_cut;
            let meta = RoomSearchMeta {
                did_you_mean: correction.did_you_mean,
                hints,
                ..meta
            };
            (trace, is_cut, meta)
        }
        Some(hits_max) => {
            let read = |hit: Hit<&str>| RoomHit::owned(hit, &search.highlighting);
            let found = reader.search_groups_as(rooms::collection(), &query, hits_max, read)?;
            let (mut page, groups) = (found.page, GroupsMeta::of(found.groups_total));
            let correction = Correction::find(reader, &query, q, &page)?;
            let (hints, are_cut) = Hint::find(reader, search, &query, &page)?;
            for group in page.hits.drain(..) {
                items.push(&LandlordRooms::from(group));
            }
            let trace = page.trace;
            let meta = meta(search, page, started, &query, about);
            let is_cut = trace.is_partial || correction.is_cut || are_cut;
            let meta = RoomSearchMeta {
                groups,
                did_you_mean: correction.did_you_mean,
                hints,
                ..meta
            };
            (trace, is_cut, meta)
        }
    };
    if limit.has_cut(is_cut, deadline) {
        return Ok(Outcome::Exceeds(limit.exceeded()));
    }
    metrics.record_search(&trace);
    Ok(Outcome::Done(items.finish(&meta)?))
}

fn meta<H>(
    search: &RoomSearch,
    page: Page<H>,
    started: Instant,
    query: &Query,
    (index, understood, estimate): (Index, UnderstoodQuery, Cost),
) -> RoomSearchMeta {
    let text = search.ranking.text.as_ref();
    RoomSearchMeta {
        total: page.total.map(|total| total.value),
        total_is: page.total.map(TotalIs::of),
        groups: GroupsMeta::default(),
        partial: page.trace.is_partial,
        facets: Facets::of(&query.facets, page.facets),
        optional_words: page.optional_words,
        plan: search.explain.then(|| Plan::new(page.trace, estimate)),
        did_you_mean: None,
        hints: Vec::new(),
        took_us: took_us(started),
        page: search.paging.number(),
        limit: search.paging.limit(),
        next_cursor: next_cursor(page.next, query, |query| fingerprint(query, text)),
        index: index.seen_at(page.position),
        query: understood,
    }
}
