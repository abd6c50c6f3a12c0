//! What every action consists of: an actor, a transaction with its events, and a result or an
//! error.

pub(crate) mod actor;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod idempotency;
pub(crate) mod job;
pub(crate) mod matching;
pub(crate) mod page;
pub(crate) mod snapshot;
pub(crate) mod transaction;

pub use actor::{Actor, KeyActor, KeyLimit, KeyOwner, Role, Scope, UnknownName, UserActor};
pub use error::{ActionError, FieldError, RowError};
pub use event::{Event, Subject, create_event_partitions};
pub use idempotency::{Claim, IdempotencyKey, StoredResponse};
pub use page::Page;
pub use snapshot::Snapshot;
pub use transaction::{Position, Transaction, Written};
