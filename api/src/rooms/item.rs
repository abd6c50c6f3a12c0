//! Routes of one room: the room itself, and its match score.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_collections::rooms;
use roost_engine::{Document, Key, Query, Reader};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::params::{RANKING, ROOMS};
use super::room::Room;
use crate::admission::{Client, Outcome, Ticket};
use crate::app::clock::now_s;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::document::DocumentJson;
use crate::collections::filters::visibility::is_public;
use crate::http::envelope::{Answer, ItemMeta};
use crate::http::error::{ApiError, Code, ErrorEnvelope};
use crate::http::freshness::Index;
use crate::params::declaration::{Documented, Group, QueryParams};
use crate::params::path_id::PathId;
use crate::query::at_least::{AT_LEAST, POSITION};
use crate::query::place::{Origin, POINT, VENUE, VENUE_PLACE};
use crate::query::score::Score;
use crate::query::text::{TERM_MATCHING, TYPO_TOLERANCE};

/// The time for a score whose words have many expansions.
const SCORE_TIME_MIN: Duration = Duration::from_secs(1);

/// How well one room matches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RankingScore {
    room_id: Uuid,
    #[serde(flatten)]
    score: Score,
}

/// The query parameters of a single room.
struct RoomParams;

impl QueryParams for RoomParams {
    const GROUPS: &'static [Group] = &[POSITION];
}

/// The query parameters of a room's score.
struct ScoreParams;

impl QueryParams for ScoreParams {
    const GROUPS: &'static [Group] = &[
        VENUE_PLACE,
        POINT,
        RANKING,
        TYPO_TOLERANCE,
        TERM_MATCHING,
        POSITION,
    ];
}

/// Get a room.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{id}",
    operation_id = "get_room",
    tag = "rooms",
    security((), ("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        Documented<RoomParams>,
    ),
    responses(
        (status = 200, description = "The room.", body = Answer<Room, ItemMeta>),
        (status = 404, description = "There is no such listed or paused room: `room_not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn room(
    State(app): State<App>,
    client: Client,
    access: Access,
    PathId(key): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<DocumentJson, ItemMeta>>, ApiError> {
    let started = Instant::now();
    let params = RoomParams::parse(raw.as_deref())?;
    let deadline = app.deadline(started);
    app.wait_for(AT_LEAST.read(&params)?, deadline).await?;
    let ticket = Ticket::new(client, started, deadline);
    app.run(ticket, move |reader, _| {
        let index = Index::now(reader);
        let room = find(reader, key, &access)?;
        let meta = ItemMeta::new(started, index);
        Ok(Outcome::Done(Answer::json(Room::json(room), meta)))
    })
    .await
}

/// Explain a room's match score.
///
/// Returns the score that a search with the same parameters gives the room, or would give it if it
/// passed the filters and lay within the radius.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{id}/ranking-score",
    operation_id = "explain_room_score",
    tag = "rooms",
    security((), ("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a85e-77d1-92b0-13d485117cc7"),
        Documented<ScoreParams>,
    ),
    responses(
        (status = 200, description = "The score and its components.", body = Answer<RankingScore, ItemMeta>),
        (status = 404, description = "There is no such listed or paused room (`room_not_found`) or venue (`venue_not_found`).", body = ErrorEnvelope),
    )
)]
pub(crate) async fn ranking_score(
    State(app): State<App>,
    client: Client,
    access: Access,
    PathId(key): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<RankingScore, ItemMeta>>, ApiError> {
    let started = Instant::now();
    let params = ScoreParams::parse(raw.as_deref())?;
    let origin = Origin::read(&params)?;
    let ranking = ROOMS.ranking.read(&params, &app)?;
    let deadline = app.deadline(started);
    app.wait_for(AT_LEAST.read(&params)?, deadline).await?;
    let ticket = Ticket::new(client, started, deadline);
    app.run(ticket, move |reader, limit| {
        let index = Index::now(reader);
        find(reader, key, &access)?;
        let center = origin
            .map(|origin| origin.resolve(VENUE.name(), reader))
            .transpose()?;
        let query = Query {
            center: center.map(|center| center.point),
            explain: true,
            // A lookup is answered however short the time of searches is.
            deadline: Some(deadline.max(started + SCORE_TIME_MIN)),
            ..ranking.query(now_s())
        };
        let cost = reader.estimate_score(rooms::collection(), &query);
        if !limit.admits(cost) {
            return Ok(Outcome::Exceeds(cost));
        }
        let hit = reader.score(rooms::collection(), key, &query)?;
        let mut hit = hit.ok_or_else(|| room_not_found(key))?;
        let score = RankingScore {
            room_id: key,
            score: Score::take(&mut hit, rooms::collection()),
        };
        let meta = ItemMeta::new(started, index);
        Ok(Outcome::Done(Answer::json(score, meta)))
    })
    .await
}

/// A room that exists for the caller.
fn find(reader: &Reader, key: Key, access: &Access) -> Result<Document, ApiError> {
    let room = reader.get(rooms::collection(), key)?;
    let room = room.filter(|room| is_public(rooms::declared(), room));
    match room {
        Some(room) if access.includes_room(reader, key)? => Ok(room),
        _ => Err(room_not_found(key)),
    }
}

fn room_not_found(key: Key) -> ApiError {
    let expected = "the id of a listed or paused room; /api/v1/rooms/search finds them";
    ApiError::not_found(Code::RoomNotFound, "id", &key.to_string(), expected)
}
