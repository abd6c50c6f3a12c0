//! How does a copy of an index find its place in the stream?
//!
//! A copy says up to where it follows, but Postgres keeps its log only from where its slots are, and
//! the slot of a running node moves on. So a slot that nobody streams from may hold the log for a
//! copy ([`LogHold`]), and the node that begins with the copy gets a slot of its own that has all the
//! copy lacks ([`Adoption`]), or is told why there is none.

use roost_engine::{Checkpoint, Position};
use sqlx::PgConnection;

use crate::config::{FollowConfig, Name};
use crate::dead_letters::table as letter_table;
use crate::error::SessionError;
use crate::postgres::catalog::{self, Shape};
use crate::postgres::source::PostgresSource;
use crate::session::checkpoint::Origin;
use crate::session::start::connect;

/// The name of the slot that an index follows by, which its checkpoint knows.
///
/// # Errors
/// If the checkpoint is of another version.
pub fn followed_slot(checkpoint: &Checkpoint) -> Result<Name, SessionError> {
    name(&read(checkpoint)?.slot)
}

/// A slot that keeps Postgres's log from a position of an index on, for copies of that index.
pub struct LogHold {
    sql: PgConnection,
    database: String,
    slot: Name,
    is_new: bool,
}

impl LogHold {
    /// Has Postgres keep its log from where an index is, or before. Take the copy afterwards: it is
    /// then at least as far, since a node acknowledges only what it has committed.
    ///
    /// The slot of an earlier copy stays where it is until [`LogHold::keep`].
    ///
    /// # Errors
    /// If the index is of another stream or the server has no slot left to give.
    pub async fn begin(
        config: &FollowConfig,
        checkpoint: &Checkpoint,
    ) -> Result<LogHold, SessionError> {
        let origin = read(checkpoint)?;
        let mut sql = connect(&config.database, APPLICATION).await?;
        check_stream(config, &mut sql, &origin, checkpoint.position).await?;
        let slot = name(&format!("{}{HOLD_SUFFIX}", origin.slot))?;
        let mut hold = LogHold {
            sql,
            database: config.database.database().to_owned(),
            slot,
            is_new: false,
        };
        if let Some(found) = catalog::slot(&mut hold.sql, &hold.slot).await? {
            if let Some((pid, _)) = found.active {
                return Err(SessionError::Setup(format!(
                    "slot {} is in use by process {pid}: it is to hold the log for snapshots, so \
                     give that node another slot",
                    hold.slot
                )));
            }
            // Wherever it is: a slot that has lost its log is of no use to any copy.
            if found.refuses(&hold.database, Position(u64::MAX)).is_none() {
                return Ok(hold);
            }
            drop_slot(&mut hold.sql, &hold.slot).await?;
        }
        copy_slot(&mut hold.sql, &name(&origin.slot)?, &hold.slot).await?;
        hold.is_new = true;
        Ok(hold)
    }

    /// The name of the slot.
    pub fn slot(&self) -> &Name {
        &self.slot
    }

    /// Makes sure that the slot has every change behind a position.
    ///
    /// # Errors
    /// If it has not.
    pub async fn check(&mut self, position: Position) -> Result<(), SessionError> {
        let reason = match catalog::slot(&mut self.sql, &self.slot).await? {
            None => Some("it was dropped".to_owned()),
            Some(slot) => slot.refuses(&self.database, position),
        };
        match reason {
            None => Ok(()),
            Some(reason) => Err(SessionError::Setup(format!(
                "slot {} does not hold the log for this copy: {reason}",
                self.slot
            ))),
        }
    }

    /// Lets Postgres forget the log before the position of the newest copy, once that is whole.
    ///
    /// # Errors
    /// If the slot can't be moved on.
    pub async fn keep(mut self, position: Position) -> Result<(), SessionError> {
        if self.is_new {
            return Ok(());
        }
        sqlx::query!(
            r#"SELECT end_lsn::text FROM pg_replication_slot_advance($1, $2::text::pg_lsn)"#,
            self.slot.as_str(),
            position.to_string(),
        )
        .fetch_one(&mut self.sql)
        .await
        .map_err(SessionError::sql("moving the slot for snapshots on"))?;
        Ok(())
    }

    /// Drops the slot where it was made for a copy that came to nothing.
    ///
    /// # Errors
    /// If it can't be dropped.
    pub async fn give_up(mut self) -> Result<(), SessionError> {
        match self.is_new {
            true => drop_slot(&mut self.sql, &self.slot).await,
            false => Ok(()),
        }
    }
}

/// The place in the stream that a node takes with a copy of an index.
pub struct Adoption {
    config: FollowConfig,
    sql: PgConnection,
    origin: Origin,
    position: Position,
    /// The slot that holds the log, where the node has none yet.
    copy_from: Option<Name>,
    has_made_slot: bool,
}

impl Adoption {
    /// Finds out whether a node with this configuration can go on from a checkpoint. Changes nothing.
    ///
    /// # Errors
    /// If it can't; the text says why, and what an operator can do.
    pub async fn prepare(
        config: FollowConfig,
        checkpoint: &Checkpoint,
        held_by: Option<&str>,
    ) -> Result<Adoption, SessionError> {
        let origin = read(checkpoint)?;
        let position = checkpoint.position;
        let mut sql = connect(&config.database, APPLICATION).await?;
        catalog::check_server(&mut sql).await?;
        check_stream(&config, &mut sql, &origin, position).await?;
        let copy_from = match catalog::slot(&mut sql, &config.slot).await? {
            Some(own) => {
                if let Some((pid, application)) = own.active {
                    return Err(SessionError::Setup(format!(
                        "slot {} is in use by process {pid} ({:?}): give each node a slot of its own",
                        config.slot,
                        application.unwrap_or_default()
                    )));
                }
                if let Some(reason) = own.refuses(config.database.database(), position) {
                    return Err(SessionError::Setup(format!(
                        "slot {0} cannot go on from this copy: {reason}. Choose another slot, or, if \
                         no node uses it any more, SELECT pg_drop_replication_slot('{0}')",
                        config.slot
                    )));
                }
                None
            }
            None => Some(holder(&config, &mut sql, position, held_by).await?),
        };
        Ok(Adoption {
            config,
            sql,
            origin,
            position,
            copy_from,
            has_made_slot: false,
        })
    }

