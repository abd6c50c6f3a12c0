//! Gives a restored index a slot that continues from its position.

use roost_engine::{Checkpoint, Key, Position};
use sqlx::PgConnection;

use super::stream_check::{APPLICATION, check_stream, parse_name, read_origin};
use crate::config::{FollowConfig, Name};
use crate::dead_letters::{copy_to_slot, write_problem};
use crate::error::SessionError;
use crate::postgres::connect::connect;
use crate::postgres::server::check_server;
use crate::postgres::slots::{copy_slot, drop_slot, find_slot};
use crate::session::checkpoint::{Origin, new_index_id};

/// The handover of a stream to a node with a snapshot of an index.
pub struct Handover {
    config: FollowConfig,
    sql: PgConnection,
    origin: Origin,
    position: Position,
    /// The slot that retains the WAL, if the node has no slot yet.
    copy_from: Option<Name>,
    has_created_slot: bool,
}

impl Handover {
    /// Checks that a node with this configuration can continue from a checkpoint. Changes nothing.
    ///
    /// # Errors
    /// If it can't; the text names the reason and the remedy.
    pub async fn prepare(
        config: FollowConfig,
        checkpoint: &Checkpoint,
        retained_by: Option<&str>,
    ) -> Result<Handover, SessionError> {
        let origin = read_origin(checkpoint)?;
        let position = checkpoint.position;
        let mut sql = connect(&config.database, APPLICATION).await?;
        check_server(&mut sql).await?;
        check_stream(&config, &mut sql, &origin, position).await?;
        let copy_from = match find_slot(&mut sql, &config.slot).await? {
            Some(own) => {
                if let Some((pid, application)) = own.active {
                    return Err(SessionError::Setup(format!(
                        "slot {} is in use by process {pid} ({:?}): give each node a slot of its own",
                        config.slot,
                        application.unwrap_or_default()
                    )));
                }
                let database = config.database.database();
                own.check_start(database, position).map_err(|reason| {
                    SessionError::Setup(format!(
                        "slot {0} cannot continue from this snapshot: {reason}. Choose another slot, \
                         or, if no node uses it any more, SELECT pg_drop_replication_slot('{0}')",
                        config.slot
                    ))
                })?;
                None
            }
            None => Some(retaining_slot(&config, &mut sql, position, retained_by).await?),
        };
        Ok(Handover {
            config,
            sql,
            origin,
            position,
            copy_from,
            has_created_slot: false,
        })
    }

    /// Creates the slot if it does not exist, and copies the dead letters. Returns the checkpoint
    /// for the restored index.
    ///
    /// # Errors
    /// If the slot can't be created, or the WAL is no longer retained.
    pub async fn complete(&mut self) -> Result<Checkpoint, SessionError> {
        let own = &self.config.slot;
        if let Some(from) = &self.copy_from {
            copy_slot(&mut self.sql, from, own).await?;
            self.has_created_slot = true;
            let created = find_slot(&mut self.sql, own).await?;
            created
                .ok_or(SessionError::Ended)?
                .check_start(self.config.database.database(), self.position)
                .map_err(|reason| SessionError::Setup(format!("slot {from}: {reason}")))?;
        }
        if self.origin.slot != own.as_str() {
            match write_problem(&mut self.sql).await? {
                None => copy_to_slot(&mut self.sql, &self.origin.slot, own.as_str()).await?,
                Some(reason) => tracing::warn!(reason, "the dead letters are not copied"),
            }
        }
        // The restored index needs an identity of its own. A node terminates sessions that its own
        // index has left behind, and must not take those of the original index for its own.
        let index: Key = new_index_id(&mut self.sql).await?;
        let origin = Origin {
            index,
            slot: own.to_string(),
            ..self.origin.clone()
        };
        Ok(origin.at(self.position)?)
    }

    /// Drops the slot, if it was created for a restore that failed.
    ///
    /// # Errors
    /// If it can't be dropped.
    pub async fn abort(mut self) -> Result<(), SessionError> {
        match self.has_created_slot {
            true => drop_slot(&mut self.sql, &self.config.slot).await,
            false => Ok(()),
        }
    }
}

/// The slot that retains all WAL after a position.
async fn retaining_slot(
    config: &FollowConfig,
    sql: &mut PgConnection,
    position: Position,
    retained_by: Option<&str>,
) -> Result<Name, SessionError> {
    let error = |reason: String| {
        let own = &config.slot;
        SessionError::Setup(format!(
            "slot {own} does not exist and cannot be created: {reason}"
        ))
    };
    let Some(retained_by) = retained_by else {
        let reason = "no slot retains the WAL for this snapshot (--retain-wal when it is saved)";
        return Err(error(reason.to_owned()));
    };
    let retained_by = parse_name(retained_by)?;
    let Some(slot) = find_slot(sql, &retained_by).await? else {
        return Err(error(format!(
            "slot {retained_by} retained the WAL and no longer exists"
        )));
    };
    match slot.check_start(config.database.database(), position) {
        Ok(()) => Ok(retained_by),
        Err(reason) => Err(error(format!(
            "slot {retained_by} no longer retains the WAL for this snapshot, perhaps because there is \
             a newer one: {reason}"
        ))),
    }
}
