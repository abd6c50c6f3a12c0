//! The result of a comparison: counts and examples for each part of the index.

use roost_collections::DeclaredSignal;
use roost_engine::{Collection, Key, Position};

use crate::wal::row::RowError;

/// The differences between an index and the tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The position at which documents were compared.
    pub position: Position,
    /// The position at which the signals of owners and documents were compared.
    pub signals_position: Position,
    /// One for each [`Part`].
    pub parts: Vec<PartReport>,
}

/// A part of the index that is compared with the rows of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The documents of a collection.
    Documents(Collection),
    /// The signals of owners.
    Signals,
    /// A signal of the documents of a collection, of days within the availability window.
    DocumentSignal(DeclaredSignal),
}

/// The differences between a part of the index and the rows of its table.
#[derive(Clone, Debug, PartialEq)]
pub struct PartReport {
    /// The part.
    pub part: Part,
    /// Entries that match their rows.
    pub equal: u64,
    /// Rows that the index lacks.
    pub missing: u64,
    /// Entries without a row.
    pub extra: u64,
    /// Entries that differ from their rows.
    pub different: u64,
    /// The first differences.
    pub examples: Vec<Difference>,
}

/// A difference between the index and a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// The row has no document.
    Missing(Key),
    /// The row cannot be converted and is therefore absent from the index.
    Rejected(RowError),
    /// The document has no row.
    Extra(Key),
    /// The document or owner with this key differs in these fields.
    Different(Key, Vec<FieldDifference>),
}

/// A field that differs, with both values as text.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDifference {
    /// The field's name.
    pub field: String,
    /// The value according to the rows.
    pub expected: String,
    /// The value in the index.
    pub found: String,
}

/// A report contains this number of examples per part.
pub(crate) const EXAMPLES_MAX: usize = 10;

impl Report {
    /// Whether every row has an equal entry, and every entry a row.
    pub fn is_equal(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.all(|it| it.missing == 0 && it.extra == 0 && it.different == 0)
    }
}

impl Part {
    /// The part's name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Part::Documents(collection) => collection.name(),
            Part::Signals => "signals",
            Part::DocumentSignal(signal) => signal.declaration.name,
        }
    }
}

impl PartReport {
    pub(crate) fn new(part: Part) -> PartReport {
        PartReport {
            part,
            equal: 0,
            missing: 0,
            extra: 0,
            different: 0,
            examples: Vec::new(),
        }
    }

    /// Counts a value that always exists but may be empty, and returns whether it differs.
    pub(crate) fn count<T: PartialEq + ?Sized>(
        &mut self,
        found: &T,
        expected: &T,
        empty: &T,
    ) -> bool {
        let counted = if found == expected {
            &mut self.equal
        } else if found == empty {
            &mut self.missing
        } else if expected == empty {
            &mut self.extra
        } else {
            &mut self.different
        };
        *counted += 1;
        found != expected
    }

    pub(crate) fn add_example(&mut self, difference: Difference) {
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(difference);
        }
    }
}

/// The fields of one value, as JSON, that differ in another.
pub(crate) fn field_differences(
    expected: &impl serde::Serialize,
    found: Option<&impl serde::Serialize>,
) -> Vec<FieldDifference> {
    let found = found.map(fields).unwrap_or_default();
    let expected = fields(expected).into_iter();
    let differs = |(field, value): (String, serde_json::Value)| {
        let found = found.get(&field).unwrap_or(&serde_json::Value::Null);
        (*found != value).then(|| FieldDifference {
            field,
            expected: value.to_string(),
            found: found.to_string(),
        })
    };
    expected.filter_map(differs).collect()
}

fn fields(of: &impl serde::Serialize) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(of) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    }
}
