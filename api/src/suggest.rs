//! What may somebody be about to ask for?

use std::time::Instant;

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_engine::{MatchMode, SuggestQuery, Suggestion as Found, SuggestionKind};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::{App, now_s};
use crate::at_least::{self, AtLeastParams};
use crate::envelope::{Answer, Index, took_us};
use crate::error::ApiError;
use crate::paging::TotalIs;
use crate::params::{Params, unknown_word};
use crate::place::{Location, PointParams, read_point, rounded_m};
use crate::words;

/// As the OpenAPI document says below.
const LIMIT_DEFAULT: usize = 8;
const LIMIT_MAX: usize = 20;

/// Something that may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    #[serde(rename = "type")]
    #[schema(inline)]
    kind: SuggestionType,
    /// The name to show; of a `word` the `q` to search by.
    #[schema(example = "Powai")]
    text: String,
    /// Where a venue or a locality is.
    #[schema(example = "Mumbai")]
    city: Option<String>,
    /// The `venue` to search around.
    #[schema(example = "0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001")]
    venue_id: Option<Uuid>,
    /// The place to search around: of a locality or a city the middle of its rooms. Null for a
    /// `word`.
    location: Option<Location>,
    /// From the point of the request to `location`, in metres.
    #[schema(example = 1204.3)]
    distance_m: Option<f64>,
    /// How many rooms there are: listed ones in a locality or a city, those that hold the `word`;
    /// null for a venue.
    #[schema(example = 412)]
    rooms: Option<u64>,
    /// Whether `rooms` is exact: words are counted up to 1,000.
    rooms_are: Option<TotalIs>,
    /// How well it fits, 0 to 1, after which the list is ordered.
    #[schema(minimum = 0, maximum = 1, example = 0.87)]
    score: f64,
}

/// What a suggestion is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SuggestionType {
    Venue,
    Locality,
    City,
    Word,
}

/// How suggestions were made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuggestMeta {
    /// Time taken here, in microseconds.
    #[schema(example = 420)]
    took_us: u64,
    index: Index,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct SuggestParams {
    /// What was typed so far. The last word may be the beginning of one unless a space follows.
    #[param(max_length = 512, example = "pow")]
    q: String,
    /// How many typos a word of `q` may have, as in a search of rooms.
    #[param(minimum = 0, maximum = 2, default = 2, example = 1)]
    typos: Option<u8>,
    /// What to suggest: a comma list, or repeated; everything when left out.
    #[param(inline, style = Form, explode = false, example = json!(["venue", "locality", "city"]))]
    types: Option<Vec<SuggestionType>>,
    /// How many suggestions an answer holds at most.
    #[param(minimum = 1, maximum = 20, default = 8, example = 5)]
    limit: Option<u32>,
}

impl SuggestParams {
    pub(crate) const NAMES: &[&str] = &["q", "typos", "types", "limit"];
}

const KNOWN: &[&[&str]] = &[
    SuggestParams::NAMES,
    PointParams::NAMES,
    AtLeastParams::NAMES,
];

/// Suggest venues, localities, cities and words while somebody types.
///
/// Typos are forgiven as in searches. A suggestion's score is `fit * (0.6 + 0.15 * share + 0.1 * size +
/// 0.15 * near)`: `fit` is 1 for words that are written so, less for begun and misspelt ones; `share` is how
/// much of the name was typed; `size` grows with the logarithm of the number of rooms and is 1 for a
/// venue; `near` is 1 at the point and halves every 10 km, and 0 without a point or a place.
#[utoipa::path(
    get,
    path = "/api/v1/suggest",
    operation_id = "suggest",
    tag = "rooms",
    params(SuggestParams, PointParams, AtLeastParams),
    responses((
        status = 200,
        description = "What may be meant, the best first.",
        body = Answer<Vec<Suggestion>, SuggestMeta>
    ))
)]
pub(crate) async fn suggest(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Vec<Suggestion>, SuggestMeta>>, ApiError> {
    let started = Instant::now();
    let params = Params::parse(raw.as_deref(), KNOWN)?;
    let deadline = app.deadline(started);
    let words = words::read(&params, &app)?;
    let typed = SuggestQuery {
        words: words
            .ok_or_else(|| ApiError::missing("q", "what was typed so far"))?
            .match_mode(MatchMode::All),
        near: read_point(&params)?,
        kinds: read_kinds(&params)?,
        limit: params
            .whole("limit", 1..=LIMIT_MAX)?
            .unwrap_or(LIMIT_DEFAULT),
        now_s: now_s(),
        deadline: Some(deadline),
    };
    app.reach(at_least::read(&params)?, deadline).await?;
    app.ask(deadline, move |reader| {
        let index = Index::now(reader);
        let found = reader.suggest(&typed)?.into_iter();
        let took_us = took_us(started);
        let meta = SuggestMeta { took_us, index };
        Ok(Answer::json(found.map(Suggestion::from).collect(), meta))
    })
    .await
}

fn read_kinds(params: &Params) -> Result<Vec<SuggestionKind>, ApiError> {
    let kinds: Result<Vec<SuggestionKind>, ApiError> = params
        .list("types")
        .map(|word| {
            let mut known = SuggestionKind::ALL.into_iter();
            let names = known.clone().map(SuggestionKind::name);
            let kind = known.find(|kind| kind.name() == word);
            kind.ok_or_else(|| unknown_word("types", word, names))
        })
        .collect();
    kinds.map(|kinds| match kinds.is_empty() {
        true => SuggestionKind::ALL.to_vec(),
        false => kinds,
    })
}

impl From<Found> for Suggestion {
    fn from(found: Found) -> Suggestion {
        Suggestion {
            kind: match found.kind {
                SuggestionKind::Venue => SuggestionType::Venue,
                SuggestionKind::Locality => SuggestionType::Locality,
                SuggestionKind::City => SuggestionType::City,
                SuggestionKind::Word => SuggestionType::Word,
            },
            text: found.text,
            city: found.city,
            venue_id: found.venue,
            location: found.place.map(Location::from),
            distance_m: found.distance_m.map(rounded_m),
            rooms: found.rooms.map(|rooms| rooms.value),
            rooms_are: found.rooms.map(TotalIs::of),
            score: found.score,
        }
    }
}
