//! How do index and tables compare?

use roost_engine::{Collection, Key, Position};

use crate::wal::row::RowError;

/// How index and tables compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The position at which documents were compared.
    pub position: Position,
    /// The position at which signals and nights were compared.
    pub signals_position: Position,
    /// One for each [`Part`].
    pub parts: Vec<PartReport>,
}

/// What is compared with the rows of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The documents of a collection.
    Documents(Collection),
    /// The signals of owners.
    Signals,
    /// The nights that are taken of each room, as far as they are kept.
    Nights,
}

/// How a part of the index compares with the rows of its table.
#[derive(Clone, Debug, PartialEq)]
pub struct PartReport {
    /// Which part.
    pub part: Part,
    /// What is as its rows say.
    pub equal: u64,
    /// What the index lacks.
    pub missing: u64,
    /// What has no row.
    pub extra: u64,
    /// What says something else than its rows.
    pub different: u64,
    /// The first of those that are not equal.
    pub examples: Vec<Difference>,
}

/// Something in the index that is not as it should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// The row has no document.
    Missing(Key),
    /// The row is left out because it cannot be converted.
    Refused(RowError),
    /// The document has no row.
    Extra(Key),
    /// The document, owner or room of this key says something else in these fields.
    Different(Key, Vec<FieldDifference>),
}

/// A field that differs, as text on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDifference {
    /// Its name.
    pub field: String,
    /// What the rows say.
    pub expected: String,
    /// What the index says.
    pub found: String,
}

/// This many of those that are not equal are shown.
pub(crate) const EXAMPLES_MAX: usize = 10;

impl Report {
    /// Whether everything has its row, every row what it became, and both say the same.
    pub fn is_equal(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.all(|it| it.missing == 0 && it.extra == 0 && it.different == 0)
    }
}

impl Part {
    /// Its name for a person.
    pub fn name(self) -> &'static str {
        match self {
            Part::Documents(collection) => collection.name(),
            Part::Signals => "signals",
            Part::Nights => "nights",
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

    /// Counts something that is never absent, but may be as good as nothing; tells whether it differs.
    pub(crate) fn count<T: PartialEq + ?Sized>(
        &mut self,
        found: &T,
        expected: &T,
        nothing: &T,
    ) -> bool {
        let counted = if found == expected {
            &mut self.equal
        } else if found == nothing {
            &mut self.missing
        } else if expected == nothing {
            &mut self.extra
        } else {
            &mut self.different
        };
        *counted += 1;
        found != expected
    }

    pub(crate) fn show(&mut self, difference: Difference) {
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(difference);
        }
    }
}

/// The fields of one JSON object that are not the same in another.
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
