//! The document: a key, a place, and the values of the fields that its collection's schema names.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use crate::availability::DateRange;
use crate::geo::{LatLng, Radius};
use crate::schema::{Category, Collection, FieldError, FieldId, FieldKind, Key, Schema, Tags};

/// One document of a collection.
///
/// It owns its texts, or borrows them where it is read in place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "Text: Deserialize<'de>"))]
pub struct Document<Text = String> {
    /// Unique within its collection.
    pub key: Key,
    /// The owner, whose signals rank, show or hide the document.
    pub owner: Option<Key>,
    /// The location.
    pub place: LatLng,
    /// The values by [`FieldId`]; fields beyond the end have none.
    pub values: Vec<Value<Text>>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value<Text = String> {
    /// There is none.
    Missing,
    /// A text or name.
    Text(Text),
    /// Several texts.
    Texts(Vec<Text>),
    /// A number, never NaN. Of a reach it is a distance in metres.
    Number(f64),
    /// One of the names of a category.
    Category(Category),
    /// Any of the names of a field of tags.
    Tags(Tags),
    /// A flag.
    Flag(bool),
    /// Consecutive days.
    DateRange(DateRange),
}

impl Document {
    /// A document without values, but the first category of the visibility field.
    pub fn empty(collection: Collection, key: Key, place: LatLng) -> Document {
        let fields = collection.fields_by_id();
        let value = |field| match collection.visibility() == Some(field) {
            true => Value::Category(Category::FIRST),
            false => Value::Missing,
        };
        Document {
            key,
            owner: None,
            place,
            values: fields.map(|(field, _)| value(field)).collect(),
        }
    }

    /// A document with these values, and without an owner. A field that is left out has no value,
    /// but the visibility field has its first category.
    ///
    /// # Errors
    /// If there is no such field, or a value is of another kind.
    pub fn of<'n>(
        collection: Collection,
        key: Key,
        place: LatLng,
        values: impl IntoIterator<Item = (&'n str, Value)>,
    ) -> Result<Document, FieldError> {
        let mut document = Document::empty(collection, key, place);
        for (name, value) in values {
            let field = collection.field(name).ok_or_else(|| FieldError::Unknown {
                collection: collection.name().to_owned(),
                field: name.to_owned(),
            })?;
            let kind = collection.fields()[field.index()].kind();
            if !value.fits(kind) {
                return Err(FieldError::Kind {
                    field: name.to_owned(),
                    expected: kind.noun(),
                });
            }
            document.set(field, value);
        }
        Ok(document)
    }

    /// Sets the value of a field, which must be of the kind that the schema says.
    pub fn set(&mut self, field: FieldId, value: impl Into<Value>) {
        if self.values.len() <= field.index() {
            self.values.resize(field.index() + 1, Value::Missing);
        }
        self.values[field.index()] = value.into();
    }

    /// The searched texts, each with the weight of its words. A word in a text of weight 3 counts
    /// as three occurrences: the simple BM25F of Robertson, Zaragoza and Taylor (2004), which
    /// saturates once over all fields rather than once in each.
    pub(crate) fn weighted_texts(&self, schema: &Schema) -> Vec<(u8, String)> {
        let mut texts = Vec::new();
        for (id, field) in schema.fields_by_id() {
            let weight = field.weight();
            match field.kind() {
                _ if weight == 0 => {}
                FieldKind::Tags(_) => {
                    let names: Vec<&str> = schema.tag_names(id, self.tags(id)).collect();
                    texts.push((weight, names.join(" ").replace('_', " ")));
                }
                _ => texts.extend(self.texts(id).map(|text| (weight, text.to_owned()))),
            }
        }
        texts
    }
}

impl<Text> Document<Text> {
    /// The value of a field.
    pub fn value(&self, field: FieldId) -> &Value<Text> {
        self.values.get(field.index()).unwrap_or(&Value::Missing)
    }

