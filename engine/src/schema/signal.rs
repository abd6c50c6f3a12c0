//! Signals of documents: values that a schema names, and that change without a commit.

use serde::Serialize;

/// A signal of a schema, by its index among all signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct SignalId(u8);

/// A signal of the documents of a collection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentSignal {
    pub(super) name: String,
    pub(super) kind: SignalKind,
}

/// What a signal contains for each document.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum SignalKind {
    /// The days on which the document is busy. A schema has at most one such signal.
    Days,
    /// A finite number of at least 0.
    Number {
        /// The number of a document for which no other is set.
        default: f64,
    },
}

impl SignalId {
    /// The maximum number of signals of a schema.
    pub const MAX: usize = 16;

    /// The signal with this index in [`Schema::signals`](super::Schema::signals).
    pub const fn new(index: u8) -> SignalId {
        SignalId(index)
    }

    /// The index of the signal in [`Schema::signals`](super::Schema::signals).
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl DocumentSignal {
    /// The name of the signal.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the signal contains.
    pub fn kind(&self) -> SignalKind {
        self.kind
    }
}

impl SignalKind {
    /// The kind in error messages.
    pub(super) fn noun(self) -> &'static str {
        match self {
            SignalKind::Days => "days",
            SignalKind::Number { .. } => "a number",
        }
    }
}

/// Whether a signal can have this number.
pub(crate) fn is_valid_number(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}
