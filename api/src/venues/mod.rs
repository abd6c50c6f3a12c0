//! Which venues go by that name, and what is told of one?

use std::collections::BTreeMap;
use std::time::Instant;

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_engine::{Collection, Document, Hit, Profile, Query};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::{App, now_s};
use crate::at_least::{self, AtLeastParams};
use crate::envelope::{Answer, Index, ItemMeta, Refused, took_us};
use crate::error::{ApiError, Code};
use crate::paging::{PageParams, Paging, TotalIs};
use crate::params::{Params, PathId};
use crate::place::{Location, PointParams, read_point, read_radius_m};
use crate::score::Score;
use crate::vocabulary::VenueKind;
use crate::words::{self, WordsParams};

/// An exam venue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Venue {
    #[schema(example = "0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001")]
    id: Uuid,
    /// The university that it belongs to.
    university_id: Option<Uuid>,
    #[schema(example = "Indian Institute of Technology Bombay")]
    name: String,
    /// Other names that it is found by.
    #[schema(example = json!(["IIT Bombay", "IITB"]))]
    aliases: Vec<String>,
    #[schema(value_type = VenueKind)]
    kind: Option<&'static str>,
    #[schema(example = "Main Gate Road, Powai")]
    address: String,
    #[schema(example = "Mumbai")]
    city: String,
    #[schema(example = "Maharashtra")]
    state: String,
    #[schema(example = "400076")]
    postal_code: String,
    /// ISO 3166.
    #[schema(example = "IN")]
    country_code: String,
    location: Location,
    /// How many can sit an exam at once; null if unknown.
    #[schema(example = 1200)]
    seats: Option<u32>,
}

/// A venue that a search found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VenueHit {
    venue: Venue,
    #[serde(flatten)]
    score: Score,
}

/// How a venue search was answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VenueSearchMeta {
    /// How many venues match.
    #[schema(example = 3)]
    total: Option<u64>,
    total_is: Option<TotalIs>,
    /// Whether time ran out: the hits are then the best of what was visited, and there may be better
    /// ones.
    #[schema(example = false)]
    partial: bool,
    /// On `match=most`: the words of `q` that venues need not hold, since too few hold all. Left out
    /// where every word is required.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["college"]))]
    optional_words: Vec<String>,
    /// Time taken here, in microseconds.
    #[schema(example = 310)]
    took_us: u64,
    #[schema(example = 1)]
    page: Option<usize>,
    #[schema(example = 20)]
    limit: usize,
    index: Index,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct VenueSearchParams {
    /// Words of the venue's name, aliases, city or address. The last one may be the beginning of
    /// a word unless a space follows. May be left out where a point is given.
    #[param(max_length = 512, example = "iit bom")]
    q: Option<String>,
    /// How far from the point a venue may be, in metres; above 0. Unlimited when left out.
    #[param(exclusive_minimum = 0, maximum = 200000, example = 20000)]
    radius_m: Option<f64>,
}

impl VenueSearchParams {
    pub(crate) const NAMES: &[&str] = &["q", "radius_m"];
}

const KNOWN: &[&[&str]] = &[
    VenueSearchParams::NAMES,
    WordsParams::NAMES,
    PointParams::NAMES,
    PageParams::NAMES,
    AtLeastParams::NAMES,
];

/// Find exam venues by name, alias or city, or near a point.
#[utoipa::path(
    get,
    path = "/api/v1/venues/search",
    operation_id = "search_venues",
    tag = "venues",
    params(VenueSearchParams, WordsParams, PointParams, PageParams, AtLeastParams),
    responses((
        status = 200,
        description = "The venues found, best match first; near ones first among equals.",
        body = Answer<Vec<VenueHit>, VenueSearchMeta>
    ))
)]
pub(crate) async fn search(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Vec<VenueHit>, VenueSearchMeta>>, ApiError> {
    let started = Instant::now();
    let params = Params::parse(raw.as_deref(), KNOWN)?;
    let paging = Paging::read(&params)?;
    let deadline = app.deadline(started);
    let mut query = Query {
        deadline: Some(deadline),
        ..read_query(&params, &app)?
    };
    paging.apply(&mut query)?;
    app.reach(at_least::read(&params)?, deadline).await?;
    app.ask(deadline, move |reader| {
        let index = Index::now(reader);
        let page = reader.search(Collection::Venues, &query)?;
        let hits: Vec<VenueHit> = page.hits.into_iter().map(VenueHit::from).collect();
        let meta = VenueSearchMeta {
            total: page.total.map(|total| total.value),
            total_is: page.total.map(TotalIs::of),
            partial: page.trace.is_partial,
            optional_words: page.optional_words,
            took_us: took_us(started),
            page: paging.page(),
            limit: paging.limit(),
            index: index.seen_at(page.position),
        };
        Ok(Answer::json(hits, meta))
    })
    .await
}

/// Tell of one exam venue.
#[utoipa::path(
    get,
    path = "/api/v1/venues/{id}",
    operation_id = "get_venue",
    tag = "venues",
    params(("id" = Uuid, Path, description = "The venue's id.", example = "019b76da-a800-70d2-8655-38fdde9a178b"), AtLeastParams),
    responses(
        (status = 200, description = "The venue.", body = Answer<Venue, ItemMeta>),
        (status = 404, description = "There is no such venue: `venue_not_found`.", body = Refused),
    )
)]
pub(crate) async fn venue(
    State(app): State<App>,
    PathId(key): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Venue, ItemMeta>>, ApiError> {
    let started = Instant::now();
    let params = Params::parse(raw.as_deref(), &[AtLeastParams::NAMES])?;
    let deadline = app.deadline(started);
    app.reach(at_least::read(&params)?, deadline).await?;
    app.ask(deadline, move |reader| {
        let index = Index::now(reader);
        let venue = reader.get(Collection::Venues, key)?.ok_or_else(|| {
            let expected = "the id of a venue; /api/v1/venues/search finds them";
            ApiError::not_found(Code::VenueNotFound, "id", &key.to_string(), expected)
        })?;
        Ok(Answer::json(venue.into(), ItemMeta::new(started, index)))
    })
    .await
}

fn read_query(params: &Params, app: &App) -> Result<Query, ApiError> {
    let center = read_point(params)?;
    let words = words::read(params, app)?;
    if words.is_none() && center.is_none() {
        let expected = "words of a venue's name, alias or city (or lat and lng)";
        return Err(ApiError::missing("q", expected));
    }
    Ok(Query {
        text: words,
        center,
        radius: read_radius_m(params, center.is_some(), None)?,
        ..Query::all(Profile::venue(), now_s())
    })
}

impl From<Document> for Venue {
    fn from(document: Document) -> Venue {
        let mut details = document.details;
        let mut take = |name: &str| take_detail(&mut details, name);
        Venue {
            id: document.key,
            university_id: take("university_id").parse().ok(),
            name: document.title,
            aliases: document.aliases,
            kind: Collection::Venues.category_name(document.category),
            address: document.address,
            city: document.city,
            state: take("state"),
            postal_code: take("postal_code"),
            country_code: take("country_code"),
            location: document.place.into(),
            seats: take("seats").parse().ok(),
        }
    }
}

impl From<Hit> for VenueHit {
    fn from(mut hit: Hit) -> VenueHit {
        let score = Score::take(&mut hit);
        VenueHit {
            venue: hit.document.into(),
            score,
        }
    }
}

fn take_detail(details: &mut BTreeMap<String, String>, name: &str) -> String {
    details.remove(name).unwrap_or_default()
}
