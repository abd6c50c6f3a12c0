//! How does a node get its changes from a stream?

use std::collections::VecDeque;
use std::time::Duration;

use async_nats::Message;
use async_nats::jetstream::consumer::pull::{self, MessagesErrorKind};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use futures_util::StreamExt;
use roost_engine::Position;

use super::message::{Decoder, Label, Origin};
use super::resume::find;
use super::server::{ANSWER_TIME_MAX, Connection};
use super::{origin, publisher_name};
use crate::config::{FollowConfig, Name};
use crate::error::SessionError;
use crate::postgres::change_source::{ChangeSource, Event, Server};

/// Reads the messages of a stream, and sees to it that none is missing. The server keeps no record of
/// how far we are: that is part of the index's own commits, where it can't be ahead of what is durable.
pub(crate) struct JetstreamSource {
    connection: Connection,
    /// Whose changes they must be.
    origin: Origin,
    reader: String,
    slot: Option<Name>,
    /// The message to begin with.
    sequence: u64,
    messages: Option<pull::Stream>,
    chain: Chain,
    decoder: Decoder,
    events: VecDeque<Event>,
    /// How often in a row the server has not said that it is there.
    silences: u32,
}

/// So many messages are fetched ahead, of 256 KiB at most.
const FETCH: usize = 128;
/// How often a server that has nothing to send says so.
const IDLE_SIGN: Duration = Duration::from_secs(5);

impl JetstreamSource {
    /// The stream from a position on; says why it does not go on from there.
    pub(crate) async fn find(
        connection: Connection,
        config: &FollowConfig,
        server: &Server,
        position: Position,
    ) -> Result<Result<JetstreamSource, String>, SessionError> {
        let origin = origin(server, config);
        let place = match find(&connection, &origin, position).await? {
            Ok(place) => place,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(Ok(JetstreamSource {
            origin,
            reader: publisher_name(&connection.name),
            connection,
            slot: place.slot.and_then(|slot| slot.parse().ok()),
            sequence: place.sequence,
            messages: None,
            chain: Chain::new(position),
            decoder: Decoder::default(),
            events: VecDeque::new(),
            silences: 0,
        }))
    }

    /// Begins to read.
    pub(crate) async fn start(&mut self) -> Result<(), SessionError> {
        let doing = "reading the stream";
        let consumer = self.connection.stream.create_consumer(pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.sequence,
            },
            ack_policy: AckPolicy::None,
            inactive_threshold: ANSWER_TIME_MAX * 3,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        });
        let consumer = consumer.await.map_err(SessionError::nats(doing))?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(FETCH)
            .heartbeat(IDLE_SIGN)
            .messages();
        self.messages = Some(messages.await.map_err(SessionError::nats(doing))?);
        Ok(())
    }

    /// Takes a message in if it is the next one.
    fn take(&mut self, message: &Message) -> Result<(), SessionError> {
        let headers = message.headers.as_ref();
        let label = headers.map(Label::read).transpose()?;
        let label = label.ok_or(SessionError::Protocol("a message without headers"))?;
        if label.origin != self.origin {
            let what = format!(
                "stream {} carries changes of {}",
                self.connection.name, label.origin
            );
            return Err(SessionError::Changed(what));
        }
        if self.slot.as_ref().map(Name::as_str) != Some(label.slot.as_str()) {
            self.slot = label.slot.parse().ok();
        }
        let is_empty = message.payload.is_empty();
        self.chain
            .follow(&label, is_empty, self.connection.name.as_str())?;
        if label.part == 0 {
            self.decoder = Decoder::default();
        }
        self.decoder.take(&message.payload, &mut self.events)?;
        if label.is_last() {
            self.decoder.finish()?;
            if is_empty {
                self.events.push_back(Event::Sent(label.to));
            }
        }
        Ok(())
    }
}

impl ChangeSource for JetstreamSource {
    async fn next(&mut self) -> Result<Event, SessionError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            let messages = self.messages.as_mut().ok_or(SessionError::Ended)?;
            let message = tokio::select! {
                message = messages.next() => message.ok_or(SessionError::Lost("NATS"))?,
                () = self.connection.lost.cancelled() => return Err(SessionError::Lost("NATS")),
            };
            match message {
                Ok(message) => {
                    self.silences = 0;
                    self.take(&message)?;
                }
                // The first may only mean that we were busy for long and did not listen.
                Err(error) if error.kind() == MessagesErrorKind::MissingHeartbeat => {
                    self.silences += 1;
                    if self.silences > 1 {
                        return Err(SessionError::Timeout {
                            doing: "waiting for the NATS server",
                            limit: ANSWER_TIME_MAX,
                        });
                    }
                }
                Err(error) => return Err(SessionError::nats("reading the stream")(error)),
            }
        }
    }

    /// The index's own commit says it all.
    fn acknowledge(&mut self, _position: Position) {}

    /// The server forgets us by itself.
    async fn close(self) {}

    fn slot(&self) -> Option<&Name> {
        self.slot.as_ref()
    }

    fn reader(&self) -> &str {
        &self.reader
    }
}

