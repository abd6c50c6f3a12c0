//! What is told of one room?

use std::time::Instant;

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_engine::{Collection, Document, Key, Query, Reader};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shape::Room;
use super::wish::{Wish, WishParams};
use crate::app::{App, now_s};
use crate::at_least::{self, AtLeastParams};
use crate::envelope::{Answer, Index, ItemMeta, Refused};
use crate::error::{ApiError, Code};
use crate::params::{Params, PathId};
use crate::place::{Anchor, PointParams, VenueParam};
use crate::score::Score;
use crate::vocabulary;
use crate::words::WordsParams;

/// How well one room matches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RankingScore {
    room_id: Uuid,
    #[serde(flatten)]
    score: Score,
}

const SCORE_KNOWN: &[&[&str]] = &[
    VenueParam::NAMES,
    PointParams::NAMES,
    WishParams::NAMES,
    AtLeastParams::NAMES,
    WordsParams::NAMES,
];

/// Tell of one room.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{id}",
    operation_id = "get_room",
    tag = "rooms",
    params(("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a800-7f6e-9c1b-2f2f5d0e7a11"), AtLeastParams),
    responses(
        (status = 200, description = "The room.", body = Answer<Room, ItemMeta>),
        (status = 404, description = "There is no such listed or paused room: `room_not_found`.", body = Refused),
    )
)]
pub(crate) async fn room(
    State(app): State<App>,
    PathId(key): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Room<'static>, ItemMeta>>, ApiError> {
    let started = Instant::now();
    let params = Params::parse(raw.as_deref(), &[AtLeastParams::NAMES])?;
    let deadline = app.deadline(started);
    app.reach(at_least::read(&params)?, deadline).await?;
    app.ask(deadline, move |reader| {
        let index = Index::now(reader);
        let room = find(reader, key)?;
        Ok(Answer::json(room.into(), ItemMeta::new(started, index)))
    })
    .await
}

/// Explain one room's match score.
///
/// The score that a search by the same parameters gives the room, or would give it if it passed
/// the filters and lay within the radius.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{id}/ranking-score",
    operation_id = "explain_room_score",
    tag = "rooms",
    params(
        ("id" = Uuid, Path, description = "The room's id.", example = "019b76da-a800-7f6e-9c1b-2f2f5d0e7a11"),
        VenueParam, PointParams, WishParams, WordsParams, AtLeastParams,
    ),
    responses(
        (status = 200, description = "The score and what it is made of.", body = Answer<RankingScore, ItemMeta>),
        (status = 404, description = "There is no such listed or paused room (`room_not_found`) or venue (`venue_not_found`).", body = Refused),
    )
)]
pub(crate) async fn ranking_score(
    State(app): State<App>,
    PathId(key): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<RankingScore, ItemMeta>>, ApiError> {
    let started = Instant::now();
    let params = Params::parse(raw.as_deref(), SCORE_KNOWN)?;
    let anchor = Anchor::read(&params)?;
    let wish = Wish::read(&params, &app)?;
    let deadline = app.deadline(started);
    app.reach(at_least::read(&params)?, deadline).await?;
    app.ask(deadline, move |reader| {
        let index = Index::now(reader);
        find(reader, key)?;
        let place = anchor
            .map(|anchor| anchor.find("venue", reader))
            .transpose()?;
        let query = Query {
            center: place.map(|place| place.at),
            explain: true,
            ..wish.query(now_s())
        };
        let hit = reader.score(Collection::Rooms, key, &query)?;
        let mut hit = hit.ok_or_else(|| room_not_found(key))?;
        let score = RankingScore {
            room_id: key,
            score: Score::take(&mut hit),
        };
        Ok(Answer::json(score, ItemMeta::new(started, index)))
    })
    .await
}

fn find(reader: &Reader, key: Key) -> Result<Document, ApiError> {
    let room = reader.get(Collection::Rooms, key)?;
    room.filter(|room| vocabulary::is_told(room.status))
        .ok_or_else(|| room_not_found(key))
}

fn room_not_found(key: Key) -> ApiError {
    let expected = "the id of a listed or paused room; /api/v1/rooms/search finds them";
    ApiError::not_found(Code::RoomNotFound, "id", &key.to_string(), expected)
}
