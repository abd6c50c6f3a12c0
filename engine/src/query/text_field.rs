//! The fields of a document that are searched and highlighted.

use std::borrow::Borrow;

use crate::document::Document;

/// A text field of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextField {
    /// The name.
    Title,
    /// Free text.
    Description,
    /// Street and number.
    Address,
    /// Neighbourhood.
    Locality,
    /// Town or city.
    City,
}

impl TextField {
    /// Every field, the one with the highest weight first.
    pub const ALL: [TextField; 5] = [
        TextField::Title,
        TextField::Locality,
        TextField::City,
        TextField::Address,
        TextField::Description,
    ];

    /// The name in requests and responses.
    pub fn name(self) -> &'static str {
        match self {
            TextField::Title => "title",
            TextField::Description => "description",
            TextField::Address => "address",
            TextField::Locality => "locality",
            TextField::City => "city",
        }
    }

    /// The text of this field in a document.
    pub fn of<Text: Borrow<str>>(self, document: &Document<Text>) -> &str {
        match self {
            TextField::Title => document.title.borrow(),
            TextField::Description => document.description.borrow(),
            TextField::Address => document.address.borrow(),
            TextField::Locality => document.locality.borrow(),
            TextField::City => document.city.borrow(),
        }
    }
}