    /// Takes the value of a field out of the document.
    pub fn take(&mut self, field: FieldId) -> Value<Text> {
        let value = self.values.get_mut(field.index());
        value.map_or(Value::Missing, |value| {
            std::mem::replace(value, Value::Missing)
        })
    }

    /// The number in a field.
    pub fn number(&self, field: FieldId) -> Option<f64> {
        match self.value(field) {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The days in a field.
    pub fn date_range(&self, field: FieldId) -> Option<DateRange> {
        match self.value(field) {
            Value::DateRange(range) => Some(*range),
            _ => None,
        }
    }

    /// The category in a field.
    pub fn category(&self, field: FieldId) -> Option<Category> {
        match self.value(field) {
            Value::Category(category) => Some(*category),
            _ => None,
        }
    }

    /// The tags in a field.
    pub fn tags(&self, field: FieldId) -> Tags {
        match self.value(field) {
            Value::Tags(tags) => *tags,
            _ => Tags::NONE,
        }
    }

    /// Whether a flag is set.
    pub fn flag(&self, field: FieldId) -> bool {
        matches!(self.value(field), Value::Flag(true))
    }
}

impl<Text: Borrow<str>> Document<Text> {
    /// The text or name in a field; empty if there is none.
    pub fn text(&self, field: FieldId) -> &str {
        match self.value(field) {
            Value::Text(text) => text.borrow(),
            _ => "",
        }
    }

    /// The texts in a field.
    pub fn texts(&self, field: FieldId) -> impl Iterator<Item = &str> {
        let texts = match self.value(field) {
            Value::Text(text) => std::slice::from_ref(text),
            Value::Texts(texts) => texts,
            _ => &[],
        };
        texts.iter().map(Text::borrow)
    }
}

impl Document<&str> {
    /// The same document with owned texts.
    pub fn into_owned(self) -> Document {
        Document {
            key: self.key,
            owner: self.owner,
            place: self.place,
            values: self.values.into_iter().map(Value::into_owned).collect(),
        }
    }
}

impl Value {
    /// Whether a field of that kind can have this value.
    fn fits(&self, kind: &FieldKind) -> bool {
        match self {
            Value::Missing => true,
            Value::Text(_) => matches!(kind, FieldKind::Text | FieldKind::Name),
            Value::Texts(_) => matches!(kind, FieldKind::Texts),
            Value::Number(number) => match kind {
                FieldKind::Number => !number.is_nan(),
                FieldKind::Reach => Radius::new(*number).is_ok(),
                _ => false,
            },
            Value::Category(_) => matches!(kind, FieldKind::Category(_)),
            Value::Tags(_) => matches!(kind, FieldKind::Tags(_)),
            Value::Flag(_) => matches!(kind, FieldKind::Flag),
            Value::DateRange(_) => matches!(kind, FieldKind::DateRange),
        }
    }
}

impl Value<&str> {
    fn into_owned(self) -> Value {
        match self {
            Value::Missing => Value::Missing,
            Value::Text(text) => Value::Text(text.to_owned()),
            Value::Texts(texts) => Value::Texts(texts.into_iter().map(str::to_owned).collect()),
            Value::Number(number) => Value::Number(number),
            Value::Category(category) => Value::Category(category),
            Value::Tags(tags) => Value::Tags(tags),
            Value::Flag(flag) => Value::Flag(flag),
            Value::DateRange(range) => Value::DateRange(range),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Value {
        Value::Texts(texts)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Number(f64::from(number))
    }
}

impl From<Category> for Value {
    fn from(category: Category) -> Value {
        Value::Category(category)
    }
}

impl From<Tags> for Value {
    fn from(tags: Tags) -> Value {
        Value::Tags(tags)
    }
}

impl From<DateRange> for Value {
    fn from(range: DateRange) -> Value {
        Value::DateRange(range)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Flag(flag)
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Value {
        value.map_or(Value::Missing, V::into)
    }
}
