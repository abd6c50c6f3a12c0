//! The routes of the request pool.

mod live;
mod requests;

use utoipa_axum::router::OpenApiRouter;

use crate::app::state::App;

/// All routes of the pool, each part with a list of its own.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(live::routes())
        .merge(requests::routes())
}
