//! A rejected row, as the follower keeps it until it is written to the table.

use roost_engine::Position;

use crate::wal::row::RowError;
use crate::wal::table::Table;

/// Table and key of a row.
pub(super) type Id = (Table, String);

/// Why a row was rejected, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) error: RowError,
    pub(super) position: Position,
}
