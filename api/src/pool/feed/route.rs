//! The route of the feed.

use std::time::Instant;

use axum::extract::{RawQuery, State};
use roost_market::pool::matches::feed_landlord;

use super::entry::FeedEntry;
use super::params::FeedParams;
use super::search::{Feed, FeedMeta, FeedRequest};
use crate::admission::Client;
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::search::answer::run;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::list::SerializedAnswer;
use crate::params::declaration::{Documented, QueryParams};

/// Get the feed of the signed-in landlord.
///
/// The active requests that at least one of its listed rooms fits, each with its best room. A room
/// fits a request if it lies within its reach, costs no more than its budget, is large enough, has
/// the required amenities and an accepted type, and is free every night. If the landlord has
/// preferred areas, only requests within them. A landlord that is not available, is full or has no
/// listed room gets no requests, and `meta.empty_because` says why.
#[utoipa::path(
    get,
    path = "/api/v1/landlords/me/feed",
    operation_id = "get_feed",
    tag = "landlords",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<FeedParams>),
    responses(
        (status = 200, description = "The requests.", body = Answer<Vec<FeedEntry>, FeedMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is no landlord, or its key lacks the scope `feed:read`: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn feed(
    State(app): State<App>,
    client: Client,
    Caller(actor): Caller,
    RawQuery(raw): RawQuery,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    let params = FeedParams::parse(raw.as_deref())?;
    let access = Access::to_pool(actor)?;
    let request = FeedRequest::read(&params, &access, (&app, started))?;
    let landlord = feed_landlord(app.market().pool(), access.actor()).await?;
    run(Feed::new(request, landlord), &app, client, started).await
}
