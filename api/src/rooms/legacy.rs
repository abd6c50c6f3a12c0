//! How are the paths of the older platform answered?
//!
//! Its clients keep their path and parameters; the answer is the one that `/api/v1` gives.

use std::time::Instant;

use axum::extract::{RawQuery, State};
use roost_engine::{Filters, Profile, Radius, Sort};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::app::{App, now_s};
use crate::envelope::{Answer, Refused, Written};
use crate::error::ApiError;
use crate::paging::{PageParams, Paging};
use crate::params::Params;
use crate::place::{Anchor, RADIUS_M_DEFAULT};
use crate::profiles::Profiles;
use crate::rooms::highlight::Highlighting;
use crate::rooms::search::{RoomSearch, RoomSearchMeta};
use crate::rooms::shape::RoomHit;
use crate::rooms::wish::Wish;

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct OlderParams {
    /// Id of the exam venue.
    #[param(example = "0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001")]
    exam_location_id: Uuid,
    /// How far from the venue a room may be, in kilometres; above 0.
    #[param(exclusive_minimum = 0, maximum = 200, default = 25, example = 5)]
    radius: Option<f64>,
}

impl OlderParams {
    pub(crate) const NAMES: &[&str] = &["examLocationId", "radius"];
}

/// Find rooms near an exam venue, as the older platform asks.
///
/// Use `/api/v1/rooms/search` for anything new.
#[utoipa::path(
    get,
    path = "/api/rooms/search",
    operation_id = "search_rooms_as_before",
    tag = "older",
    params(OlderParams, PageParams),
    responses(
        (status = 200, description = "The rooms found, best match first.", body = Answer<Vec<RoomHit>, RoomSearchMeta>),
        (status = 404, description = "There is no such venue: `venue_not_found`.", body = Refused),
    )
)]
pub(crate) async fn search(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Written, ApiError> {
    let started = Instant::now();
    let params = Params::parse(raw.as_deref(), &[OlderParams::NAMES, PageParams::NAMES])?;
    let venue = params.id("examLocationId")?;
    let venue = venue.ok_or_else(|| ApiError::missing("examLocationId", "the id of a venue"))?;
    let profile = app.profiles().get(Profiles::DEFAULT);
    let search = RoomSearch {
        venue_field: "examLocationId",
        anchor: Some(Anchor::Venue(venue)),
        radius: Some(read_radius_km(&params)?),
        radius_min: None,
        text: None,
        wish: Wish::nothing(profile.cloned().unwrap_or_else(Profile::room)),
        filters: Filters::default(),
        sort: Sort::Match,
        facets: Vec::new(),
        group_limit: None,
        explain: false,
        highlighting: Highlighting::none(),
        deadline: app.deadline(started),
        now_s: now_s(),
        paging: Paging::read(&params)?,
        at_least: None,
    };
    search.ask(&app, started).await
}

fn read_radius_km(params: &Params) -> Result<Radius, ApiError> {
    let text = params.text("radius")?;
    let radius_km = match text {
        None => Some(RADIUS_M_DEFAULT / 1000.0),
        Some(text) => text.parse::<f64>().ok(),
    };
    let radius = radius_km.and_then(|km| Radius::new(km * 1000.0).ok());
    radius.ok_or_else(|| {
        let expected = "a number of kilometres above 0 and at most 200";
        ApiError::parameter("radius", text.unwrap_or_default(), expected)
    })
}
