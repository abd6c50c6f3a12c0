//! Collections: schemas that an index is built of.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use super::category::Category;
use super::description::Schema;
use super::field::FieldId;
use super::tags::Tags;
use crate::ranking::profile::Component;

/// A set of documents with its own index. It is its schema, by reference, and cheap to copy.
///
/// Two collections are the same if they have the same name.
#[derive(Clone, Copy)]
pub struct Collection(&'static Schema);

impl Collection {
    /// A collection with this schema, which stays in memory until the program ends. A program
    /// creates its collections once, at its start.
    pub fn new(schema: Schema) -> Collection {
        Collection(Box::leak(Box::new(schema)))
    }

    /// The schema, for as long as the program runs. The following methods are those of
    /// [`Schema`] with results of the same lifetime.
    pub fn schema(self) -> &'static Schema {
        self.0
    }

    /// As [`Schema::name`].
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// As [`Schema::field_name`].
    pub fn field_name(self, field: FieldId) -> &'static str {
        self.0.field_name(field)
    }

    /// As [`Schema::names`].
    pub fn names(self, field: FieldId) -> &'static [String] {
        self.0.names(field)
    }

    /// As [`Schema::category_name`].
    pub fn category_name(self, field: FieldId, category: Category) -> Option<&'static str> {
        self.0.category_name(field, category)
    }

    /// As [`Schema::tag_names`].
    pub fn tag_names(self, field: FieldId, tags: Tags) -> impl Iterator<Item = &'static str> {
        self.0.tag_names(field, tags)
    }

    /// As [`Schema::component_name`].
    pub fn component_name(self, component: Component) -> &'static str {
        self.0.component_name(component)
    }
}

impl Deref for Collection {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        self.0
    }
}

impl PartialEq for Collection {
    fn eq(&self, other: &Collection) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Collection {}

impl PartialOrd for Collection {
    fn partial_cmp(&self, other: &Collection) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Collection {
    fn cmp(&self, other: &Collection) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl Hash for Collection {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.name().hash(hasher);
    }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Collection").field(&self.name()).finish()
    }
}
