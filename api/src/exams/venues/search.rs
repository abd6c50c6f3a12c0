//! The route of the venue search.

use std::time::Instant;

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_collections::venues;
use roost_engine::{Hit, Query};
use serde::Serialize;
use utoipa::ToSchema;

use super::venue::Venue;
use crate::admission::{Client, Outcome, Ticket};
use crate::app::clock::now_s;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::document::DocumentJson;
use crate::http::envelope::{Answer, took_us};
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::params::declaration::{Documented, Group, Param, QueryParams, params};
use crate::params::scalar::Text;
use crate::params::values::Params;
use crate::query::at_least::{AT_LEAST, POSITION};
use crate::query::paging::{NumberedPage, PAGE_PARAMS};
use crate::query::place::{Length, POINT, read_point, requires_place};
use crate::query::score::Score;
use crate::query::text::{
    QUERY_TEXT, QueryText, TERM_MATCHING, TYPO_TOLERANCE, read_match, read_typos,
};
use crate::query::total::TotalIs;

params! {
    /// The text and radius of a venue search.
    const VENUE_SEARCH;

    /// Words of the venue's name, aliases, city or address. The last word is a prefix unless a
    /// space follows. May be left out if a point is given. A text without a word finds all venues.
    Q: Text = Param::new("q", QUERY_TEXT).example("iit bom");

    /// The maximum distance of a venue from the point, in metres; above 0. Unlimited if left out.
    RADIUS_M: Length = Param::new("radius_m", Length::METRES).example("20000");
}

/// A venue with its score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VenueHit {
    #[schema(value_type = Venue)]
    venue: DocumentJson,
    #[serde(flatten)]
    score: Score,
}

/// How a venue search was answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VenueSearchMeta {
    /// The number of matching venues.
    #[schema(example = 3)]
    total: Option<u64>,
    total_is: Option<TotalIs>,
    /// Whether the search stopped at its deadline. The hits are then the best of the visited
    /// venues, and there may be better ones.
    #[schema(example = false)]
    partial: bool,
    /// With `match=most`: the words of `q` that became optional because too few venues contain all
    /// words. Left out if every word is required.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["college"]))]
    optional_words: Vec<String>,
    /// Time spent in this service, in microseconds.
    #[schema(example = 310)]
    took_us: u64,
    #[schema(example = 1)]
    page: Option<usize>,
    #[schema(example = 20)]
    limit: usize,
    index: Index,
}

/// The query parameters of a venue search.
struct VenueSearchParams;

impl QueryParams for VenueSearchParams {
    const GROUPS: &'static [Group] = &[
        VENUE_SEARCH,
        TYPO_TOLERANCE,
        TERM_MATCHING,
        POINT,
        PAGE_PARAMS,
        POSITION,
    ];
}

/// Search exam venues by name, alias or city, or near a point.
#[utoipa::path(
    get,
    path = "/api/v1/venues/search",
    operation_id = "search_venues",
    tag = "venues",
    security((), ("access_token" = []), ("api_key" = [])),
    params(Documented<VenueSearchParams>),
    responses((
        status = 200,
        description = "The matching venues, best match first, nearer ones first among equals.",
        body = Answer<Vec<VenueHit>, VenueSearchMeta>
    ))
)]
pub(crate) async fn search(
    State(app): State<App>,
    client: Client,
    _: Access,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Vec<VenueHit>, VenueSearchMeta>>, ApiError> {
    let started = Instant::now();
    let params = VenueSearchParams::parse(raw.as_deref())?;
    let page = NumberedPage::read(&params, None)?;
    let deadline = app.deadline(started);
    let mut query = Query {
        deadline: Some(deadline),
        ..read_query(&params, &app)?
    };
    page.apply(&mut query);
    app.wait_for(AT_LEAST.read(&params)?, deadline).await?;
    let ticket = Ticket::new(client, started, deadline);
    app.run(ticket, move |reader, limit| {
        let cost = reader.estimate(venues::collection(), &query);
        if !limit.admits(cost) {
            return Ok(Outcome::Exceeds(cost));
        }
        let query = Query {
            steps_max: limit.steps_max,
            ..query.clone()
        };
        let index = Index::now(reader);
        let found = reader.search(venues::collection(), &query)?;
        if limit.has_cut(found.trace.is_partial, deadline) {
            return Ok(Outcome::Exceeds(limit.exceeded()));
        }
        let hits: Vec<VenueHit> = found.hits.into_iter().map(VenueHit::from).collect();
        let meta = VenueSearchMeta {
            total: found.total.map(|total| total.value),
            total_is: found.total.map(TotalIs::of),
            partial: found.trace.is_partial,
            optional_words: found.optional_words,
            took_us: took_us(started),
            page: Some(page.number),
            limit: page.limit,
            index: index.seen_at(found.position),
        };
        Ok(Outcome::Done(Answer::json(hits, meta)))
    })
    .await
}

fn read_query(params: &Params, app: &App) -> Result<Query, ApiError> {
    let center = read_point(params)?;
    let (typos, mode) = (read_typos(params, app)?, read_match(params, app)?);
    let q = Q.read(params)?;
    if q.is_none() && center.is_none() {
        let expected = "words of a venue's name, alias or city (or lat and lng)";
        return Err(ApiError::missing(Q.name(), expected));
    }
    let text = q.map(|q| QueryText::new(q, typos, mode, app));
    let text = text.transpose()?.flatten();
    let radius = RADIUS_M.read(params)?;
    if radius.is_some() && center.is_none() {
        let text = params.text(RADIUS_M.name())?.unwrap_or_default();
        return Err(requires_place(&RADIUS_M, text, "lat and lng"));
    }
    Ok(Query {
        text: text.map(|text| text.terms),
        center,
        radius,
        ..Query::all(venues::profile(), now_s())
    })
}

impl From<Hit> for VenueHit {
    fn from(mut hit: Hit) -> VenueHit {
        let score = Score::take(&mut hit, venues::collection());
        VenueHit {
            venue: Venue::json(hit.document),
            score,
        }
    }
}
