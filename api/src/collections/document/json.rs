//! A document in JSON: its fields under the names of the declaration, in its order.

use std::borrow::Borrow;

use roost_collections::{Declared, FieldDeclaration, Source};
use roost_engine::{Collection, Date, Document, FieldId, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::query::place::Location;

/// A document of a declared collection.
#[derive(Debug)]
pub(crate) struct DocumentJson<Text = String> {
    declared: Declared,
    document: Document<Text>,
    has_owner: bool,
}

/// The value of one field.
struct FieldJson<'d, Text> {
    collection: Collection,
    id: FieldId,
    field: &'static FieldDeclaration,
    value: &'d Value<Text>,
}

impl<Text> DocumentJson<Text> {
    pub(crate) fn new(declared: Declared, document: Document<Text>) -> DocumentJson<Text> {
        DocumentJson {
            declared,
            document,
            has_owner: true,
        }
    }

    /// Leaves the owner out, unless it is to be shown.
    pub(crate) fn with_owner(mut self, has_owner: bool) -> DocumentJson<Text> {
        self.has_owner = has_owner;
        self
    }
}

impl<Text: Borrow<str>> Serialize for DocumentJson<Text> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Declared {
            declaration,
            collection,
        } = self.declared;
        let document = &self.document;
        let mut members = serializer.serialize_map(Some(declaration.fields.len()))?;
        for (id, field) in declaration.fields_by_id() {
            match (field.source, id) {
                (Source::Owner, _) if !self.has_owner => {}
                (Source::Owner, _) => members.serialize_entry(field.name, &document.owner)?,
                (Source::Place, _) => {
                    members.serialize_entry(field.name, &Location::from(document.place))?;
                }
                (_, Some(id)) => {
                    let value = document.value(id);
                    let value = FieldJson {
                        collection,
                        id,
                        field,
                        value,
                    };
                    members.serialize_entry(field.name, &value)?;
                }
                (_, None) => members.serialize_entry(field.name, &document.key)?,
            }
        }
        members.end()
    }
}

impl<Text: Borrow<str>> Serialize for FieldJson<'_, Text> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (collection, id) = (self.collection, self.id);
        match (self.value, self.field.source) {
            (
                Value::Missing,
                Source::Text { is_nullable: false } | Source::Name { is_nullable: false },
            ) => serializer.serialize_str(""),
            (Value::Missing, Source::Texts | Source::Tags(_)) => serializer.collect_seq([(); 0]),
            (Value::Missing, Source::IsSet | Source::IsTrue) => serializer.serialize_bool(false),
            (Value::Missing, _) => serializer.serialize_none(),
            (Value::Text(text), _) => serializer.serialize_str(text.borrow()),
            (Value::Texts(texts), _) => serializer.collect_seq(texts.iter().map(Text::borrow)),
            (Value::Number(number), Source::Number { is_whole: true, .. }) => {
                serializer.serialize_i64(as_whole(*number))
            }
            (Value::Number(number), Source::Time) => {
                serializer.serialize_str(&rfc_3339(as_whole(*number)))
            }
            (Value::Number(number), _) => serializer.serialize_f64(*number),
            (Value::Category(category), _) => collection
                .category_name(id, *category)
                .serialize(serializer),
            (Value::Tags(tags), _) => serializer.collect_seq(collection.tag_names(id, *tags)),
            (Value::Flag(flag), _) => serializer.serialize_bool(*flag),
            (Value::DateRange(range), _) => {
                let dates = [range.start(), range.end()].map(|date| date.to_string());
                serializer.collect_map(self.field.columns().zip(dates))
            }
        }
    }
}

/// A moment in seconds since 1970, in UTC.
fn rfc_3339(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let date = Date::of_moment(seconds);
    format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the field is declared as whole, within a range that a number has exactly"
)]
fn as_whole(number: f64) -> i64 {
    number as i64
}
