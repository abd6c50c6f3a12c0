//! Suggestions while the user types: venues, localities, cities and words.

use std::time::Instant;

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_collections::{rooms, venues};
use roost_engine::{MatchMode, SuggestQuery, Suggestion as Found, SuggestionKind, Suggestions};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;
use uuid::Uuid;

use crate::admission::{Client, Outcome, Ticket};
use crate::app::clock::now_s;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::http::envelope::{Answer, took_us};
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::http::schema;
use crate::params::declaration::{Documented, Group, Param, QueryParams, group, params};
use crate::params::list::List;
use crate::params::presence::{Required, WithDefault};
use crate::params::scalar::{Invalid, Scalar, Text, Whole, one_of};
use crate::query::at_least::{AT_LEAST, POSITION};
use crate::query::place::{Location, POINT, read_point, rounded_m};
use crate::query::text::{QUERY_TEXT, QueryText, TYPOS, read_typos};
use crate::query::total::TotalIs;

params! {
    /// The typed text.
    const TYPED;

    /// The text typed so far. The last word is a prefix unless a space follows. A text without a
    /// word, such as a single quote or an emoji, gets no suggestions.
    Q: Required<Text> = Param::new("q", QUERY_TEXT).required().example("pow");
}

params! {
    /// What to suggest.
    const SUGGESTIONS;

    /// The types of suggestions: a comma-separated list, or repeated; all types if left out.
    TYPES: List<SuggestionName> = Param::new("types", List::of(SuggestionName))
        .example("venue,locality,city");

    /// The maximum number of suggestions.
    LIMIT: WithDefault<Whole<u32>> = Param::new("limit", Whole { min: 1, max: 20 })
        .default(8)
        .example("5");
}

/// A suggestion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    #[serde(rename = "type")]
    #[schema(inline)]
    kind: SuggestionType,
    /// The name to display; of a `word`, the `q` to search for.
    #[schema(example = "Powai")]
    text: String,
    /// The city of a venue or locality.
    #[schema(example = "Mumbai")]
    city: Option<String>,
    /// The `venue` to search around.
    #[schema(example = "019b76da-a800-70d2-8655-38fdde9a178b")]
    venue_id: Option<Uuid>,
    /// The place to search around: of a locality or city, the middle of its rooms. Null for a
    /// `word`.
    location: Option<Location>,
    /// The distance from the point of the request to `location`, in metres.
    #[schema(example = 1204.3)]
    distance_m: Option<f64>,
    /// The number of rooms: listed ones of a locality or city, or those that contain the `word`;
    /// null for a venue.
    #[schema(example = 412)]
    rooms: Option<u64>,
    /// Whether `rooms` is exact: rooms with a word are counted up to 1,000.
    rooms_are: Option<TotalIs>,
    /// The score, 0 to 1, by which suggestions are sorted.
    #[schema(minimum = 0, maximum = 1, example = 0.87)]
    score: f64,
}

/// The type of a suggestion.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SuggestionType {
    Venue,
    Locality,
    City,
    Word,
}

/// How suggestions were found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuggestMeta {
    /// Time spent in this service, in microseconds.
    #[schema(example = 420)]
    took_us: u64,
    /// Whether the search for suggestions stopped at its deadline, so that there may be more.
    #[schema(example = false)]
    partial: bool,
    index: Index,
}

/// The name of a suggestion's type.
#[derive(Clone, Copy)]
struct SuggestionName;

/// The query parameters of suggestions.
struct SuggestParams;

impl QueryParams for SuggestParams {
    const GROUPS: &'static [Group] = &[TYPED, group!(TYPOS), SUGGESTIONS, POINT, POSITION];
}

