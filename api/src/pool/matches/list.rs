//! `GET /api/v1/requests/{id}/matches`.

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Instant;

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_collections::{requests, rooms};
use roost_engine::{Category, Document, Key, Query, Reader, SearchAfter};
use roost_market::pool::matches::{LANDLORDS_MAX, landlords_elsewhere, require_reader_of_matches};
use uuid::Uuid;

use super::entry::{LandlordEntry, LandlordsMeta};
use crate::admission::{Client, Outcome, Ticket};
use crate::app::caller::Caller;
use crate::app::clock::now_s;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::order::{EXPLAIN, EXPLANATION};
use crate::collections::ranking::RankingParams;
use crate::collections::reach::{TIMEOUT, read_deadline};
use crate::collections::search::fingerprint::fingerprint;
use crate::collections::wording::{Described, Wording};
use crate::http::envelope::{Answer, took_us};
use crate::http::error::{ApiError, Code, ErrorEnvelope};
use crate::http::freshness::Index;
use crate::params::declaration::{Documented, Group, QueryParams};
use crate::params::path_id::PathId;
use crate::pool::ranking::landlords::{BestLandlords, LandlordRanking, RankedLandlord};
use crate::query::at_least::{AT_LEAST, POSITION};
use crate::query::cursor::Fingerprint;
use crate::query::paging::{CURSOR_PARAMS, PAGE_PARAMS, Paging, next_cursor};
use crate::rooms::params::ROOMS;

/// What landlords are ranked by.
static RANKING: LazyLock<RankingParams> = LazyLock::new(|| {
    let declared = rooms::declared();
    let wording = Wording {
        profile: Described::new(
            "The ranking profile: `landlord`, `room`, or one from the node's configuration.",
            "landlord",
        ),
        ..Wording::of(declared)
    };
    RankingParams::new(declared, rooms::landlord_profile(), &wording)
});

/// The profile and its weights.
const PROFILE: Group = Group::new(|| RANKING.profile_group());

/// The query parameters of the route.
struct MatchesParams;

impl QueryParams for MatchesParams {
    const GROUPS: &'static [Group] = &[
        PROFILE,
        PAGE_PARAMS,
        CURSOR_PARAMS,
        EXPLANATION,
        TIMEOUT,
        POSITION,
    ];
}

/// The best landlords for a request, without those who prefer others.
struct Found {
    landlords: Vec<RankedLandlord>,
    is_partial: bool,
    index: Index,
    /// The query for rooms of the whole request.
    query: Query,
}

