//! The rules of the market: who may do what, and how it is written.
//!
//! Each action is one public function. It takes a [`Transaction`], which knows the [`Actor`], and a
//! typed input; it checks what the actor may do, writes the rows, and records an [`Event`] in the
//! same transaction. [`Transaction::commit`] returns the result with the [`Position`] at which the
//! change stream contains it. A transaction that has recorded no event is rolled back, so no row
//! changes without a trace.
//!
//! The crate knows Postgres through sqlx. It knows neither HTTP nor the search engine nor the WAL.

pub mod accounts;
mod action;
mod edit;
pub mod exams;
pub mod fields;
mod history;
pub mod jobs;
pub mod keys;
pub mod landlords;
pub mod mail;
pub mod pool;
pub mod rooms;

pub use action::{
    ActionError, Actor, Claim, Event, FieldError, IdempotencyKey, KeyActor, KeyLimit, KeyOwner,
    Page, Position, Role, RowError, Scope, Snapshot, StoredResponse, Subject, Transaction,
    UnknownName, UserActor, Written, create_event_partitions,
};
pub use edit::{Change, IfVersion};
pub use fields::time::{Time, parse_rfc3339, rfc3339};
pub use history::{EventFilter, RecordedEvent, list_events};
pub use sqlx::PgPool;
