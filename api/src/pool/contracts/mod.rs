//! Contracts.

mod json;
mod params;
mod read;
mod steps;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::state::App;

/// The routes of contracts.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(steps::accept))
        .routes(routes!(read::list))
        .routes(routes!(read::get))
        .routes(routes!(steps::end))
        .routes(routes!(steps::cancel))
}
