//! The routes, the layers around them, and the HTTP server.

mod coding;
mod key_limits;
mod layers;
mod observe;
mod openapi;
#[cfg(test)]
mod tests;

use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::state::{ApiState, App};
use crate::collections::routes::catalog::Catalog;
use crate::server::{self, ServerOptions};
use crate::{accounts, app, collections, exams, node, pool, rooms};

/// All routes, ready to serve.
pub fn router(state: ApiState) -> Router {
    router_and_app(state).0
}

fn router_and_app(state: ApiState) -> (Router, App) {
    let (routes, mut document) = routes();
    let catalog = Catalog::new(&state.collections, &state.default_profiles);
    openapi::add_collections(&mut document, &catalog);
    let routes = routes.merge(app::internal::routes(state.internal.clone()));
    // The document consists of plain values, which always serialize.
    let app = App::new(state, document.to_json().unwrap_or_default());
    let routes = routes.layer(Extension(catalog));
    (layers::add(routes, &app).with_state(app.clone()), app)
}

/// Serves until `stop` is cancelled, then waits for the requests in progress.
pub async fn serve(
    listener: TcpListener,
    state: ApiState,
    options: ServerOptions,
    stop: CancellationToken,
) {
    let (router, app) = router_and_app(state);
    let metrics = app.metrics().server().clone();
    server::serve::serve(listener, router, options, metrics, stop).await;
}

/// The OpenAPI document of all routes. A node adds its configured collections.
pub fn openapi() -> OpenApi {
    routes().1
}

/// The routes and the document that describes them, from one list, so that neither can lack what
/// the other has.
fn routes() -> (Router<App>, OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(openapi::without_paths())
        .routes(routes!(rooms::search::search))
        .routes(routes!(rooms::heatmap::heatmap))
        .routes(routes!(rooms::actions::create::create))
        .routes(routes!(rooms::actions::review::queue))
        .routes(routes!(
            rooms::item::room,
            rooms::actions::change::change,
            rooms::actions::change::remove
        ))
        .routes(routes!(rooms::actions::steps::submit))
        .routes(routes!(rooms::actions::steps::pause))
        .routes(routes!(rooms::actions::steps::resume))
        .routes(routes!(rooms::actions::steps::verify))
        .routes(routes!(rooms::actions::review::reject))
        .routes(routes!(rooms::item::ranking_score))
        .routes(routes!(rooms::multi_search::run::multi_search))
        .routes(routes!(rooms::suggest::suggest))
        .routes(routes!(collections::routes::list::collections))
        .routes(routes!(collections::routes::search::search))
        .routes(routes!(collections::routes::heatmap::heatmap))
        .routes(routes!(rooms::legacy::search))
        .routes(routes!(accounts::registration::register))
        .routes(routes!(accounts::email::confirm_email))
        .routes(routes!(accounts::session::login))
        .routes(routes!(accounts::session::refresh))
        .routes(routes!(accounts::session::logout))
        .routes(routes!(accounts::session::logout_all))
        .routes(routes!(accounts::me::me, accounts::me::change_me))
        .routes(routes!(accounts::password::change))
        .routes(routes!(accounts::password::request_reset))
        .routes(routes!(accounts::password::reset))
        .routes(routes!(accounts::events::list))
        .routes(routes!(
            accounts::landlord::me::get,
            accounts::landlord::me::change
        ))
        .routes(routes!(rooms::actions::own_rooms::list))
        .routes(routes!(rooms::actions::own_rooms::get))
        .routes(routes!(
            accounts::keys::create::create,
            accounts::keys::list::list
        ))
        .routes(routes!(
            accounts::keys::item::get,
            accounts::keys::item::revoke
        ))
        .routes(routes!(accounts::keys::rotate::rotate))
        .routes(routes!(node::health::live))
        .routes(routes!(node::health::ready))
        .routes(routes!(node::status::status))
        .routes(routes!(node::metrics::metrics))
        .routes(routes!(openapi::document))
        .merge(exam_routes())
        .merge(invitation_routes())
        .merge(pool::routes())
        .split_for_parts();
    openapi::add_common(&mut document);
    (router, document)
}

/// The routes of invitations.
fn invitation_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            accounts::invitation::list,
            accounts::invitation::create
        ))
        .routes(routes!(accounts::invitation::accept))
        .routes(routes!(accounts::invitation::revoke))
}

/// The routes of universities, exam sessions, venues and assignments.
fn exam_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            exams::universities::routes::list,
            exams::universities::routes::create
        ))
        .routes(routes!(
            exams::universities::routes::get,
            exams::universities::routes::change
        ))
        .routes(routes!(
            exams::sessions::routes::list,
            exams::sessions::routes::create
        ))
        .routes(routes!(
            exams::sessions::routes::get,
            exams::sessions::routes::change
        ))
        .routes(routes!(
            exams::assignments::list::list,
            exams::assignments::import::import
        ))
        .routes(routes!(
            exams::assignments::item::get,
            exams::assignments::item::change,
            exams::assignments::item::remove
        ))
        .routes(routes!(exams::assignments::own::list))
        .routes(routes!(exams::venues::search::search))
        .routes(routes!(
            exams::venues::records::list,
            exams::venues::change::create
        ))
        .routes(routes!(
            exams::venues::item::venue,
            exams::venues::change::change
        ))
        .routes(routes!(exams::venues::records::get))
}
