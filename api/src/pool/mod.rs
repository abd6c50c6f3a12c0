//! The routes of the request pool.

mod contracts;
mod feed;
mod live;
mod matches;
mod offers;
mod payments;
pub(crate) mod ranking;
mod reason;
mod requests;
mod required;
pub(crate) mod statistics;

use utoipa_axum::router::OpenApiRouter;

use crate::app::state::App;

/// All routes of the pool, each part with a list of its own.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(contracts::routes())
        .merge(feed::routes())
        .merge(live::routes())
        .merge(matches::routes())
        .merge(offers::routes())
        .merge(payments::routes())
        .merge(requests::routes())
        .merge(statistics::routes())
}
