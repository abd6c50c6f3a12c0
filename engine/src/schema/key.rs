//! Keys of documents and owners.

use uuid::Uuid;

/// The key of a document or an owner. Ties in a ranking break by key, lowest first.
pub type Key = Uuid;
