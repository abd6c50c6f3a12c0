//! Rental requests: students create, read, change and cancel them.

mod body;
mod change;
mod create;
mod json;
mod list;
mod schema;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::state::App;

/// The routes of rental requests.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(list::get, change::change))
        .routes(routes!(change::cancel))
}
