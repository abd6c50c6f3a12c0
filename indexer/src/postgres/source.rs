//! Where do changes come from?

use std::time::Duration;

use pgwire_replication::{Lsn, ReplicationClient, ReplicationEvent};
use roost_engine::Position;
use tokio::time::timeout;

use crate::config::{FollowConfig, Name};
use crate::error::SessionError;
use crate::jetstream::JetstreamSource;

/// A stream of committed transactions, in the order of their commits.
pub(crate) trait ChangeSource {
    /// The next event. No event is lost if the future is dropped while it waits.
    async fn next(&mut self) -> Result<Event, SessionError>;

    /// Says that everything up to here is durable, and need not be sent again.
    fn acknowledge(&mut self, position: Position);

    /// Ends the stream in good order, once the last acknowledgement has left.
    async fn close(self);

    /// The slot from which Postgres sends the changes, if that is known.
    fn slot(&self) -> Option<&Name>;

    /// What the session that reads from that slot calls itself.
    fn reader(&self) -> &str;
}

/// The stream of a node: that of a slot of its own, or the one that a publisher feeds for many.
pub(crate) enum Source {
    Postgres(Box<PostgresSource>),
    Jetstream(Box<JetstreamSource>),
}

/// One event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Begin {
        commit_at: Position,
        xid: u32,
    },
    Commit {
        end: Position,
        /// Microseconds since the year 2000 by the server's clock.
        time_us: i64,
    },
    /// A message of `pgoutput` that is none of the others.
    Change(Vec<u8>),
    /// A logical message of our own prefix.
    Note(Vec<u8>),
    /// Every transaction that committed before here has been sent.
    Sent(Position),
}

/// The prefix of our logical messages.
pub(crate) const NOTE_PREFIX: &str = "roost";

/// The server that a replication session has reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) system_id: String,
    pub(crate) timeline: u32,
}

/// How long a slot lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    UntilDropped,
    AsConnected,
}

/// A slot just made, and the snapshot of the database at its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewSlot {
    pub(crate) consistent_at: Position,
    pub(crate) snapshot: String,
}

/// A replication session of Postgres. Its own task reads ahead into a bounded queue and keeps the
/// server informed however long the reader of the queue is busy.
pub(crate) struct PostgresSource {
    client: ReplicationClient,
    acknowledged: Position,
    slot: Name,
    application: String,
}

/// How often the server is told how far we are: well below its usual patience of a minute.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);
const QUEUE_EVENTS: usize = 4096;

impl PostgresSource {
    /// Connects without streaming yet. `start` is where the stream will begin; for a slot that
    /// is still to be made, nowhere.
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
            .replication(config)
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
            .map_err(|_| SessionError::Slow {
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

    /// Makes a slot, which lasts as long as this connection or until somebody drops it. Its snapshot
    /// lasts until the stream starts.
    pub(crate) async fn create_slot(
        &mut self,
        slot: &str,
        lasts: Lasts,
    ) -> Result<NewSlot, SessionError> {
        const PATIENCE: Duration = Duration::from_secs(5);
        let doing = "creating the replication slot";
        let temporary = match lasts {
            Lasts::UntilDropped => "",
            Lasts::AsConnected => "TEMPORARY ",
        };
        let statement = format!(
            "CREATE_REPLICATION_SLOT {slot} {temporary}LOGICAL pgoutput (SNAPSHOT 'export')"
        );
        let create = self.client.simple_query(&statement);
        tokio::pin!(create);
        let rows = match timeout(PATIENCE, &mut create).await {
            Ok(rows) => rows,
            Err(_) => {
                tracing::warn!("the slot waits for transactions that were open before it to end");
                create.await
            }
        };
        let rows = rows.map_err(SessionError::stream(doing))?;
        let column = |at: usize| {
            let value = rows.first()?.get(at)?.as_ref()?;
            Some(str::from_utf8(value).ok()?.to_owned())
        };
        let unexpected = SessionError::OutOfOrder("an unexpected answer to a new slot");
        match (column(1).and_then(|text| text.parse().ok()), column(2)) {
            (Some(consistent_at), Some(snapshot)) => Ok(NewSlot {
                consistent_at,
                snapshot,
            }),
            _ => Err(unexpected),
        }
    }

    /// Starts to stream; returns when the server has agreed and the slot is ours.
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
                } if prefix == NOTE_PREFIX => Event::Note(content.into()),
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
                // Events that still come are not applied any more; their slot keeps them.
                let _ = timeout(STATUS_INTERVAL / 10, self.client.recv()).await;
            }
            self.client.shutdown().await
        };
        if let Ok(Err(error)) = timeout(LIMIT, sent).await {
            tracing::debug!(error = %error, "the stream did not end in good order");
        }
    }

    fn slot(&self) -> Option<&Name> {
        Some(&self.slot)
    }

    fn reader(&self) -> &str {
        &self.application
    }
}

impl Source {
    /// Starts to stream from where it was connected for.
    pub(crate) async fn start(&mut self, from: Position) -> Result<(), SessionError> {
        match self {
            Source::Postgres(source) => source.start(from).await,
            Source::Jetstream(source) => source.start().await,
        }
    }
}

impl ChangeSource for Source {
    async fn next(&mut self) -> Result<Event, SessionError> {
        match self {
            Source::Postgres(source) => source.next().await,
            Source::Jetstream(source) => source.next().await,
        }
    }

    fn acknowledge(&mut self, position: Position) {
        match self {
            Source::Postgres(source) => source.acknowledge(position),
            Source::Jetstream(source) => source.acknowledge(position),
        }
    }

    async fn close(self) {
        match self {
            Source::Postgres(source) => source.close().await,
            Source::Jetstream(source) => source.close().await,
        }
    }

    fn slot(&self) -> Option<&Name> {
        match self {
            Source::Postgres(source) => source.slot(),
            Source::Jetstream(source) => source.slot(),
        }
    }

    fn reader(&self) -> &str {
        match self {
            Source::Postgres(source) => source.reader(),
            Source::Jetstream(source) => source.reader(),
        }
    }
}

fn lsn(position: Position) -> Lsn {
    Lsn::from_u64(position.0)
}
