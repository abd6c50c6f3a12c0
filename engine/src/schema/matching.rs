//! Matching: the conditions that documents of one collection place on those of another.

use super::collection::Collection;
use super::error::SchemaError;
use super::field::{FieldId, FieldKind};

/// The conditions that each document of one collection, such as a request, places on documents of
/// another one, such as rooms, by its own values. A document and a candidate that meets all of its
/// conditions match.
///
/// A document that lacks the value of a condition does not place it; a candidate that lacks the
/// value does not meet it.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    pub(crate) documents: Collection,
    pub(crate) candidates: Collection,
    pub(crate) conditions: Vec<PairCondition>,
    pub(crate) preferred_tags: Option<FieldPair>,
    pub(crate) budget: Option<FieldPair>,
}

/// A field of the document and one of the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldPair {
    /// The field of the document that places the condition.
    pub document: FieldId,
    /// The field of the candidate.
    pub candidate: FieldId,
}

/// A condition of a document on a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairCondition {
    /// The candidate lies within this reach of the document.
    WithinReach(FieldId),
    /// The candidate's number is at most that of the document.
    AtMost(FieldPair),
    /// The candidate's number is at least that of the document.
    AtLeast(FieldPair),
    /// The candidate has all tags of the document.
    AllTags(FieldPair),
    /// The candidate's category has the name of one of the document's tags. A document without such
    /// tags accepts every candidate.
    CategoryAmong(FieldPair),
    /// No day of this date range of the document is busy for the candidate, by the signal of days
    /// of its collection.
    Free(FieldId),
    /// The candidate's number is at most the number of days in the document's date range.
    DaysAtLeast(FieldPair),
}

impl Matching {
    /// The conditions of `documents` on `candidates`.
    ///
    /// # Errors
    /// If a field does not exist or is of the wrong kind, two fields whose names are compared have
    /// different ones, or the candidates have no signal of days for [`PairCondition::Free`].
    pub fn new(
        documents: Collection,
        candidates: Collection,
        conditions: Vec<PairCondition>,
    ) -> Result<Matching, SchemaError> {
        let matching = Matching {
            documents,
            candidates,
            conditions,
            preferred_tags: None,
            budget: None,
        };
        for condition in &matching.conditions {
            matching.check(*condition)?;
        }
        Ok(matching)
    }

    /// Scores pairs by the share of the document's tags that the candidate has.
    ///
    /// # Errors
    /// As [`Matching::new`].
    pub fn preferring_tags(self, pair: FieldPair) -> Result<Matching, SchemaError> {
        self.check(PairCondition::AllTags(pair))?;
        Ok(Matching {
            preferred_tags: Some(pair),
            ..self
        })
    }

    /// Scores pairs by how well the candidate's number fits that of the document.
    ///
    /// # Errors
    /// As [`Matching::new`].
    pub fn within_budget(self, pair: FieldPair) -> Result<Matching, SchemaError> {
        self.check(PairCondition::AtMost(pair))?;
        Ok(Matching {
            budget: Some(pair),
            ..self
        })
    }

    /// The collection whose documents place the conditions.
    pub fn documents(&self) -> Collection {
        self.documents
    }

    /// The collection of the candidates.
    pub fn candidates(&self) -> Collection {
        self.candidates
    }

