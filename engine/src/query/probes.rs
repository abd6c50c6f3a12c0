//! Probes: documents that a reverse search finds the matching documents of another collection for.

use std::sync::Arc;

use crate::document::Document;
use crate::schema::{Collection, FieldId, Matching, PairCondition};

/// The documents that a search starts from, such as the rooms of a landlord: it finds the documents
/// whose conditions at least one of these probes meets. Each hit is scored for its best probe.
///
/// A probe need not be in the index. One whose owner is not available meets no condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Probes {
    pub(crate) matching: Arc<Matching>,
    pub(crate) documents: Vec<Document>,
}

/// There are more probes than a search can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are {0} probes, more than {max}", max = Probes::MAX)]
pub struct ProbesError(usize);

impl Probes {
    /// The maximum number of probes.
    pub const MAX: usize = 1_000;

    /// Probes of the collection of candidates of `matching`.
    ///
    /// # Errors
    /// If there are more than [`Probes::MAX`].
    pub fn new(matching: Arc<Matching>, documents: Vec<Document>) -> Result<Probes, ProbesError> {
        if documents.len() > Probes::MAX {
            return Err(ProbesError(documents.len()));
        }
        Ok(Probes {
            matching,
            documents,
        })
    }

    /// The collection of the probes.
    pub fn collection(&self) -> Collection {
        self.matching.candidates
    }

    /// The collection of the documents that place the conditions.
    pub(crate) fn searched(&self) -> Collection {
        self.matching.documents
    }

    /// The reach that a probe must lie within.
    pub(crate) fn reach(&self) -> Option<FieldId> {
        let mut conditions = self.matching.conditions.iter();
        conditions.find_map(|condition| match condition {
            PairCondition::WithinReach(field) => Some(*field),
            _ => None,
        })
    }

    /// The probes.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }
}
