//! The state of the database that an answer reflects.

use std::time::SystemTime;

use roost_engine::{Position, Reader};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The WAL positions and ages of the documents and signals that an answer reflects.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Index {
    /// The WAL position up to which every change is searchable.
    #[schema(value_type = String, example = "16/B374D848")]
    pub position: Position,
    /// Milliseconds since the index was last known to be up to date; null if it has not been since
    /// the node started.
    #[schema(example = 180)]
    pub age_ms: Option<u64>,
    /// The WAL position up to which landlords' signals are applied.
    #[schema(value_type = String, example = "16/B374D9A0")]
    pub signals_position: Position,
    /// Milliseconds since the signals were last known to be up to date; null if they have not been
    /// since the node started.
    #[schema(example = 20)]
    pub signals_age_ms: Option<u64>,
}

impl Index {
    /// Reads the current state. Call it before the search, so that the reported age is never too
    /// young.
    pub(crate) fn now(reader: &Reader) -> Index {
        let (documents, signals) = (reader.freshness(), reader.signals_freshness());
        let now = SystemTime::now();
        let age_ms = |at| {
            let age = now.duration_since(at).unwrap_or_default();
            u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
        };
        Index {
            position: documents.position,
            age_ms: documents.current_at.map(age_ms),
            signals_position: signals.position,
            signals_age_ms: signals.current_at.map(age_ms),
        }
    }

    /// The same for a search that may have read a newer commit.
    pub(crate) fn seen_at(mut self, position: Position) -> Index {
        self.position = self.position.max(position);
        self
    }
}
