//! The route of a single venue.

use std::time::Instant;

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_collections::venues;

use super::venue::Venue;
use crate::admission::{Client, Outcome, Ticket};
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::document::DocumentJson;
use crate::http::envelope::{Answer, ItemMeta};
use crate::http::error::{ApiError, Code, ErrorEnvelope};
use crate::http::freshness::Index;
use crate::params::declaration::{Documented, Group, QueryParams};
use crate::params::path_id::PathId;
use crate::query::at_least::{AT_LEAST, POSITION};

/// The query parameters of a single venue.
struct VenueParams;

impl QueryParams for VenueParams {
    const GROUPS: &'static [Group] = &[POSITION];
}

/// Get an exam venue.
#[utoipa::path(
    get,
    path = "/api/v1/venues/{id}",
    operation_id = "get_venue",
    tag = "venues",
    security((), ("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The venue's id.", example = "019b76da-a800-70d2-8655-38fdde9a178b"),
        Documented<VenueParams>,
    ),
    responses(
        (status = 200, description = "The venue.", body = Answer<Venue, ItemMeta>),
        (status = 404, description = "There is no such venue: `venue_not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn venue(
    State(app): State<App>,
    client: Client,
    _: Access,
    PathId(key): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<DocumentJson, ItemMeta>>, ApiError> {
    let started = Instant::now();
    let params = VenueParams::parse(raw.as_deref())?;
    let deadline = app.deadline(started);
    app.wait_for(AT_LEAST.read(&params)?, deadline).await?;
    let ticket = Ticket::new(client, started, deadline);
    app.run(ticket, move |reader, _| {
        let index = Index::now(reader);
        let venue = reader.get(venues::collection(), key)?.ok_or_else(|| {
            let expected = "the id of a venue; /api/v1/venues/search finds them";
            ApiError::not_found(Code::VenueNotFound, "id", &key.to_string(), expected)
        })?;
        let meta = ItemMeta::new(started, index);
        Ok(Outcome::Done(Answer::json(Venue::json(venue), meta)))
    })
    .await
}
