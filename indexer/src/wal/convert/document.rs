//! Converts a row to a document, as the declaration of its collection says.

use std::ops::RangeInclusive;

use roost_collections::{Declared, FieldDeclaration, Source};
use roost_engine::{
    Collection, DateRange, Document, FieldId, LatLng, Radius, Tags, Value as FieldValue,
};

use super::values::{Values, date, uuid};
use crate::wal::row::{RowError, Value};
use crate::wal::table::Column;
use crate::wal::{ewkb, literal};

/// Converts the values of a row.
pub(super) fn document(declared: Declared, values: &mut Values) -> Result<Document, RowError> {
    let mut document = Document::empty(declared.collection, values.key, place(values)?);
    let mut index = 0;
    for (id, field) in declared.declaration.fields_by_id() {
        let column = Column {
            index,
            name: field.column,
        };
        index += field.columns().count();
        if let Some(id) = id {
            let reader = FieldReader {
                collection: declared.collection,
                id,
                field,
                column,
            };
            document.set(id, reader.read(values)?);
        } else if field.source == Source::Owner {
            document.owner = Some(values.parsed(column, uuid)?);
        }
    }
    Ok(document)
}

fn place(values: &mut Values) -> Result<LatLng, RowError> {
    let Some(column) = values.table.place() else {
        return Err(values.error(values.table.key(), "", "has no place in its row".to_owned()));
    };
    values.parsed(column, |text| {
        ewkb::point(text).map_err(|error| error.to_string())
    })
}

/// The value that a column had when `document` was converted from its row. This covers every text
/// that Postgres may store out of line, and therefore may leave out of an update.
pub(crate) fn stored(declared: Declared, document: &Document, column: Column) -> Option<Value> {
    let collection = declared.collection;
    let (field, _) = declared.declaration.columns().nth(column.index)?;
    let id = collection.field(field.name)?;
    match (field.source, document.value(id)) {
        (
            Source::Text { is_nullable: true } | Source::Name { is_nullable: true },
            FieldValue::Missing,
        ) => Some(Value::Null),
        (Source::Text { .. } | Source::Name { .. }, _) => {
            Some(Value::Text(document.text(id).to_owned()))
        }
        (Source::Texts, _) => Some(Value::Text(literal::write_array(document.texts(id)))),
        (Source::Tags(_), FieldValue::Tags(tags)) => {
            let names = collection.tag_names(id, *tags);
            Some(Value::Text(literal::write_array(names)))
        }
        // Only a large value is left out of an update, and such a value is not NULL.
        (Source::IsSet, FieldValue::Flag(true)) => Some(Value::Text(String::new())),
        _ => None,
    }
}

/// Reads one field.
struct FieldReader<'a> {
    collection: Collection,
    id: FieldId,
    field: &'a FieldDeclaration,
    column: Column,
}

impl FieldReader<'_> {
    fn read(&self, values: &mut Values) -> Result<FieldValue, RowError> {
        let column = self.column;
        Ok(match self.field.source {
            Source::Key | Source::Owner | Source::Place => FieldValue::Missing,
            Source::Text { is_nullable } | Source::Name { is_nullable } if is_nullable => {
                values.text_or_null(column)?.into()
            }
            Source::Text { .. } | Source::Name { .. } => values.text(column)?.into(),
            Source::Texts => values.parsed(column, texts)?.into(),
            Source::Number { is_nullable, .. } => {
                let number = |text: &str| number(text, self.field.source);
                match is_nullable {
                    true => values.parsed_or_null(column, number)?.into(),
                    false => values.parsed(column, number)?.into(),
                }
            }
            Source::Time => values.parsed(column, seconds)?.into(),
            Source::Reach { is_nullable } => match is_nullable {
                true => values.parsed_or_null(column, reach)?.into(),
                false => values.parsed(column, reach)?.into(),
            },
            Source::DateRange {
                end_column,
                is_nullable,
            } => {
                let end = Column {
                    index: column.index + 1,
                    name: end_column,
                };
                self.date_range(values, end, is_nullable)?.into()
            }
            Source::Category(names) => {
                let category = |text: &str| {
                    let category = self.collection.category(self.id, text);
                    category.ok_or_else(|| format!("is none of {}", names.join(", ")))
                };
                values.parsed(column, category)?.into()
            }
            Source::Tags(_) => values.parsed(column, |text| self.tags(text))?.into(),
            Source::IsSet => values.text_or_null(column)?.is_some().into(),
            Source::IsTrue => values.parsed(column, boolean)?.into(),
        })
    }

    /// The days from the date in the column of the field to that in the column `end`.
    fn date_range(
        &self,
        values: &mut Values,
        end: Column,
        is_nullable: bool,
    ) -> Result<Option<DateRange>, RowError> {
        let start = values.parsed_or_null(self.column, date)?;
        let after_last = values.parsed_or_null(end, date)?;
        match (start, after_last) {
            (None, None) if is_nullable => Ok(None),
            (Some(start), Some(after_last)) => DateRange::new(start, after_last)
                .map(Some)
                .map_err(|error| values.error(end, &after_last.to_string(), error.to_string())),
            (None, _) => Err(values.error(self.column, "NULL", "must not be NULL".to_owned())),
            (_, None) => Err(values.error(end, "NULL", "must not be NULL".to_owned())),
        }
    }

    fn tags(&self, text: &str) -> Result<Tags, String> {
        texts(text)?.iter().try_fold(Tags::NONE, |tags, name| {
            let tag = self.collection.tag(self.id, name);
            tag.map(|tag| tags.with(tag))
                .ok_or_else(|| format!("has the unknown value {name:?}"))
        })
    }
}

fn texts(text: &str) -> Result<Vec<String>, String> {
    let elements = literal::array(text).ok_or("is not an array of one dimension")?;
    Ok(elements.into_iter().flatten().collect())
}

fn boolean(text: &str) -> Result<bool, String> {
    literal::boolean(text).ok_or_else(|| "is not t or f".to_owned())
}

/// The seconds since 1970 of a moment in the years 1 to 9999.
fn seconds(text: &str) -> Result<f64, String> {
    const SECONDS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    let seconds = literal::seconds(text).filter(|seconds| SECONDS.contains(seconds));
    let expected = || "is not a time of the years 1 to 9999 in ISO format".to_owned();
    seconds.map(|seconds| seconds as f64).ok_or_else(expected)
}

fn reach(text: &str) -> Result<f64, String> {
    let radius = literal::number(text).and_then(|reach_m| Radius::new(reach_m).ok());
    let expected = || {
        format!(
            "is not a number of metres above 0 and up to {}",
            Radius::MAX_M
        )
    };
    radius.map(Radius::metres).ok_or_else(expected)
}

fn number(text: &str, source: Source) -> Result<f64, String> {
    let Source::Number {
        min, max, is_whole, ..
    } = source
    else {
        return Err("is not a number".to_owned());
    };
    let number = literal::number(text).filter(|number| !is_whole || number.fract() == 0.0);
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| {
            let kind = if is_whole { "whole number" } else { "number" };
            match max < f64::MAX {
                true => format!("is not a {kind} from {min} to {max}"),
                false => format!("is not a finite {kind} of at least {min}"),
            }
        })
}
