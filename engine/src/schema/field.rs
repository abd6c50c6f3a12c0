//! Fields: the parts of a document that a schema names.

use serde::{Deserialize, Serialize};

use super::category::Category;
use super::tags::Tags;

/// A field of a schema, by its index among all fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldId(u8);

/// A field of a schema.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    pub(super) name: String,
    pub(super) kind: FieldKind,
    pub(super) weight: u8,
}

/// What a field contains. A document may lack the value of any field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum FieldKind {
    /// A text.
    Text,
    /// Several texts.
    Texts,
    /// A text that many documents share, such as the name of a town: documents are filtered and
    /// counted by it as a whole.
    Name,
    /// A number.
    Number,
    /// A distance in metres from the place of the document, which is also its number: a valid
    /// [`Radius`](crate::Radius).
    Reach,
    /// Consecutive days. Its number is the first day, in days since 1970.
    DateRange,
    /// One of these names, of which there are at most [`Category::NAMES_MAX`].
    Category(Vec<String>),
    /// Any of these names, of which there are at most [`Tags::NAMES_MAX`]. New names go to the end,
    /// because the index of a name is its bit in stored documents.
    Tags(Vec<String>),
    /// True or false; false if it is missing.
    Flag,
}

impl FieldId {
    /// The maximum number of fields of a schema.
    pub const MAX: usize = 64;

    /// The field with this index in [`Schema::fields`](super::Schema::fields).
    pub const fn new(index: u8) -> FieldId {
        FieldId(index)
    }

    /// The index of the field in [`Schema::fields`](super::Schema::fields).
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Field {
    /// A field that is stored, and whose words are not searched.
    pub fn new(name: &str, kind: FieldKind) -> Field {
        Field {
            name: name.to_owned(),
            kind,
            weight: 0,
        }
    }

    /// Lets searches find the words of the field: those of a text or name, or of the names of tags.
    /// Each counts as this many occurrences, which must be at least one.
    #[must_use]
    pub fn searched(self, weight: u8) -> Field {
        Field { weight, ..self }
    }

    /// The name of the field.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the field contains.
    pub fn kind(&self) -> &FieldKind {
        &self.kind
    }

    /// The number of occurrences that each of its words counts as; 0 if they are not searched.
    pub fn weight(&self) -> u8 {
        self.weight
    }

    /// Whether the field is a searched text, so that hits can be highlighted in it.
    pub fn is_searched_text(&self) -> bool {
        self.weight > 0 && matches!(self.kind, FieldKind::Text | FieldKind::Name)
    }
}

impl FieldKind {
    /// The names that values are made of; empty for other kinds.
    pub fn names(&self) -> &[String] {
        match self {
            FieldKind::Category(names) | FieldKind::Tags(names) => names,
            _ => &[],
        }
    }

    /// The maximum number of names.
    pub(super) fn names_max(&self) -> usize {
        match self {
            FieldKind::Category(_) => Category::NAMES_MAX,
            _ => Tags::NAMES_MAX,
        }
    }

    /// Whether the field has words that can be searched.
    pub(super) fn has_words(&self) -> bool {
        matches!(
            self,
            FieldKind::Text | FieldKind::Texts | FieldKind::Name | FieldKind::Tags(_)
        )
    }

    /// The kind in error messages.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            FieldKind::Text => "a text",
            FieldKind::Texts => "texts",
            FieldKind::Name => "a name",
            FieldKind::Number => "a number",
            FieldKind::Reach => "a reach",
            FieldKind::DateRange => "a date range",
            FieldKind::Category(_) => "a category",
            FieldKind::Tags(_) => "tags",
            FieldKind::Flag => "a flag",
        }
    }
}
