//! Payments of contracts, refunds and balances.

mod balance;
mod body;
mod json;
mod list;
mod write;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::state::App;

/// The routes of payments and balances.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, write::record))
        .routes(routes!(write::refund))
        .routes(routes!(balance::get))
}
