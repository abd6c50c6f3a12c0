//! The names of room types, amenities and statuses.
//!
//! The engine's collection defines the names. This module reads them from requests and lists them
//! in the OpenAPI document, so that there is no second list to maintain.

use roost_engine::{Category, Collection, Status, Tags};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::schema;
use crate::params::scalar::{Invalid, Scalar, one_of};

/// The name of a room type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoomType;

/// The name of an amenity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amenity;

/// The name of a status that callers may see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoomStatus;

/// Drafts and removed rooms are not visible to callers.
pub(crate) const VISIBLE_STATUSES: [&str; 2] = ["listed", "paused"];

/// Whether callers may see rooms of that status.
pub(crate) fn is_visible(status: Status) -> bool {
    let name = Collection::Rooms.status_name(status);
    name.is_some_and(|name| VISIBLE_STATUSES.contains(&name))
}

/// Every status that callers may see.
pub(crate) fn visible_statuses() -> Vec<Status> {
    let names = VISIBLE_STATUSES.iter();
    names
        .filter_map(|name| Collection::Rooms.status(name))
        .collect()
}

/// The status of that name, if callers may see it.
pub(crate) fn visible_status(name: &str) -> Option<Status> {
    let status = Collection::Rooms.status(name);
    status.filter(|_| VISIBLE_STATUSES.contains(&name))
}

impl Scalar for RoomType {
    type Value = Category;

    fn parse(&self, text: &str) -> Result<Category, Invalid> {
        let found = Collection::Rooms.category(text);
        found.ok_or_else(|| Invalid::name(text, Collection::Rooms.categories().iter().copied()))
    }

    fn expected(&self) -> String {
        one_of(Collection::Rooms.categories().iter().copied())
    }

    fn schema(&self) -> Schema {
        schema::names(Collection::Rooms.categories().iter().copied())
    }
}

impl Scalar for Amenity {
    type Value = Tags;

    fn parse(&self, text: &str) -> Result<Tags, Invalid> {
        let found = Collection::Rooms.tag(text);
        found.ok_or_else(|| Invalid::name(text, Collection::Rooms.tags().iter().copied()))
    }

    fn expected(&self) -> String {
        one_of(Collection::Rooms.tags().iter().copied())
    }

    fn schema(&self) -> Schema {
        schema::names(Collection::Rooms.tags().iter().copied())
    }
}

impl Scalar for RoomStatus {
    type Value = Status;

    fn parse(&self, text: &str) -> Result<Status, Invalid> {
        visible_status(text).ok_or_else(|| Invalid::name(text, VISIBLE_STATUSES.into_iter()))
    }

    fn expected(&self) -> String {
        one_of(VISIBLE_STATUSES.into_iter())
    }

    fn schema(&self) -> Schema {
        schema::names(VISIBLE_STATUSES)
    }
}

impl PartialSchema for RoomType {
    fn schema() -> RefOr<Schema> {
        Scalar::schema(&RoomType).into()
    }
}

impl PartialSchema for Amenity {
    fn schema() -> RefOr<Schema> {
        Scalar::schema(&Amenity).into()
    }
}

impl PartialSchema for RoomStatus {
    fn schema() -> RefOr<Schema> {
        Scalar::schema(&RoomStatus).into()
    }
}

impl ToSchema for RoomType {}
impl ToSchema for Amenity {}
impl ToSchema for RoomStatus {}
