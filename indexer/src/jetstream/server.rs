//! A connection to NATS and to one JetStream stream.

use std::time::Duration;

use async_nats::jetstream::context::{Context, CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, LastRawMessageErrorKind, RetentionPolicy, StorageType, Stream,
};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{ConnectOptions, Event};
use tokio_util::sync::CancellationToken;

use super::message::Label;
use crate::config::{Name, NatsConfig};
use crate::error::SessionError;

/// A connection to the server, and one of its streams.
pub(crate) struct Connection {
    pub(crate) context: Context,
    pub(crate) stream: Stream,
    pub(crate) name: Name,
    /// Cancelled when the connection breaks. A new session replaces it and resumes where it ended.
    pub(crate) lost: CancellationToken,
}

/// The label of a message in the stream.
pub(crate) struct Stored {
    pub(crate) sequence: u64,
    pub(crate) label: Label,
}

/// The retention time of a new stream; operators can change it.
const KEEP: Duration = Duration::from_hours(24);
/// The size limit of a new stream.
const KEEP_BYTES: i64 = 4 << 30;
/// A server that does not answer within this time is considered lost.
pub(crate) const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

impl Connection {
    /// Connects to a stream that must exist.
    pub(crate) async fn open(
        nats: &NatsConfig,
        application: &str,
    ) -> Result<Connection, SessionError> {
        let (context, lost) = connect(nats, application).await?;
        let found = context.get_stream(nats.stream.as_str()).await;
        let stream = found.map_err(|error| match error.kind() {
            GetStreamErrorKind::JetStream(cause) if is_missing(&cause) => {
                SessionError::Setup(format!(
                    "there is no stream {} at {}: start `roost publish`",
                    nats.stream, nats.url
                ))
            }
            _ => SessionError::nats(READING)(error),
        })?;
        Ok(Connection {
            context,
            stream,
            name: nats.stream.clone(),
            lost,
        })
    }

    /// Connects to a stream, and creates it if it does not exist. The configuration of an existing
    /// stream stays unchanged.
    pub(crate) async fn open_or_create(
        nats: &NatsConfig,
        application: &str,
    ) -> Result<Connection, SessionError> {
        let (context, lost) = connect(nats, application).await?;
        let config = Config {
            name: nats.stream.to_string(),
            description: Some("Changes of rooms and venues, for the nodes of Roost".to_owned()),
            subjects: vec![subject(&nats.stream)],
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            storage: StorageType::File,
            max_age: KEEP,
            max_bytes: KEEP_BYTES,
            num_replicas: 1,
            ..Config::default()
        };
        let created = context.get_or_create_stream(config).await;
        let stream = created.map_err(|error| match error.kind() {
            CreateStreamErrorKind::JetStream(cause) if is_too_large(&cause) => {
                SessionError::Setup(format!(
                    "{} has less storage than the {} GiB that the stream {} may take: free disk \
                     space or raise max_file_store of the server, or create the stream with a \
                     lower limit",
                    nats.url,
                    KEEP_BYTES >> 30,
                    nats.stream
                ))
            }
            _ => SessionError::nats("creating the stream")(error),
        })?;
        Ok(Connection {
            context,
            stream,
            name: nats.stream.clone(),
            lost,
        })
    }

    /// The sequence numbers of the first and the last message. In an empty stream the first is
    /// greater than the last.
    pub(crate) async fn range(&self) -> Result<(u64, u64), SessionError> {
        let info = self.stream.get_info().await;
        let state = info.map_err(SessionError::nats(READING))?.state;
        let first = match state.messages {
            0 => state.last_sequence + 1,
            _ => state.first_sequence,
        };
        Ok((first, state.last_sequence))
    }

    /// The label of the message with that sequence number, if it exists.
    pub(crate) async fn stored(&self, sequence: u64) -> Result<Option<Stored>, SessionError> {
        let message = match self.stream.get_raw_message(sequence).await {
            Ok(message) => message,
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {
                return Ok(None);
            }
            Err(error) => return Err(SessionError::nats(READING)(error)),
        };
        let label = Label::read(&message.headers)?;
        Ok(Some(Stored { sequence, label }))
    }

    /// Deletes all messages.
    pub(crate) async fn purge(&self) -> Result<(), SessionError> {
        let purged = self.stream.purge().await;
        purged
            .map(drop)
            .map_err(SessionError::nats("emptying the stream"))
    }

    /// The subject that changes are published to.
    pub(crate) fn subject(&self) -> String {
        subject(&self.name)
    }
}

const READING: &str = "reading the state of the stream";

async fn connect(
    nats: &NatsConfig,
    application: &str,
) -> Result<(Context, CancellationToken), SessionError> {
    let lost = CancellationToken::new();
    let on_disconnect = lost.clone();
    let mut options = ConnectOptions::new()
        .name(application)
        .connection_timeout(ANSWER_TIME_MAX)
        .event_callback(move |event| {
            if matches!(event, Event::Disconnected | Event::Closed) {
                on_disconnect.cancel();
            }
            std::future::ready(())
        });
    let (user, password) = nats.url.credentials();
    options = match (user, password) {
        (Some(user), Some(password)) => options.user_and_password(user, password),
        (Some(token), None) => options.token(token),
        (None, _) => options,
    };
    if let Some(file) = &nats.ca_file {
        options = options.add_root_certificates(file.clone());
    }
    let client = options.connect(nats.url.servers().to_vec()).await;
    let client = client.map_err(SessionError::nats("connecting to NATS"))?;
    Ok((jetstream::new(client), lost))
}

fn subject(stream: &Name) -> String {
    format!("{stream}.changes")
}

fn is_missing(error: &jetstream::Error) -> bool {
    error.error_code() == ErrorCode::STREAM_NOT_FOUND
}

fn is_too_large(error: &jetstream::Error) -> bool {
    error.error_code() == ErrorCode::STORAGE_RESOURCES_EXCEEDED
}
