//! The names of categories and tags of rooms.
//!
//! The declaration of rooms defines the names. This module reads them from requests and lists them
//! in the OpenAPI document, so that there is no second list to maintain.

use roost_collections::{FieldDeclaration, rooms};
use roost_engine::{Category, Document};
use utoipa::openapi::Schema;

use crate::http::schema;
use crate::params::scalar::{Invalid, Scalar, one_of};

/// A name that a field of rooms accepts: a category or a tag.
#[derive(Clone, Copy)]
pub(crate) struct NameOf(pub(crate) &'static FieldDeclaration);

/// Whether callers may see a room.
pub(crate) fn is_visible(room: &Document) -> bool {
    let status = room.category(rooms::STATUS);
    status.is_some_and(|status| visible_statuses().contains(&status))
}

/// Every status that callers may see: drafts and removed rooms are hidden.
pub(crate) fn visible_statuses() -> Vec<Category> {
    let names = rooms::DECLARATION.field("status").names().iter();
    let status = |name: &&str| rooms::collection().category(rooms::STATUS, name);
    names.filter_map(status).collect()
}

impl Scalar for NameOf {
    type Value = &'static str;

    fn parse(&self, text: &str) -> Result<&'static str, Invalid> {
        let mut names = self.0.names().iter().copied();
        let found = names.find(|name| *name == text);
        found.ok_or_else(|| Invalid::name(text, self.0.names().iter().copied()))
    }

    fn expected(&self) -> String {
        one_of(self.0.names().iter().copied())
    }

    fn schema(&self) -> Schema {
        schema::names(self.0.names().iter().copied())
    }
}