/// How far the messages have come that were read one behind the other.
#[derive(Debug)]
struct Chain {
    /// All up to here has been read, or is in the index.
    position: Position,
    /// The part that comes next, if the last message was not the end of its transaction.
    part: Option<u64>,
    /// From where a transaction goes on, or begins again, of which some has been passed on and not all.
    open: Option<Position>,
}

impl Chain {
    fn new(position: Position) -> Chain {
        Chain {
            position,
            part: None,
            open: None,
        }
    }

    /// Takes the next message in. A publisher that was killed within a large transaction leaves its
    /// beginning behind, and the next one begins it again, which does no harm. Whatever else breaks the
    /// chain is missing for good, since the server sends messages in their order or not at all.
    fn follow(&mut self, label: &Label, is_empty: bool, stream: &str) -> Result<(), SessionError> {
        let broken = |what: String| Err(SessionError::Gap(format!("stream {stream} {what}")));
        if label.part != 0 && Some(label.part) != self.part {
            return broken(format!(
                "brings part {} of a transaction, not part {}",
                label.part,
                self.part.unwrap_or(0)
            ));
        }
        let expected = self.open.unwrap_or(self.position);
        if label.from > expected || self.open.is_some_and(|from| label.from != from) {
            return broken(format!(
                "goes on from {}, not from {expected}: what was between is gone",
                label.from
            ));
        }
        self.part = (!label.is_last()).then_some(label.part + 1);
        self.open = match label.is_last() {
            false => Some(label.from),
            // It only says how far Postgres is.
            true if is_empty => self.open.map(|_| label.to),
            true => None,
        };
        self.position = self.position.max(label.to);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(from: u64, to: u64, part: u64) -> Label {
        Label {
            origin: Origin {
                server: String::new(),
                database: String::new(),
            },
            slot: String::new(),
            from: Position(from),
            to: Position(to),
            part,
        }
    }

    fn follows(position: u64, labels: &[Label]) -> bool {
        let mut chain = Chain::new(Position(position));
        let mut labels = labels.iter();
        labels.all(|label| chain.follow(label, false, "roost").is_ok())
    }

    #[test]
    fn messages_that_go_on_from_one_another_are_a_chain() {
        let whole = [
            label(10, 20, 0),
            label(20, 20, 0),
            label(20, 20, 1),
            label(20, 30, 2),
            label(30, 40, 0),
        ];
        assert!(follows(10, &whole));
        // The index has the first of them already, or half of what one covers.
        assert!(follows(20, &whole) && follows(13, &whole) && follows(25, &whole[1..]));
        assert!(follows(
            10,
            &[label(10, 20, 0), label(10, 20, 0), label(20, 25, 0)]
        ));
    }

    #[test]
    fn whatever_is_missing_breaks_the_chain() {
        assert!(!follows(9, &[label(10, 20, 0)]));
        assert!(!follows(10, &[label(10, 20, 0), label(21, 30, 0)]));
        assert!(!follows(10, &[label(10, 10, 0), label(10, 30, 2)]));
        assert!(!follows(10, &[label(10, 30, 1)]));
    }

    #[test]
    fn a_transaction_that_is_begun_again_is_followed_only_from_where_it_began() {
        let begun = [label(10, 10, 0), label(10, 10, 1)];
        let then = |more: &[Label]| follows(10, &[&begun[..], more].concat());
        assert!(then(&[
            label(10, 10, 0),
            label(10, 20, 1),
            label(20, 30, 0)
        ]));
        // What came before it would seem to be its end, and half of it would be committed.
        assert!(!then(&[label(5, 10, 0)]));
        assert!(!then(&[label(10, 10, 0), label(10, 20, 2)]));
    }

    #[test]
    fn a_position_between_a_broken_transaction_and_its_repetition_is_no_end() {
        let mut chain = Chain::new(Position(10));
        chain.follow(&label(10, 10, 0), false, "roost").unwrap();
        chain.follow(&label(10, 15, 0), true, "roost").unwrap();
        assert!(chain.follow(&label(12, 20, 0), false, "roost").is_err());
        chain.follow(&label(15, 15, 0), false, "roost").unwrap();
        chain.follow(&label(15, 20, 1), false, "roost").unwrap();
        assert_eq!(chain.open, None);
    }
}
