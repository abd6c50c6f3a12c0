//! The names of categories and tags.
//!
//! The declaration of a collection defines the names. This module reads them from requests and
//! lists them in the OpenAPI document, so that there is no second list to maintain.

use roost_collections::FieldDeclaration;
use utoipa::openapi::Schema;

use crate::http::schema;
use crate::params::scalar::{Invalid, Scalar, one_of};

/// A name that a field accepts: a category or a tag.
#[derive(Clone, Copy)]
pub(crate) struct NameOf(pub(crate) &'static FieldDeclaration);

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
