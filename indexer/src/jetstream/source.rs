//! Reads a node's changes from a stream, and checks that none is missing.

use std::collections::VecDeque;
use std::time::Duration;

use async_nats::Message;
use async_nats::jetstream::consumer::pull::{self, MessagesErrorKind};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use futures_util::StreamExt;
use roost_engine::Position;

use super::message::{Decoder, Label};
use super::origin::{Origin, publisher_name};
use super::resume::find;
use super::server::{ANSWER_TIME_MAX, Connection};
use crate::config::{FollowConfig, Name};
use crate::error::SessionError;
use crate::postgres::change_source::{ChangeSource, Event, Server};

/// Reads the messages of a stream in order. The server stores no progress of the reader: the
/// commits of the index contain it, where it can't be ahead of what is durable.
pub(crate) struct JetstreamSource {
    connection: Connection,
    /// The required origin of every message.
    origin: Origin,
    reader: String,
    slot: Option<Name>,
    /// The sequence number of the first message.
    sequence: u64,
    messages: Option<pull::Stream>,
    chain: Chain,
    decoder: Decoder,
    events: VecDeque<Event>,
    /// Missed heartbeats of the server in a row.
    missed_heartbeats: u32,
}

/// The number of messages to fetch ahead, of at most 256 KiB each.
const BATCH: usize = 128;
/// The heartbeat interval of a server that has nothing to send.
const HEARTBEAT: Duration = Duration::from_secs(5);

impl JetstreamSource {
    /// The stream from a position on, or the reason why it does not continue from there.
    pub(crate) async fn find(
        connection: Connection,
        config: &FollowConfig,
        server: &Server,
        position: Position,
    ) -> Result<Result<JetstreamSource, String>, SessionError> {
        let origin = Origin::of(server, config);
        let resume_point = match find(&connection, &origin, position).await? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(Ok(JetstreamSource {
            origin,
            reader: publisher_name(&connection.name),
            connection,
            slot: resume_point.slot.and_then(|slot| slot.parse().ok()),
            sequence: resume_point.sequence,
            messages: None,
            chain: Chain::new(position),
            decoder: Decoder::default(),
            events: VecDeque::new(),
            missed_heartbeats: 0,
        }))
    }

    /// Starts to read.
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
            .max_messages_per_batch(BATCH)
            .heartbeat(HEARTBEAT)
            .messages();
        self.messages = Some(messages.await.map_err(SessionError::nats(doing))?);
        Ok(())
    }

    /// Decodes a message if it is the next one of the chain.
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
                    self.missed_heartbeats = 0;
                    self.take(&message)?;
                }
                // One missed heartbeat may only mean that this task was busy for too long.
                Err(error) if error.kind() == MessagesErrorKind::MissingHeartbeat => {
                    self.missed_heartbeats += 1;
                    if self.missed_heartbeats > 1 {
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

    /// Does nothing: the commits of the index contain the position.
    fn acknowledge(&mut self, _position: Position) {}

    /// Does nothing: the server deletes an inactive consumer.
    async fn close(self) {}

    fn slot(&self) -> Option<&Name> {
        self.slot.as_ref()
    }

    fn reader(&self) -> &str {
        &self.reader
    }
}

/// The end of the chain of messages read so far.
#[derive(Debug)]
struct Chain {
    /// Every change before this position has been read, or is in the index.
    position: Position,
    /// The index of the next part, unless the last message ended its transaction.
    part: Option<u64>,
    /// The start position of a transaction that was passed on in part. It continues or starts over
    /// there.
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

    /// Adds the next message. A publisher that was killed within a large transaction leaves its
    /// first parts behind; the next publisher repeats the transaction from its start, which is
    /// harmless. Any other break is a permanent gap, since the server sends messages in order.
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
                "continues from {}, not from {expected}: the changes in between are gone",
                label.from
            ));
        }
        self.part = (!label.is_last()).then_some(label.part + 1);
        self.open = match label.is_last() {
            false => Some(label.from),
            // An empty message only reports the position of Postgres.
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
    fn messages_that_continue_one_another_form_a_chain() {
        let whole = [
            label(10, 20, 0),
            label(20, 20, 0),
            label(20, 20, 1),
            label(20, 30, 2),
            label(30, 40, 0),
        ];
        assert!(follows(10, &whole));
        // The index already has the first message, or half of the range of one.
        assert!(follows(20, &whole) && follows(13, &whole) && follows(25, &whole[1..]));
        assert!(follows(
            10,
            &[label(10, 20, 0), label(10, 20, 0), label(20, 25, 0)]
        ));
    }

    #[test]
    fn a_missing_message_breaks_the_chain() {
        assert!(!follows(9, &[label(10, 20, 0)]));
        assert!(!follows(10, &[label(10, 20, 0), label(21, 30, 0)]));
        assert!(!follows(10, &[label(10, 10, 0), label(10, 30, 2)]));
        assert!(!follows(10, &[label(10, 30, 1)]));
    }

    #[test]
    fn a_repeated_transaction_must_start_where_it_first_started() {
        let started = [label(10, 10, 0), label(10, 10, 1)];
        let then = |more: &[Label]| follows(10, &[&started[..], more].concat());
        assert!(then(&[
            label(10, 10, 0),
            label(10, 20, 1),
            label(20, 30, 0)
        ]));
        // An earlier transaction would look like its end, and half of it would be committed.
        assert!(!then(&[label(5, 10, 0)]));
        assert!(!then(&[label(10, 10, 0), label(10, 20, 2)]));
    }

    #[test]
    fn a_position_between_a_broken_transaction_and_its_repetition_does_not_end_it() {
        let mut chain = Chain::new(Position(10));
        chain.follow(&label(10, 10, 0), false, "roost").unwrap();
        chain.follow(&label(10, 15, 0), true, "roost").unwrap();
        assert!(chain.follow(&label(12, 20, 0), false, "roost").is_err());
        chain.follow(&label(15, 15, 0), false, "roost").unwrap();
        chain.follow(&label(15, 20, 1), false, "roost").unwrap();
        assert_eq!(chain.open, None);
    }
}
