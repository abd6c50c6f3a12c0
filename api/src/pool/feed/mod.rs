//! The feed of a landlord: the active requests that its rooms fit, the best first.

mod entry;
mod params;
mod route;
mod search;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::state::App;

/// The routes of feeds.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(route::feed))
        .routes(routes!(view::view))
}
