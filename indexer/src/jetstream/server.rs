//! Where is the NATS server, and what does it hold?

use std::time::Duration;

use async_nats::jetstream::context::{Context, GetStreamErrorKind};
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, LastRawMessageErrorKind, RetentionPolicy, StorageType, Stream,
};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{ConnectOptions, Event};
use tokio_util::sync::CancellationToken;

use super::message::Label;
use crate::config::{Name, NatsConfig};
use crate::error::SessionError;

/// A connection to the server, and a stream of it.
pub(crate) struct Connection {
    pub(crate) context: Context,
    pub(crate) stream: Stream,
    pub(crate) name: Name,
    /// The connection has broken. It is not mended: what follows it begins anew, and knows where.
    pub(crate) lost: CancellationToken,
}

/// A message as the stream holds it.
pub(crate) struct Stored {
    pub(crate) sequence: u64,
    pub(crate) label: Label,
}

/// Messages are kept for so long, unless the operator has said otherwise.
const KEEP: Duration = Duration::from_hours(24);
/// And so many bytes of them.
const KEEP_BYTES: i64 = 4 << 30;
/// A server that does not answer within this time is gone.
pub(crate) const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

impl Connection {
    /// Connects to a stream that must be there.
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
            _ => SessionError::nats(LOOKING)(error),
        })?;
        Ok(Connection {
            context,
            stream,
            name: nats.stream.clone(),
            lost,
        })
    }

    /// Connects to a stream, and makes it if it is not there. One that is there stays as its operator
    /// wants it.
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
        let stream = context
            .get_or_create_stream(config)
            .await
            .map_err(SessionError::nats("making the stream"))?;
        Ok(Connection {
            context,
            stream,
            name: nats.stream.clone(),
            lost,
        })
    }

    /// The numbers of the first and the last message; the first is behind the last if there is none.
    pub(crate) async fn range(&self) -> Result<(u64, u64), SessionError> {
        let info = self.stream.get_info().await;
        let state = info.map_err(SessionError::nats(LOOKING))?.state;
        let first = match state.messages {
            0 => state.last_sequence + 1,
            _ => state.first_sequence,
        };
        Ok((first, state.last_sequence))
    }

    /// What the message of that number says of itself, if it is there.
    pub(crate) async fn stored(&self, sequence: u64) -> Result<Option<Stored>, SessionError> {
        let message = match self.stream.get_raw_message(sequence).await {
            Ok(message) => message,
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {
                return Ok(None);
            }
            Err(error) => return Err(SessionError::nats(LOOKING)(error)),
        };
        let label = Label::read(&message.headers)?;
        Ok(Some(Stored { sequence, label }))
    }

    /// Forgets all messages.
    pub(crate) async fn purge(&self) -> Result<(), SessionError> {
        let purged = self.stream.purge().await;
        purged
            .map(drop)
            .map_err(SessionError::nats("emptying the stream"))
    }

    /// Where the changes go.
    pub(crate) fn subject(&self) -> String {
        subject(&self.name)
    }
}

const LOOKING: &str = "looking at the stream";

async fn connect(
    nats: &NatsConfig,
    application: &str,
) -> Result<(Context, CancellationToken), SessionError> {
    let lost = CancellationToken::new();
    let told = lost.clone();
    let mut options = ConnectOptions::new()
        .name(application)
        .connection_timeout(ANSWER_TIME_MAX)
        .event_callback(move |event| {
            if matches!(event, Event::Disconnected | Event::Closed) {
                told.cancel();
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
