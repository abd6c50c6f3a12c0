//! The events of which live feeds consist.

use serde_json::Value;
use uuid::Uuid;

use crate::fields::time::Time;

/// The kinds that landlords and students are informed of.
pub(super) const KINDS: [&str; 10] = [
    "request.ranked",
    "request.changed",
    "request.matched",
    "request.expired",
    "request.cancelled",
    "offer.made",
    "offer.withdrawn",
    "offer.accepted",
    "offer.declined",
    "offer.expired",
];

/// The subjects on which the rights of a listener depend.
pub(super) const CALLER_KINDS: [&str; 3] = ["session", "user", "key"];

/// An event of a committed transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveEvent {
    /// The id of the row.
    pub id: i64,
    /// The number of its transaction.
    pub transaction: u64,
    /// The start of the transaction.
    pub occurred_at: Time,
    /// The subject and what happened to it, such as `request.ranked`.
    pub kind: String,
    /// The kind of the subject.
    pub subject_kind: String,
    /// The id of the subject.
    pub subject_id: Uuid,
    /// The changed values, a JSON object.
    pub change: Value,
}

/// Whether readers of live events read an event, because it is for a listener or may end one.
pub fn is_live(kind: &str, subject_kind: &str) -> bool {
    KINDS.contains(&kind) || CALLER_KINDS.contains(&subject_kind)
}
