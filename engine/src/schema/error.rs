//! Why a schema, or a value of one of its fields or signals, is invalid.

use super::key::Key;

/// Why there is no such schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The name of the collection is no name of a folder.
    #[error(
        "the name {0:?} of a collection must consist of 1 to 48 of the characters a to z, 0 to 9 \
         and _, one of a to z first"
    )]
    CollectionName(String),
    /// There are too many fields.
    #[error("there are {0} fields, more than {max}", max = super::FieldId::MAX)]
    FieldCount(usize),
    /// Two fields have the same name, or one has none.
    #[error("the name {0:?} of a field is empty or not unique")]
    FieldName(String),
    /// Two signals have the same name, or one has none.
    #[error("the name {0:?} of a signal is empty or not unique")]
    SignalName(String),
    /// There are too many signals.
    #[error("there are {0} signals, more than {max}", max = super::SignalId::MAX)]
    SignalCount(usize),
    /// The default of a number is no value that the signal can have.
    #[error("the default {default} of signal {signal} is not a finite number of at least 0")]
    SignalDefault {
        /// The signal.
        signal: String,
        /// Its default.
        default: String,
    },
    /// A role needs a signal of another kind.
    #[error("signal {signal} is {found}, and {role} needs {expected}")]
    SignalKind {
        /// The signal.
        signal: String,
        /// Its kind.
        found: &'static str,
        /// What it was to be used for.
        role: &'static str,
        /// The kind for that.
        expected: &'static str,
    },
    /// A role names a signal that does not exist.
    #[error("there is no signal with the index {0}")]
    UnknownSignal(usize),
    /// There are two signals of days.
    #[error("signal {0} is of days, and so is another one: a schema has at most one")]
    SecondDays(String),
    /// The schema of this collection declares no signal of days.
    #[error("{0} have no signal of days, and the condition of a pair needs one")]
    NoDays(String),
    /// A category or a set of tags has no names, too many, or one of them twice.
    #[error("field {field} must have 1 to {max} different names, not {count}")]
    Names {
        /// The field.
        field: String,
        /// The number of names.
        count: usize,
        /// The maximum number.
        max: usize,
    },
    /// A role needs a field of another kind.
    #[error("field {field} is {found}, and {role} needs {expected}")]
    Kind {
        /// The field.
        field: String,
        /// Its kind.
        found: &'static str,
        /// What it was to be used for.
        role: &'static str,
        /// The kind for that.
        expected: &'static str,
    },
    /// Two fields whose names are compared have different ones.
    #[error("the names of the fields {field} and {other} differ, and a pair compares them")]
    DifferentNames {
        /// The field of the document.
        field: String,
        /// The field of the candidate.
        other: String,
    },
    /// A role names a field that does not exist.
    #[error("there is no field with the index {0}")]
    UnknownField(usize),
}

/// Why a signal of documents cannot change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// The schema of this collection declares no signal of days.
    #[error("{0} have no signal of days")]
    NoDays(String),
    /// The schema declares no signal of a number with this id.
    #[error("{collection} have no signal of a number with the index {index}")]
    NoNumber {
        /// The name of the collection.
        collection: String,
        /// The index of the signal.
        index: usize,
    },
    /// A number is not one that the signal can have.
    #[error("{signal} of document {key} cannot be {value}: expected a finite number of at least 0")]
    Number {
        /// The name of the signal.
        signal: String,
        /// The document.
        key: Key,
        /// The number.
        value: String,
    },
}

/// Why a document cannot have a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The collection has no such field.
    #[error("{collection} have no field {field}")]
    Unknown {
        /// The name of the collection.
        collection: String,
        /// The name of the field.
        field: String,
    },
    /// The value is of another kind than the field.
    #[error("field {field} is {expected}")]
    Kind {
        /// The name of the field.
        field: String,
        /// The kind of the field.
        expected: &'static str,
    },
}