/// List the landlords for a request.
///
/// The best 100 landlords who have a listed room that fits the request, are available and not full,
/// and whose preferred areas, if they have any, contain its place. Each with the best of its rooms.
/// A request that is not active has no landlords.
#[utoipa::path(
    get,
    path = "/api/v1/requests/{id}/matches",
    operation_id = "list_matches",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The request's id.", example = "019b76da-aa00-7c11-8a55-2f0c4be1a001"),
        Documented<MatchesParams>,
    ),
    responses(
        (status = 200, description = "The landlords, the best first.", body = Answer<Vec<LandlordEntry>, LandlordsMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The request is another student's: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such request, or the index does not contain it yet: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    client: Client,
    Caller(actor): Caller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Vec<LandlordEntry>, LandlordsMeta>>, ApiError> {
    let started = Instant::now();
    let params = MatchesParams::parse(raw.as_deref())?;
    let profile = RANKING.read_profile(&params, app.profiles())?;
    let (paging, explain) = (Paging::read(&params)?, EXPLAIN.read(&params)?);
    let deadline = read_deadline(&params, &app, started)?;
    let at_least = AT_LEAST.read(&params)?;
    require_reader_of_matches(app.market().pool(), &actor, id).await?;
    Access::to_pool(actor)?;
    app.wait_for(at_least, deadline).await?;
    let mut page = Query::all(profile, now_s());
    let fingerprint = |query: &Query| fingerprint_of(id, query);
    paging.apply(&mut page, fingerprint)?;
    let ticket = Ticket::new(client, started, deadline);
    let found = find(&app, ticket, id, &page, deadline).await?;
    let Found {
        landlords,
        is_partial,
        index,
        query,
    } = found;
    let total = landlords.len();
    let first = first_of_page(&landlords, &page);
    let has_more = total > first.saturating_add(page.limit);
    let of_page: Vec<RankedLandlord> = landlords.into_iter().skip(first).take(page.limit).collect();
    let last = of_page.last().filter(|_| has_more);
    let next = last.map(|last| SearchAfter {
        rank_value: last.score,
        key: last.room.id,
        optional_words: 0,
    });
    let meta = LandlordsMeta {
        total,
        partial: is_partial,
        profile: query.profile.name().to_owned(),
        took_us: took_us(started),
        page: paging.number(),
        limit: paging.limit(),
        next_cursor: next_cursor(next, &page, fingerprint),
        index,
    };
    let entries = of_page.into_iter();
    let entries = entries.map(|ranked| LandlordEntry::new(ranked, explain));
    Ok(Answer::json(entries.collect(), meta))
}

/// Ranks landlords until enough of them want the request. Few landlords prefer areas, so the first
/// attempt is usually enough.
async fn find(
    app: &App,
    ticket: Ticket,
    id: Uuid,
    page: &Query,
    deadline: Instant,
) -> Result<Found, ApiError> {
    let mut limit = LANDLORDS_MAX + LANDLORDS_MAX / 4;
    loop {
        let (profile, now_s) = (page.profile.clone(), page.now_s);
        let (best, index, query) = app
            .run(ticket, move |reader, admitted| {
                let index = Index::now(reader);
                let request = find_request(reader, id)?;
                let ranking = LandlordRanking {
                    request: &request,
                    profile: &profile,
                    now_s,
                    deadline: Some(deadline),
                };
                let query = ranking.query();
                let cost = reader.estimate(
                    rooms::collection(),
                    &Query {
                        limit,
                        ..query.clone()
                    },
                );
                if !admitted.admits(cost) {
                    return Ok(Outcome::Exceeds(cost));
                }
                let is_active = request.category(requests::STATUS) == Some(Category::FIRST);
                let best = match is_active {
                    true => Some(ranking.best(reader, limit)?),
                    false => None,
                };
                Ok(Outcome::Done((best, index, query)))
            })
            .await?;
        let Some(BestLandlords {
            landlords,
            are_all,
            trace,
        }) = best
        else {
            return Ok(Found {
                landlords: Vec::new(),
                is_partial: false,
                index,
                query,
            });
        };
        let pairs: Vec<(Uuid, Uuid)> = landlords.iter().map(|it| (id, it.landlord)).collect();
        let elsewhere = landlords_elsewhere(app.market().pool(), &pairs).await?;
        let landlords = wanting(landlords, id, &elsewhere);
        if landlords.len() == LANDLORDS_MAX || are_all || trace.is_partial {
            return Ok(Found {
                landlords,
                is_partial: trace.is_partial,
                index,
                query,
            });
        }
        limit *= 4;
    }
}

/// The best of the landlords that want the request.
fn wanting(
    landlords: Vec<RankedLandlord>,
    request: Uuid,
    elsewhere: &HashSet<(Uuid, Uuid)>,
) -> Vec<RankedLandlord> {
    let wants = |it: &RankedLandlord| !elsewhere.contains(&(request, it.landlord));
    landlords
        .into_iter()
        .filter(wants)
        .take(LANDLORDS_MAX)
        .collect()
}

fn find_request(reader: &Reader, id: Key) -> Result<Document, ApiError> {
    let request = reader.get(requests::collection(), id)?;
    request.ok_or_else(|| {
        let expected = "the id of a request that the index contains";
        let error = ApiError::not_found(Code::NotFound, "id", &id.to_string(), expected);
        error.with_hint("after a write, send its roost-position as at_least")
    })
}

/// The position of the first landlord of a page.
fn first_of_page(landlords: &[RankedLandlord], page: &Query) -> usize {
    let Some(after) = page.after else {
        return page.offset;
    };
    landlords.partition_point(|it| {
        it.score > after.rank_value || it.score == after.rank_value && it.room.id <= after.key
    })
}

/// The fingerprint of the landlords for a request by a profile.
fn fingerprint_of(request: Uuid, query: &Query) -> Fingerprint {
    let Fingerprint(of_profile) = fingerprint(&ROOMS, query, None);
    let (high, low) = request.as_u64_pair();
    Fingerprint(of_profile ^ high ^ low.rotate_left(1))
}
