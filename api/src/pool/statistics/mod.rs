//! `GET /api/v1/pool/stats`: how the request pool does.

mod json;
pub(crate) mod metrics;
mod read;
mod week;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::state::App;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read::read))
}
