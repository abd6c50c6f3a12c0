//! The routes of the request pool.

mod feed;
mod live;
mod matches;
pub(crate) mod ranking;
mod requests;

use utoipa_axum::router::OpenApiRouter;

use crate::app::state::App;

/// All routes of the pool, each part with a list of its own.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(feed::routes())
        .merge(live::routes())
        .merge(matches::routes())
        .merge(requests::routes())
}
