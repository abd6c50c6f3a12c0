//! The names of room types, amenities and statuses.
//!
//! The declaration of rooms defines the names. This module reads them from requests and lists them
//! in the OpenAPI document, so that there is no second list to maintain.

use roost_collections::rooms;
use roost_engine::{Category, Document, FieldId, Tags};
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

/// The names of the statuses that callers may see: drafts and removed rooms are hidden.
pub(crate) fn visible_names() -> &'static [&'static str] {
    let mut fields = rooms::DECLARATION.values();
    let status = fields.find(|(id, _)| *id == rooms::STATUS);
    status.map_or(&[], |(_, field)| field.names())
}

/// Whether callers may see a room.
pub(crate) fn is_visible(room: &Document) -> bool {
    let status = room.category(rooms::STATUS);
    status.is_some_and(|status| visible_statuses().contains(&status))
}

/// Every status that callers may see.
pub(crate) fn visible_statuses() -> Vec<Category> {
    let names = visible_names().iter();
    names.filter_map(|name| visible_status(name)).collect()
}

/// The status of that name, if callers may see it.
pub(crate) fn visible_status(name: &str) -> Option<Category> {
    let status = rooms::collection().category(rooms::STATUS, name);
    status.filter(|_| visible_names().contains(&name))
}

fn names(field: FieldId) -> impl Iterator<Item = &'static str> {
    rooms::collection().names(field).iter().map(String::as_str)
}

impl Scalar for RoomType {
    type Value = Category;

    fn parse(&self, text: &str) -> Result<Category, Invalid> {
        let found = rooms::collection().category(rooms::ROOM_TYPE, text);
        found.ok_or_else(|| Invalid::name(text, names(rooms::ROOM_TYPE)))
    }

    fn expected(&self) -> String {
        one_of(names(rooms::ROOM_TYPE))
    }

    fn schema(&self) -> Schema {
        schema::names(names(rooms::ROOM_TYPE))
    }
}

impl Scalar for Amenity {
    type Value = Tags;

    fn parse(&self, text: &str) -> Result<Tags, Invalid> {
        let found = rooms::collection().tag(rooms::AMENITIES, text);
        found.ok_or_else(|| Invalid::name(text, names(rooms::AMENITIES)))
    }

    fn expected(&self) -> String {
        one_of(names(rooms::AMENITIES))
    }

    fn schema(&self) -> Schema {
        schema::names(names(rooms::AMENITIES))
    }
}

impl Scalar for RoomStatus {
    type Value = Category;

    fn parse(&self, text: &str) -> Result<Category, Invalid> {
        visible_status(text).ok_or_else(|| Invalid::name(text, visible_names().iter().copied()))
    }

    fn expected(&self) -> String {
        one_of(visible_names().iter().copied())
    }

    fn schema(&self) -> Schema {
        schema::names(visible_names().iter().copied())
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
