//! Compares the documents of a collection with the rows of its table.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use roost_engine::{Collection, Document, FieldId, Key, Reader, StoreError, Value};

use super::report::{Difference, EXAMPLES_MAX, FieldDifference, Part, PartReport};
use crate::wal::convert::{Converted, convert};
use crate::wal::row::Row;

/// A comparison in progress. It keeps 24 bytes per document, so that millions fit in memory.
pub(crate) struct Comparison<'r> {
    reader: &'r Reader,
    collection: Collection,
    /// The fingerprints of the documents whose row has not come yet.
    found: HashMap<Key, u64>,
    report: PartReport,
}

impl Comparison<'_> {
    pub(crate) fn new(
        reader: &Reader,
        collection: Collection,
    ) -> Result<Comparison<'_>, StoreError> {
        let mut found = HashMap::new();
        reader.for_each(collection, &mut |document| {
            found.insert(document.key, fingerprint(&document));
        })?;
        Ok(Comparison {
            reader,
            collection,
            found,
            report: PartReport::new(Part::Documents(collection)),
        })
    }

    /// Compares the next row of the table.
    pub(crate) fn expect(&mut self, row: Row) -> Result<(), StoreError> {
        let key = row.key();
        let difference = match convert(row) {
            Ok(Converted::Document(_, expected)) => match self.found.remove(&expected.key) {
                Some(found) if found == fingerprint(&expected) => {
                    self.report.equal += 1;
                    return Ok(());
                }
                Some(_) => {
                    self.report.different += 1;
                    self.describe(&expected)?
                }
                None => {
                    self.report.missing += 1;
                    Difference::Missing(expected.key)
                }
            },
            Ok(_) => return Ok(()),
            Err(error) => {
                let stale = key.ok().and_then(|key| self.found.remove(&key));
                match stale {
                    Some(_) => self.report.different += 1,
                    None => self.report.missing += 1,
                }
                Difference::Rejected(error)
            }
        };
        self.report.add_example(difference);
        Ok(())
    }

    /// Ends the comparison: the remaining documents have no row.
    pub(crate) fn finish(mut self) -> PartReport {
        let extra = std::mem::take(&mut self.found);
        self.report.extra = extra.len() as u64;
        for key in extra.into_keys().take(EXAMPLES_MAX) {
            self.report.add_example(Difference::Extra(key));
        }
        self.report
    }

    fn describe(&self, expected: &Document) -> Result<Difference, StoreError> {
        let found = self.reader.get(self.collection, expected.key)?;
        let fields = differences(self.collection, expected, found.as_ref());
        Ok(Difference::Different(expected.key, fields))
    }
}

/// The fields that differ, by their names.
fn differences(
    collection: Collection,
    expected: &Document,
    found: Option<&Document>,
) -> Vec<FieldDifference> {
    let mut differences = Vec::new();
    let mut compare = |field: &str, expected: String, found: Option<String>| {
        let found = found.unwrap_or_else(|| "none".to_owned());
        if expected != found {
            differences.push(FieldDifference {
                field: field.to_owned(),
                expected,
                found,
            });
        }
    };
    let owner = |document: &Document| format!("{:?}", document.owner);
    let place = |document: &Document| format!("{:?}", document.place);
    compare("owner", owner(expected), found.map(owner));
    compare("place", place(expected), found.map(place));
    for (id, field) in collection.fields_by_id() {
        let value = |document: &Document| shown(collection, id, document.value(id));
        compare(field.name(), value(expected), found.map(value));
    }
    differences
}

/// A value as a reader knows it.
fn shown(collection: Collection, field: FieldId, value: &Value) -> String {
    match value {
        Value::Missing => "none".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::Texts(texts) => format!("{texts:?}"),
        Value::Number(number) => number.to_string(),
        Value::Category(category) => {
            let name = collection.category_name(field, *category);
            name.map_or_else(|| format!("{category:?}"), str::to_owned)
        }
        Value::Tags(tags) => {
            let names = collection.tag_names(field, *tags);
            format!("{:?}", names.collect::<Vec<_>>())
        }
        Value::Flag(is_set) => is_set.to_string(),
        Value::DateRange(range) => format!("{} to {}", range.start(), range.end()),
    }
}

/// A 64-bit hash of all fields.
fn fingerprint(document: &Document) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{document:?}").hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::{Checkpoint, LatLng, Position, Store, StoreOptions};

    use crate::wal::row::Value as Text;
    use crate::wal::table::{Column, Tables};
    use roost_collections::{built_in, rooms, venues};

    const POINT: &str = "0101000020E6100000F5DBD781733A524052499D8026223340";

    fn row(n: u128, name: &str, kind: &str) -> Row {
        let text = |column: &Column| {
            Text::Text(match column.name {
                "id" => Key::from_u128(n).to_string(),
                "name" => name.to_owned(),
                "kind" => kind.to_owned(),
                "location" => POINT.to_owned(),
                "aliases" => "{}".to_owned(),
                "status" => "active".to_owned(),
                "university_id" | "seats" => return Text::Null,
                _ => String::new(),
            })
        };
        let table = Tables::built_in().named("exam_venues").unwrap();
        Row {
            table,
            values: table.columns().iter().map(text).collect(),
        }
    }

    fn document(n: u128, name: &str) -> Document {
        match convert(row(n, name, "school")) {
            Ok(Converted::Document(_, document)) => *document,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_kind_of_difference_is_counted_and_shown() {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, reader) =
            Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
        for (n, name) in [(1, "Equal"), (2, "Other name"), (3, "Extra"), (5, "Stale")] {
            writer.put(venues::collection(), document(n, name)).unwrap();
        }
        let checkpoint = Checkpoint {
            position: Position(1),
            source: serde_json::Value::Null,
        };
        writer.commit(checkpoint).unwrap();
        let mut comparison = Comparison::new(&reader, venues::collection()).unwrap();
        for (n, name, kind) in [
            (1, "Equal", "school"),
            (2, "Name", "school"),
            (4, "Missing", "school"),
            (5, "Stale", "castle"),
        ] {
            comparison.expect(row(n, name, kind)).unwrap();
        }
        let report = comparison.finish();
        let counts = (report.equal, report.missing, report.extra, report.different);
        assert_eq!(counts, (1, 1, 1, 2));
        let Difference::Different(key, fields) = &report.examples[0] else {
            panic!("{:?}", report.examples);
        };
        assert_eq!(*key, Key::from_u128(2));
        assert_eq!(fields.len(), 1);
        assert_eq!(
            (fields[0].field.as_str(), fields[0].found.as_str()),
            ("name", "\"Other name\"")
        );
        assert_eq!(report.examples[1], Difference::Missing(Key::from_u128(4)));
        assert!(
            matches!(&report.examples[2], Difference::Rejected(error) if error.column == "kind")
        );
        assert_eq!(report.examples[3], Difference::Extra(Key::from_u128(3)));
    }

    #[test]
    fn different_documents_have_different_fingerprints() {
        let place = LatLng::new(1.0, 2.0).unwrap();
        let one = Document::empty(rooms::collection(), Key::from_u128(1), place);
        let mut other = one.clone();
        other.set(rooms::PRICE, 0.0);
        assert_eq!(fingerprint(&one), fingerprint(&one.clone()));
        assert_ne!(fingerprint(&one), fingerprint(&other));
    }
}
