//! Which words do room types, amenities, statuses and venue kinds go by?
//!
//! The engine's collections hold the words; this reads them from requests and lists them in the
//! OpenAPI document, so there is no second list to keep.

use roost_engine::{Category, Collection, Status, Tags};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::error::ApiError;
use crate::params::{Params, unknown_word};

/// A room type's name, in the OpenAPI document.
#[derive(Debug)]
pub(crate) struct RoomType;

/// An amenity's name, in the OpenAPI document.
#[derive(Debug)]
pub(crate) struct Amenity;

/// The name of a status that is told, in the OpenAPI document.
#[derive(Debug)]
pub(crate) struct RoomStatus;

/// A venue kind's name, in the OpenAPI document.
#[derive(Debug)]
pub(crate) struct VenueKind;

/// The room types of a list parameter.
pub(crate) fn room_types(params: &Params, name: &str) -> Result<Vec<Category>, ApiError> {
    let known = Collection::Rooms.categories();
    let words = params.list(name);
    words
        .map(|word| {
            let category = Collection::Rooms.category(word);
            category.ok_or_else(|| unknown_word(name, word, known.iter().copied()))
        })
        .collect()
}

/// The statuses of a list parameter.
pub(crate) fn statuses(params: &Params, name: &str) -> Result<Vec<Status>, ApiError> {
    let words = params.list(name);
    words
        .map(|word| {
            let told = TOLD_STATUSES.iter().find(|&&told| told == word);
            told.and_then(|word| Collection::Rooms.status(word))
                .ok_or_else(|| unknown_word(name, word, TOLD_STATUSES.into_iter()))
        })
        .collect()
}

/// Whether anybody may know of rooms of that status.
pub(crate) fn is_told(status: Status) -> bool {
    let name = Collection::Rooms.status_name(status);
    name.is_some_and(|name| TOLD_STATUSES.contains(&name))
}

/// Every status that is told.
pub(crate) fn told_statuses() -> Vec<Status> {
    let told = TOLD_STATUSES.iter();
    told.filter_map(|word| Collection::Rooms.status(word))
        .collect()
}

/// Drafts and removed rooms are nobody's business here.
pub(crate) const TOLD_STATUSES: [&str; 2] = ["listed", "paused"];

/// The amenities of a list parameter.
pub(crate) fn amenities(params: &Params, name: &str) -> Result<Tags, ApiError> {
    let known = Collection::Rooms.tags();
    params.list(name).try_fold(Tags::NONE, |tags, word| {
        let tag = Collection::Rooms.tag(word);
        let tag = tag.ok_or_else(|| unknown_word(name, word, known.iter().copied()))?;
        Ok(tags.with(tag))
    })
}

impl PartialSchema for RoomType {
    fn schema() -> RefOr<Schema> {
        words(Collection::Rooms.categories())
    }
}

impl PartialSchema for Amenity {
    fn schema() -> RefOr<Schema> {
        words(Collection::Rooms.tags())
    }
}

impl PartialSchema for RoomStatus {
    fn schema() -> RefOr<Schema> {
        words(&TOLD_STATUSES)
    }
}

impl PartialSchema for VenueKind {
    fn schema() -> RefOr<Schema> {
        words(Collection::Venues.categories())
    }
}

impl ToSchema for RoomType {}
impl ToSchema for Amenity {}
impl ToSchema for RoomStatus {}
impl ToSchema for VenueKind {}

fn words(words: &[&'static str]) -> RefOr<Schema> {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.iter().copied()));
    Schema::Object(schema.build()).into()
}
