//! Runs publishing sessions one after the other, with a retry after each failure.

use std::time::Duration;

use roost_engine::Position;
use sqlx::PgConnection;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::origin::{Origin, publisher_name};
use super::outbox::Outbox;
use super::publishing::Publishing;
use super::server::{Connection, Stored};
use crate::config::{FollowConfig, NatsConfig};
use crate::error::SessionError;
use crate::postgres::backoff::retry_delay;
use crate::postgres::connect::connect;
use crate::postgres::publication::{ensure_events, ensure_publication};
use crate::postgres::replication::{PostgresSource, SlotLifetime};
use crate::postgres::server::{check_server, wal_end};
use crate::postgres::slots::{Slot, drop_slot, find_slot};

/// Publishes the changes of a database to a stream, each transaction once and in order.
pub struct Publisher {
    config: FollowConfig,
    nats: NatsConfig,
}

impl Publisher {
    /// A publisher that is not running yet. It uses the slot of `config` exclusively; a second
    /// publisher waits until the slot is free.
    pub fn new(config: FollowConfig, nats: NatsConfig) -> Publisher {
        Publisher { config, nats }
    }

    /// Publishes until `shutdown`. It retries without limit when a connection is lost or refused.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Err(error) = self.session(&shutdown, &mut attempt).await else {
                return;
            };
            let retry_in = retry_delay(attempt, error.needs_operator());
            tracing::warn!(
                error = error.chain(),
                attempt,
                retry_in_ms = u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX),
                slot = %self.config.slot,
                stream = %self.nats.stream,
                "not publishing; will try again"
            );
            tokio::select! {
                () = sleep(retry_in) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    async fn session(
        &self,
        shutdown: &CancellationToken,
        attempt: &mut u32,
    ) -> Result<(), SessionError> {
        let publishing = tokio::select! {
            publishing = self.begin() => publishing?,
            () = shutdown.cancelled() => return Ok(()),
        };
        *attempt = 0;
        publishing.run(shutdown).await
    }

    async fn begin(&self) -> Result<Publishing<'_>, SessionError> {
        let (config, name) = (&self.config, publisher_name(&self.nats.stream));
        let mut sql = connect(&config.database, "roost").await?;
        check_server(&mut sql).await?;
        ensure_publication(&mut sql, &config.publication, &config.tables, false).await?;
        ensure_events(&mut sql, &config.publication).await?;
        let (mut source, server) = PostgresSource::connect(config, &name, None).await?;
        let origin = Origin::of(&server, config);
        let slot = self.free_slot(&mut sql).await?;
        let connection = Connection::open_or_create(&self.nats, &name).await?;
        let (last, newest) = self.newest(&connection, &mut sql, &origin).await?;
        let published = newest.as_ref().map(|stored| stored.label.to);
        let start = match slot {
            Some(slot) => self.continue_from(&slot, published),
            None => Err("there is no such slot".to_owned()),
        };
        let start = match start {
            Ok(start) => start,
            Err(reason) => {
                self.create_slot(&mut sql, &mut source, published, &reason)
                    .await?
            }
        };
        source.start(start).await?;
        // From now on no other session can use the slot. If another one advanced it just before,
        // the server would silently skip changes.
        let slot = find_slot(&mut sql, &config.slot)
            .await?
            .ok_or(SessionError::Ended)?;
        slot.check_start(config.database.database(), start)
            .map_err(|reason| SessionError::Changed(format!("slot {}: {reason}", config.slot)))?;
        tracing::info!(
            position = %start,
            slot = %config.slot,
            stream = %self.nats.stream,
            "publishing the changes"
        );
        Ok(Publishing::new(
            config,
            sql,
            source,
            Outbox::new(connection, last),
            origin,
            start,
        ))
    }

    /// The sequence number of the last message, and its label if the stream carries changes of this
    /// server. If the server has been replaced, no position of the stream has a meaning any more,
    /// and the stream is purged.
    async fn newest(
        &self,
        connection: &Connection,
        sql: &mut PgConnection,
        origin: &Origin,
    ) -> Result<(u64, Option<Stored>), SessionError> {
        let (first, last) = connection.range().await?;
        let newest = match first <= last {
            true => connection.stored(last).await?,
            false => None,
        };
        let Some(newest) = newest else {
            return Ok((last, None));
        };
        let end = wal_end(sql).await?;
        let found = &newest.label.origin;
        let reason = if found.database != origin.database {
            return Err(SessionError::Setup(format!(
                "stream {} carries the changes of another database ({found}, not {origin}): give each \
                 a stream of its own with nats_stream",
                self.nats.stream
            )));
        } else if found.server != origin.server {
            format!("it carries changes of {found}, not of {origin}")
        } else if newest.label.to > end {
            let to = newest.label.to;
            format!("the server's WAL ends at {end}, before the stream at {to}: it was restored")
        } else {
            return Ok((last, Some(newest)));
        };
        tracing::warn!(reason, stream = %self.nats.stream, "emptying the stream");
        connection.purge().await?;
        Ok((last, None))
    }

    /// Waits until no session uses the slot. A session of this publisher that was just cut off ends
    /// soon; the session of another publisher is left alone.
    async fn free_slot(&self, sql: &mut PgConnection) -> Result<Option<Slot>, SessionError> {
        const LOOKS: u32 = 15;
        const LOOK_EVERY: Duration = Duration::from_millis(200);
        let mut looks = 0;
        loop {
            let slot = find_slot(sql, &self.config.slot).await?;
            let Some((pid, application)) = slot.as_ref().and_then(|slot| slot.active.clone())
            else {
                return Ok(slot);
            };
            looks += 1;
            if looks == LOOKS {
                return Err(SessionError::Setup(format!(
                    "slot {} is in use by process {pid} ({:?}): this publisher waits until it is free",
                    self.config.slot,
                    application.unwrap_or_default()
                )));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The position to continue from, or the reason why the slot cannot be used.
    fn continue_from(&self, slot: &Slot, published: Option<Position>) -> Result<Position, String> {
        let confirmed = slot.confirmed.unwrap_or_default();
        slot.check_start(self.config.database.database(), Position(u64::MAX))?;
        match published {
            Some(published) if confirmed <= published => Ok(published),
            Some(published) => {
                // The next message contains this position, so nodes detect the gap.
                tracing::warn!(
                    slot = %self.config.slot,
                    %published,
                    %confirmed,
                    "the slot has been advanced past the stream: nodes that are behind copy the tables again"
                );
                Ok(confirmed)
            }
            None => Ok(confirmed),
        }
    }

    async fn create_slot(
        &self,
        sql: &mut PgConnection,
        source: &mut PostgresSource,
        published: Option<Position>,
        reason: &str,
    ) -> Result<Position, SessionError> {
        let slot = &self.config.slot;
        match published {
            Some(_) => tracing::warn!(
                reason,
                %slot,
                "recreating the slot: the stream lacks the changes in between, and nodes copy the tables again"
            ),
            None => tracing::info!(reason, %slot, "creating the slot"),
        }
        if find_slot(sql, slot).await?.is_some() {
            drop_slot(sql, slot).await?;
        }
        Ok(source
            .create_slot(slot.as_str(), SlotLifetime::Permanent)
            .await?
            .consistent_at)
    }
}
