//! Offers of rooms for requests.

mod body;
mod json;
mod params;
mod read;
mod steps;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::state::App;

/// The routes of offers.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(steps::make))
        .routes(routes!(read::list))
        .routes(routes!(read::get))
        .routes(routes!(steps::decline))
        .routes(routes!(steps::withdraw))
}