    fn check(&self, condition: PairCondition) -> Result<(), SchemaError> {
        let is_number = |kind: &FieldKind| *kind == FieldKind::Number;
        let is_tags = |kind: &FieldKind| matches!(kind, FieldKind::Tags(_));
        let is_category = |kind: &FieldKind| matches!(kind, FieldKind::Category(_));
        let is_range = |kind: &FieldKind| *kind == FieldKind::DateRange;
        let (number, tags, range) = ("a number", "tags", "a date range");
        let of_document =
            |field, expected, is_kind: &dyn Fn(&FieldKind) -> bool| -> Result<(), SchemaError> {
                expect(self.documents, field, expected, is_kind)
            };
        let of_candidate =
            |field, expected, is_kind: &dyn Fn(&FieldKind) -> bool| -> Result<(), SchemaError> {
                expect(self.candidates, field, expected, is_kind)
            };
        match condition {
            PairCondition::WithinReach(field) => {
                of_document(field, "a reach", &|kind| *kind == FieldKind::Reach)
            }
            PairCondition::AtMost(pair) | PairCondition::AtLeast(pair) => {
                of_document(pair.document, number, &is_number)?;
                of_candidate(pair.candidate, number, &is_number)
            }
            PairCondition::AllTags(pair) => {
                of_document(pair.document, tags, &is_tags)?;
                of_candidate(pair.candidate, tags, &is_tags)?;
                self.check_names(pair)
            }
            PairCondition::CategoryAmong(pair) => {
                of_document(pair.document, tags, &is_tags)?;
                of_candidate(pair.candidate, "a category", &is_category)?;
                self.check_names(pair)
            }
            PairCondition::Free(field) => {
                of_document(field, range, &is_range)?;
                let no_days = || SchemaError::NoDays(self.candidates.name().to_owned());
                self.candidates.days().map(drop).ok_or_else(no_days)
            }
            PairCondition::DaysAtLeast(pair) => {
                of_document(pair.document, range, &is_range)?;
                of_candidate(pair.candidate, number, &is_number)
            }
        }
    }

    /// Names are compared by their index.
    fn check_names(&self, pair: FieldPair) -> Result<(), SchemaError> {
        let of_document = self.documents.names(pair.document);
        if of_document == self.candidates.names(pair.candidate) {
            return Ok(());
        }
        Err(SchemaError::DifferentNames {
            field: self.documents.field_name(pair.document).to_owned(),
            other: self.candidates.field_name(pair.candidate).to_owned(),
        })
    }
}

fn expect(
    collection: Collection,
    field: FieldId,
    expected: &'static str,
    is_expected: &dyn Fn(&FieldKind) -> bool,
) -> Result<(), SchemaError> {
    let unknown = || SchemaError::UnknownField(field.index());
    let field = collection.fields().get(field.index()).ok_or_else(unknown)?;
    if is_expected(field.kind()) {
        return Ok(());
    }
    Err(SchemaError::Kind {
        field: field.name().to_owned(),
        found: field.kind().noun(),
        role: "the condition of a pair",
        expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Field, SchemaBuilder};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_condition_on_fields_that_cannot_be_compared_is_rejected_by_name() {
        let mut rooms = SchemaBuilder::new("rooms");
        let price = rooms.add(Field::new("price", FieldKind::Number));
        let tags = FieldKind::Tags(names(&["wifi", "desk"]));
        let tags = rooms.add(Field::new("tags", tags));
        let rooms = Collection::new(rooms.build().unwrap());
        let mut wishes = SchemaBuilder::new("wishes");
        let budget = wishes.add(Field::new("budget", FieldKind::Number));
        let required = FieldKind::Tags(names(&["desk", "wifi"]));
        let required = wishes.add(Field::new("required", required));
        let days = wishes.add(Field::new("days", FieldKind::DateRange));
        let wishes = Collection::new(wishes.build().unwrap());

        let pair = |document, candidate| FieldPair {
            document,
            candidate,
        };
        let new = |condition| Matching::new(wishes, rooms, vec![condition]);
        assert!(new(PairCondition::AtMost(pair(budget, price))).is_ok());
        for (condition, message) in [
            (
                PairCondition::WithinReach(budget),
                "field budget is a number, and the condition of a pair needs a reach",
            ),
            (
                PairCondition::AtMost(pair(budget, tags)),
                "field tags is tags, and the condition of a pair needs a number",
            ),
            (
                PairCondition::AllTags(pair(required, tags)),
                "the names of the fields required and tags differ, and a pair compares them",
            ),
            (
                PairCondition::Free(days),
                "rooms have no signal of days, and the condition of a pair needs one",
            ),
            (
                PairCondition::Free(FieldId::new(9)),
                "there is no field with the index 9",
            ),
        ] {
            assert_eq!(new(condition).unwrap_err().to_string(), message);
        }
    }
}