    /// Takes the place: makes the slot if it is not there, and takes over which rows are left out.
    /// Returns the checkpoint that the copy is to have.
    ///
    /// # Errors
    /// If the slot can't be made, or what held the log has moved on meanwhile.
    pub async fn complete(&mut self) -> Result<Checkpoint, SessionError> {
        let own = &self.config.slot;
        if let Some(from) = &self.copy_from {
            copy_slot(&mut self.sql, from, own).await?;
            self.has_made_slot = true;
            let made = catalog::slot(&mut self.sql, own).await?;
            let made = made.ok_or(SessionError::Ended)?;
            if let Some(reason) = made.refuses(self.config.database.database(), self.position) {
                return Err(SessionError::Setup(format!("slot {from}: {reason}")));
            }
        }
        if self.origin.slot != own.as_str() {
            match letter_table::trouble(&mut self.sql).await? {
                None => {
                    letter_table::take_over(&mut self.sql, &self.origin.slot, own.as_str()).await?
                }
                Some(reason) => tracing::warn!(reason, "which rows are left out is not taken over"),
            }
        }
        // An index is told from others by this, also from the one that it was copied from: a node ends
        // sessions that it has left behind, and must not take those of another for its own.
        let index = sqlx::query_scalar!(r#"SELECT gen_random_uuid() AS "index!""#)
            .fetch_one(&mut self.sql)
            .await
            .map_err(SessionError::sql("naming the index"))?;
        let origin = Origin {
            index,
            slot: own.to_string(),
            ..self.origin.clone()
        };
        Ok(origin.at(self.position)?)
    }

    /// Drops the slot where it was made for a copy that came to nothing.
    ///
    /// # Errors
    /// If it can't be dropped.
    pub async fn give_up(mut self) -> Result<(), SessionError> {
        match self.has_made_slot {
            true => drop_slot(&mut self.sql, &self.config.slot).await,
            false => Ok(()),
        }
    }
}

/// What the sessions of a handover call themselves.
const APPLICATION: &str = "roost snapshot";

/// The slot that holds the log for copies of an index is called as its own, with this behind it.
const HOLD_SUFFIX: &str = "_snapshot";

/// The slot that has every change behind a position.
async fn holder(
    config: &FollowConfig,
    sql: &mut PgConnection,
    position: Position,
    held_by: Option<&str>,
) -> Result<Name, SessionError> {
    let refusal = |reason: String| {
        let own = &config.slot;
        SessionError::Setup(format!(
            "there is no slot {own}, and none to make it of: {reason}"
        ))
    };
    let Some(held_by) = held_by else {
        let reason = "nothing holds Postgres's log for this copy (--hold-log when it is saved)";
        return Err(refusal(reason.to_owned()));
    };
    let held_by = name(held_by)?;
    let Some(slot) = catalog::slot(sql, &held_by).await? else {
        return Err(refusal(format!("slot {held_by} held the log and is gone")));
    };
    match slot.refuses(config.database.database(), position) {
        None => Ok(held_by),
        Some(reason) => Err(refusal(format!(
            "slot {held_by} no longer holds the log for this copy, perhaps for a newer one: {reason}"
        ))),
    }
}

/// Makes sure that the server has the stream that an index follows, whatever its slot.
async fn check_stream(
    config: &FollowConfig,
    sql: &mut PgConnection,
    origin: &Origin,
    position: Position,
) -> Result<(), SessionError> {
    let shape = Shape::read(sql).await?;
    let (_, server) = PostgresSource::connect(config, APPLICATION, Some(position)).await?;
    let today = Origin {
        system_id: server.system_id,
        timeline: server.timeline,
        database: config.database.database().to_owned(),
        publication: config.publication.to_string(),
        schema_hash: shape.hash,
        ..origin.clone()
    };
    let refusal = |reason| SessionError::Setup(format!("the copy cannot be followed on: {reason}"));
    origin
        .compare(&today)
        .map_err(|mismatch| refusal(mismatch.0))?;
    let end = catalog::log_end(sql).await?;
    if position > end {
        let reason = format!("the server's log ends at {end}, before the copy at {position}");
        return Err(refusal(reason));
    }
    Ok(())
}

async fn copy_slot(sql: &mut PgConnection, from: &Name, to: &Name) -> Result<(), SessionError> {
    sqlx::query!(
        r#"SELECT lsn::text FROM pg_copy_logical_replication_slot($1, $2)"#,
        from.as_str(),
        to.as_str(),
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("copying a replication slot"))?;
    Ok(())
}

async fn drop_slot(sql: &mut PgConnection, slot: &Name) -> Result<(), SessionError> {
    sqlx::query!(
        r#"SELECT pg_drop_replication_slot($1)::text AS dropped"#,
        slot.as_str()
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("dropping the replication slot"))?;
    Ok(())
}

fn read(checkpoint: &Checkpoint) -> Result<Origin, SessionError> {
    Origin::read(checkpoint).map_err(|mismatch| SessionError::Setup(mismatch.0))
}

fn name(text: &str) -> Result<Name, SessionError> {
    text.parse()
        .map_err(|error: crate::ConfigError| SessionError::Setup(error.to_string()))
}
