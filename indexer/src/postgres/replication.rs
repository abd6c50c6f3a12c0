//! A replication session of Postgres: creates slots and streams changes.

use std::time::Duration;

use pgwire_replication::{Lsn, ReplicationClient, ReplicationEvent};
use roost_engine::Position;
use tokio::time::timeout;

use super::change_source::{ChangeSource, Event, Server};
use super::messages::MESSAGE_PREFIX;
use crate::config::{FollowConfig, Name};
use crate::error::SessionError;

/// Whether a slot outlives the connection that creates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotLifetime {
    Permanent,
    Temporary,
}

/// A slot that was just created, and the snapshot of the database at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewSlot {
    pub(crate) consistent_at: Position,
    pub(crate) snapshot: String,
}

/// A replication session. A task reads ahead into a bounded queue, and reports the position to the
/// server even while the reader of the queue is busy.
pub(crate) struct PostgresSource {
    client: ReplicationClient,
    acknowledged: Position,
    slot: Name,
    application: String,
}

/// The interval of status updates to the server, far below its usual timeout of a minute.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);
const QUEUE_EVENTS: usize = 4096;

impl PostgresSource {
    /// Connects without streaming yet. The stream will start at `start`, which is `None` for a slot
    /// that does not exist yet.
    pub(crate) async fn connect(
        config: &FollowConfig,
        application: &str,
        start: Option<Position>,
    ) -> Result<(PostgresSource, Server), SessionError> {
        const LIMIT: Duration = Duration::from_secs(15);
        let doing = "connecting for replication";
        let start = start.unwrap_or_default();
        let replication = config
            .database
            .replication(&config.slot, &config.publication)
            .with_application_name(application)
            .with_start_lsn(lsn(start))
            .with_status_interval(STATUS_INTERVAL)
            .with_wakeup_interval(STATUS_INTERVAL)
            .with_buffer_size(QUEUE_EVENTS);
        let connect = async {
            let mut client = ReplicationClient::connect_gated(replication).await?;
            let system = client.identify_system().await?;
            Ok((client, system))
        };
        let (client, system) = timeout(LIMIT, connect)
            .await
            .map_err(|_| SessionError::Timeout {
                doing,
                limit: LIMIT,
            })?
            .map_err(SessionError::stream(doing))?;
        let source = PostgresSource {
            client,
            acknowledged: start,
            slot: config.slot.clone(),
            application: application.to_owned(),
        };
        let server = Server {
            system_id: system.system_id,
            timeline: system.timeline,
        };
        Ok((source, server))
    }

    /// Creates a slot. Its exported snapshot is valid until the stream starts.
    pub(crate) async fn create_slot(
        &mut self,
        slot: &str,
        lifetime: SlotLifetime,
    ) -> Result<NewSlot, SessionError> {
        const WARN_AFTER: Duration = Duration::from_secs(5);
        let doing = "creating the replication slot";
        let temporary = match lifetime {
            SlotLifetime::Permanent => "",
            SlotLifetime::Temporary => "TEMPORARY ",
        };
        let statement = format!(
            "CREATE_REPLICATION_SLOT {slot} {temporary}LOGICAL pgoutput (SNAPSHOT 'export')"
        );
        let create = self.client.simple_query(&statement);
        tokio::pin!(create);
        let rows = match timeout(WARN_AFTER, &mut create).await {
            Ok(rows) => rows,
            Err(_) => {
                tracing::warn!("the new slot waits for open transactions to end");
                create.await
            }
        };
        let rows = rows.map_err(SessionError::stream(doing))?;
        let column = |at: usize| {
            let value = rows.first()?.get(at)?.as_ref()?;
            Some(str::from_utf8(value).ok()?.to_owned())
        };
        let unexpected = SessionError::Protocol("an unexpected answer to a new slot");
        match (column(1).and_then(|text| text.parse().ok()), column(2)) {
            (Some(consistent_at), Some(snapshot)) => Ok(NewSlot {
                consistent_at,
                snapshot,
            }),
            _ => Err(unexpected),
        }
    }

    /// Starts the stream. Returns when the server has accepted and the slot is in use by this
    /// session.
    pub(crate) async fn start(&mut self, from: Position) -> Result<(), SessionError> {
        let doing = "starting the stream";
        self.client
            .start()
            .await
            .map_err(SessionError::stream(doing))?;
        self.client
            .wait_started()
            .await
            .map_err(SessionError::stream(doing))?;
        self.acknowledge(from);
        Ok(())
    }
}

impl ChangeSource for PostgresSource {
    async fn next(&mut self) -> Result<Event, SessionError> {
        loop {
            let event = self
                .client
                .recv()
                .await
                .map_err(SessionError::stream("streaming"))?;
            return Ok(match event.ok_or(SessionError::Ended)? {
                ReplicationEvent::Begin { final_lsn, xid, .. } => Event::Begin {
                    commit_at: Position(final_lsn.as_u64()),
                    xid,
                },
                ReplicationEvent::Commit {
                    end_lsn,
                    commit_time_micros,
                    ..
                } => Event::Commit {
                    end: Position(end_lsn.as_u64()),
                    time_us: commit_time_micros,
                },
                ReplicationEvent::XLogData { data, .. } => Event::Change(data.into()),
                ReplicationEvent::KeepAlive { wal_end, .. } => {
                    Event::Sent(Position(wal_end.as_u64()))
                }
                ReplicationEvent::Message {
                    prefix, content, ..
                } if prefix == MESSAGE_PREFIX => Event::Message(content.into()),
                ReplicationEvent::Message { .. } => continue,
                ReplicationEvent::StoppedAt { .. } => return Err(SessionError::Ended),
            });
        }
    }

    fn acknowledge(&mut self, position: Position) {
        self.acknowledged = position;
        self.client.update_applied_lsn(lsn(position));
    }

    async fn close(mut self) {
        const LIMIT: Duration = Duration::from_secs(5);
        let sent = async {
            let metrics = self.client.metrics();
            let applied = lsn(self.acknowledged);
            while self.client.is_running() && metrics.last_applied_lsn() < applied {
                // Events that still arrive are dropped; the slot keeps them.
                let _ = timeout(STATUS_INTERVAL / 10, self.client.recv()).await;
            }
            self.client.shutdown().await
        };
        if let Ok(Err(error)) = timeout(LIMIT, sent).await {
            tracing::debug!(error = %error, "the stream did not close cleanly");
        }
    }

    fn slot(&self) -> Option<&Name> {
        Some(&self.slot)
    }

    fn reader(&self) -> &str {
        &self.application
    }
}

fn lsn(position: Position) -> Lsn {
    Lsn::from_u64(position.0)
}
