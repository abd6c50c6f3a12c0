//! A slot that retains WAL for snapshots of an index.

use roost_engine::{Checkpoint, Position};
use sqlx::PgConnection;

use super::stream_check::{APPLICATION, check_stream, parse_name, read_origin};
use crate::config::{FollowConfig, Name};
use crate::error::SessionError;
use crate::postgres::connect::connect;
use crate::postgres::slots::{advance_slot, copy_slot, drop_slot, find_slot};

/// Returns the name of the slot that an index follows, from its checkpoint.
///
/// # Errors
/// If the checkpoint has another version.
pub fn followed_slot(checkpoint: &Checkpoint) -> Result<Name, SessionError> {
    parse_name(&read_origin(checkpoint)?.slot)
}

/// A slot that retains WAL from a position of an index on, for snapshots of that index.
pub struct RetainedWal {
    sql: PgConnection,
    database: String,
    slot: Name,
    is_new: bool,
}

/// The name of the slot is the name of the index's own slot with this suffix.
const SLOT_SUFFIX: &str = "_snapshot";

impl RetainedWal {
    /// Makes Postgres retain WAL from the position of an index on. Take the snapshot afterwards:
    /// its position is then not before the slot's, since a node acknowledges only what it has
    /// committed.
    ///
    /// The slot of an earlier snapshot keeps its position until [`RetainedWal::keep`].
    ///
    /// # Errors
    /// If the index belongs to another stream or the server has no free slot.
    pub async fn begin(
        config: &FollowConfig,
        checkpoint: &Checkpoint,
    ) -> Result<RetainedWal, SessionError> {
        let origin = read_origin(checkpoint)?;
        let mut sql = connect(&config.database, APPLICATION).await?;
        check_stream(config, &mut sql, &origin, checkpoint.position).await?;
        let slot = parse_name(&format!("{}{SLOT_SUFFIX}", origin.slot))?;
        let mut retained = RetainedWal {
            sql,
            database: config.database.database().to_owned(),
            slot,
            is_new: false,
        };
        if let Some(found) = find_slot(&mut retained.sql, &retained.slot).await? {
            if let Some((pid, _)) = found.active {
                return Err(SessionError::Setup(format!(
                    "slot {} is in use by process {pid}, but must retain WAL for snapshots: give \
                     that node another slot",
                    retained.slot
                )));
            }
            // The position does not matter here, but a slot that has lost its WAL is useless.
            let is_intact = found.check_start(&retained.database, Position(u64::MAX));
            if is_intact.is_ok() {
                return Ok(retained);
            }
            drop_slot(&mut retained.sql, &retained.slot).await?;
        }
        copy_slot(
            &mut retained.sql,
            &parse_name(&origin.slot)?,
            &retained.slot,
        )
        .await?;
        retained.is_new = true;
        Ok(retained)
    }

    /// The name of the slot.
    pub fn slot(&self) -> &Name {
        &self.slot
    }

    /// Checks that the slot retains all WAL after a position.
    ///
    /// # Errors
    /// If it does not.
    pub async fn check(&mut self, position: Position) -> Result<(), SessionError> {
        let checked = match find_slot(&mut self.sql, &self.slot).await? {
            None => Err("it was dropped".to_owned()),
            Some(slot) => slot.check_start(&self.database, position),
        };
        checked.map_err(|reason| {
            SessionError::Setup(format!(
                "slot {} does not retain the WAL for this snapshot: {reason}",
                self.slot
            ))
        })
    }

    /// Lets Postgres remove the WAL before the position of the newest snapshot, once that is
    /// complete.
    ///
    /// # Errors
    /// If the slot can't be advanced.
    pub async fn keep(mut self, position: Position) -> Result<(), SessionError> {
        match self.is_new {
            true => Ok(()),
            false => advance_slot(&mut self.sql, &self.slot, position).await,
        }
    }

    /// Drops the slot, if it was created for a snapshot that failed.
    ///
    /// # Errors
    /// If it can't be dropped.
    pub async fn abort(mut self) -> Result<(), SessionError> {
        match self.is_new {
            true => drop_slot(&mut self.sql, &self.slot).await,
            false => Ok(()),
        }
    }
}
