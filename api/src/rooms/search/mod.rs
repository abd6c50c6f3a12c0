//! The route of the room search.

pub(crate) mod answer;
pub(crate) mod assignment;
pub(crate) mod groups;
mod hints;
pub(crate) mod hit;
pub(crate) mod request;
#[cfg(test)]
mod tests;

use std::time::Instant;

use axum::extract::{RawQuery, State};

use self::answer::RoomSearchMeta;
use self::assignment::Exam;
use self::groups::ListItem;
use self::request::{RoomSearch, SearchParams};
use crate::admission::Client;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::search::answer::run;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::list::SerializedAnswer;
use crate::params::declaration::{Documented, QueryParams};

/// Search rooms near an exam venue.
///
/// The best match comes first. A room matches if it is listed, its landlord is available, it passes
/// every filter, is available every night of the stay, lies within the radius and every area, and
/// contains the words.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/search",
    operation_id = "search_rooms",
    tag = "rooms",
    security((), ("access_token" = []), ("api_key" = [])),
    params(Documented<SearchParams>),
    responses(
        (status = 200, description = "The matching rooms.", body = Answer<Vec<ListItem>, RoomSearchMeta>),
        (status = 401, description = "With `assignment`: the caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such venue: `venue_not_found`; or the caller has no such assignment: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn search(
    State(app): State<App>,
    client: Client,
    access: Access,
    RawQuery(raw): RawQuery,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    let params = SearchParams::parse(raw.as_deref())?;
    let exam = Exam::read(&params, access.actor(), &app).await?;
    let search = RoomSearch::read(exam, &params, &access, (&app, started))?;
    run(search, &app, client, started).await
}
