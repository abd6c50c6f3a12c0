//! The parameter `at_least`: the WAL position that an answer must reflect.
//!
//! A caller that has just written wants to read its own write. Postgres reports the position of the
//! write, and a request can wait for an index that has reached it.

use roost_engine::Position;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::params::declaration::{Param, params};
use crate::params::scalar::{Invalid, Scalar};

params! {
    /// The position to wait for.
    pub(crate) const POSITION;

    /// A WAL position, such as `pg_current_wal_flush_lsn()` returns after a commit. The request
    /// waits until documents and signals reflect every change up to it. If its time runs out first,
    /// it fails with 504 `behind`, which reports how far the index is. After a commit with
    /// `synchronous_commit=off`, which does not wait for the flush, use
    /// `pg_current_wal_insert_lsn()`. A position that the database has not reached yet is waited
    /// for as well.
    AT_LEAST: WalPosition = Param::new("at_least", WalPosition).example("0/1000000");
}

/// A position in the write-ahead log of Postgres.
#[derive(Clone, Copy)]
pub(crate) struct WalPosition;

impl Scalar for WalPosition {
    type Value = Position;

    fn parse(&self, text: &str) -> Result<Position, Invalid> {
        text.parse().map_err(|_| Invalid::default())
    }

    fn expected(&self) -> String {
        "a position of the log such as 16/B374D848".to_owned()
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}$"))
            .into()
    }
}