/// Suggest venues, localities, cities and words while the user types.
///
/// Typos are tolerated as in searches. The score of a suggestion is `fit * (0.6 + 0.15 * share +
/// 0.1 * size + 0.15 * near)`. `fit` is 1 for exact matches and less for prefixes and typos.
/// `share` is the part of the name that was typed. `size` grows with the logarithm of the number of
/// rooms and is 1 for a venue. `near` is 1 at the point, halves every 10 km, and is 0 without a
/// point or place.
#[utoipa::path(
    get,
    path = "/api/v1/suggest",
    operation_id = "suggest",
    tag = "rooms",
    security((), ("access_token" = []), ("api_key" = [])),
    params(Documented<SuggestParams>),
    responses((
        status = 200,
        description = "The suggestions, highest score first.",
        body = Answer<Vec<Suggestion>, SuggestMeta>
    ))
)]
pub(crate) async fn suggest(
    State(app): State<App>,
    client: Client,
    access: Access,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Vec<Suggestion>, SuggestMeta>>, ApiError> {
    let started = Instant::now();
    let params = SuggestParams::parse(raw.as_deref())?;
    let deadline = app.deadline(started);
    let restriction = access.restriction(rooms::declared())?;
    let typos = read_typos(&params, &app)?;
    let text = QueryText::new(Q.read(&params)?, typos, MatchMode::All, &app)?;
    let kinds = TYPES.read(&params)?;
    let near = read_point(&params)?;
    let limit = LIMIT.read(&params)? as usize;
    let query = text.map(|text| SuggestQuery {
        words: text.terms,
        searched: rooms::collection(),
        titled: venues::collection(),
        titled_profile: venues::profile(),
        near,
        restriction: restriction.clone(),
        kinds: match kinds.is_empty() {
            true => SuggestionKind::ALL.to_vec(),
            false => kinds,
        },
        limit,
        now_s: now_s(),
        deadline: Some(deadline),
        steps_max: None,
    });
    app.wait_for(AT_LEAST.read(&params)?, deadline).await?;
    let ticket = Ticket::new(client, started, deadline);
    app.run(ticket, move |reader, limit| {
        let index = Index::now(reader);
        let found = match &query {
            Some(query) => {
                let cost = reader.estimate_suggestions(query);
                if !limit.admits(cost) {
                    return Ok(Outcome::Exceeds(cost));
                }
                let steps_max = limit.steps_max;
                let query = query.clone();
                reader.suggest(&SuggestQuery { steps_max, ..query })?
            }
            None => Suggestions::default(),
        };
        if limit.has_cut(found.is_partial, deadline) {
            return Ok(Outcome::Exceeds(limit.exceeded()));
        }
        let meta = SuggestMeta {
            took_us: took_us(started),
            partial: found.is_partial,
            index,
        };
        let found = found.suggestions.into_iter().map(Suggestion::from);
        Ok(Outcome::Done(Answer::json(found.collect(), meta)))
    })
    .await
}

impl Scalar for SuggestionName {
    type Value = SuggestionKind;

    fn parse(&self, text: &str) -> Result<SuggestionKind, Invalid> {
        let found = SUGGESTION_NAMES.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, kind)| *kind)
            .ok_or_else(|| Invalid::name(text, suggestion_names()))
    }

    fn expected(&self) -> String {
        one_of(suggestion_names())
    }

    fn schema(&self) -> Schema {
        schema::names(suggestion_names())
    }
}

fn suggestion_names() -> impl Iterator<Item = &'static str> {
    SUGGESTION_NAMES.iter().map(|(name, _)| *name)
}

const SUGGESTION_NAMES: [(&str, SuggestionKind); 4] = [
    ("venue", SuggestionKind::Title),
    ("locality", SuggestionKind::Locality),
    ("city", SuggestionKind::City),
    ("word", SuggestionKind::Word),
];

impl From<Found> for Suggestion {
    fn from(found: Found) -> Suggestion {
        Suggestion {
            kind: match found.kind {
                SuggestionKind::Title => SuggestionType::Venue,
                SuggestionKind::Locality => SuggestionType::Locality,
                SuggestionKind::City => SuggestionType::City,
                SuggestionKind::Word => SuggestionType::Word,
            },
            text: found.text,
            city: found.city,
            venue_id: found.key,
            location: found.place.map(Location::from),
            distance_m: found.distance_m.map(rounded_m),
            rooms: found.documents.map(|rooms| rooms.value),
            rooms_are: found.documents.map(TotalIs::of),
            score: found.score,
        }
    }
}
