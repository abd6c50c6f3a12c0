//! The format of the messages of a stream: labels in the headers, and parts of transactions in the
//! body.
//!
//! A body is part of the encoding of a transaction: one frame per change, each a byte for its kind,
//! four bytes for its length, and the change as Postgres sent it. A part may end within a frame,
//! which the next part continues. A node therefore decodes the same bytes as it would from
//! Postgres.

use std::collections::{HashMap, HashSet, VecDeque};

use async_nats::HeaderMap;
use roost_engine::Position;

use super::origin::Origin;
use crate::error::SessionError;
use crate::postgres::change_source::Event;

/// The headers of a message: its origin, and its position in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// The origin of the changes.
    pub(crate) origin: Origin,
    /// The slot that the changes were read from.
    pub(crate) slot: String,
    /// The earlier messages contain every change before this position.
    pub(crate) from: Position,
    /// With this message they contain every change before this position. Equal to `from` unless
    /// this is the last part of its transaction.
    pub(crate) to: Position,
    /// The index of this part in its transaction.
    pub(crate) part: u64,
}

const SERVER: &str = "Roost-Server";
const DATABASE: &str = "Roost-Database";
const SLOT: &str = "Roost-Slot";
const FROM: &str = "Roost-From";
const TO: &str = "Roost-To";
const PART: &str = "Roost-Part";

impl Label {
    /// Whether this is the last part of its transaction.
    pub(crate) fn is_last(&self) -> bool {
        self.to > self.from
    }

    pub(crate) fn write(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(SERVER, self.origin.server.as_str());
        headers.insert(DATABASE, self.origin.database.as_str());
        headers.insert(SLOT, self.slot.as_str());
        headers.insert(FROM, self.from.to_string());
        headers.insert(TO, self.to.to_string());
        headers.insert(PART, self.part.to_string());
        headers
    }

    pub(crate) fn read(headers: &HeaderMap) -> Result<Label, SessionError> {
        let text = |name| headers.get(name).map(|value| value.as_str());
        let read = || {
            let label = Label {
                origin: Origin {
                    server: text(SERVER)?.to_owned(),
                    database: text(DATABASE)?.to_owned(),
                },
                slot: text(SLOT)?.to_owned(),
                from: text(FROM)?.parse().ok()?,
                to: text(TO)?.parse().ok()?,
                part: text(PART)?.parse().ok()?,
            };
            (label.from <= label.to).then_some(label)
        };
        read().ok_or(UNREADABLE)
    }
}

const UNREADABLE: SessionError =
    SessionError::Protocol("a message of the stream that cannot be read");

const BEGIN: u8 = b'B';
const COMMIT: u8 = b'C';
const CHANGE: u8 = b'D';
const NOTE: u8 = b'N';
const HEAD_BYTES: usize = 5;

/// Encodes transactions as message bodies.
#[derive(Default)]
pub(crate) struct Encoder {
    /// The last `Relation` message of each table.
    relations: HashMap<u32, Vec<u8>>,
    /// The relations that this transaction already describes.
    described: HashSet<u32>,
    body: Vec<u8>,
}

impl Encoder {
    pub(crate) fn begin(&mut self, commit_at: Position, xid: u32) {
        self.described.clear();
        self.body.clear();
        let fields = [&commit_at.0.to_be_bytes()[..], &xid.to_be_bytes()];
        self.push(BEGIN, &fields.concat());
    }

    /// Remembers a `Relation` message for the transactions after it.
    pub(crate) fn remember(&mut self, change: &[u8]) {
        if let Some((b'R', relation)) = relation(change) {
            self.relations.insert(relation, change.to_owned());
        }
    }

    /// Adds a change. Postgres describes a relation once per session. Here each transaction
    /// describes its relations, so that it can be decoded without earlier messages.
    pub(crate) fn change(&mut self, change: &[u8]) {
        self.remember(change);
        match relation(change) {
            Some((b'R', relation)) => {
                self.described.insert(relation);
            }
            Some((b'I' | b'U' | b'D', relation)) if self.described.insert(relation) => {
                if let Some(description) = self.relations.remove(&relation) {
                    self.push(CHANGE, &description);
                    self.relations.insert(relation, description);
                }
            }
            Some(_) | None => {}
        }
        self.push(CHANGE, change);
    }

    pub(crate) fn note(&mut self, content: &[u8]) {
        self.push(NOTE, content);
    }

    pub(crate) fn end(&mut self, end: Position, time_us: i64) {
        let fields = [end.0.to_be_bytes(), time_us.to_be_bytes()];
        self.push(COMMIT, &fields.concat());
    }

    /// Removes a body of this size if the transaction has more bytes.
    pub(crate) fn take_full(&mut self, bytes: usize) -> Option<Vec<u8>> {
        if self.body.len() <= bytes {
            return None;
        }
        let rest = self.body.split_off(bytes);
        Some(std::mem::replace(&mut self.body, rest))
    }

    /// Removes the remaining bytes.
    pub(crate) fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }

    fn push(&mut self, kind: u8, content: &[u8]) {
        // Postgres sends no message of 4 GiB or more.
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        self.body.push(kind);
        self.body.extend_from_slice(&length.to_be_bytes());
        self.body.extend_from_slice(content);
    }
}

/// The kind and relation of a message about one relation.
fn relation(change: &[u8]) -> Option<(u8, u32)> {
    let (&kind, rest) = change.split_first()?;
    let number = rest.first_chunk::<4>()?;
    matches!(kind, b'R' | b'I' | b'U' | b'D').then(|| (kind, u32::from_be_bytes(*number)))
}

/// Decodes message bodies into events.
#[derive(Default)]
pub(crate) struct Decoder {
    /// The start of a frame that the next part continues.
    rest: Vec<u8>,
}

impl Decoder {
    /// Decodes the next part of a transaction.
    pub(crate) fn take(
        &mut self,
        body: &[u8],
        events: &mut VecDeque<Event>,
    ) -> Result<(), SessionError> {
        self.rest.extend_from_slice(body);
        let mut at = 0;
        while let Some((kind, content)) = frame(&self.rest[at..]) {
            events.push_back(event(kind, content).ok_or(UNREADABLE)?);
            at += HEAD_BYTES + content.len();
        }
        self.rest.drain(..at);
        Ok(())
    }

    /// Checks that a transaction ended with its last frame.
    pub(crate) fn finish(&self) -> Result<(), SessionError> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(UNREADABLE),
        }
    }
}

fn frame(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    Some((kind, rest.get(..length)?))
}

fn event(kind: u8, content: &[u8]) -> Option<Event> {
    let (first, rest) = content.split_first_chunk::<8>().unzip();
    let number = first.map(|bytes| u64::from_be_bytes(*bytes));
    Some(match kind {
        BEGIN => Event::Begin {
            commit_at: Position(number?),
            xid: u32::from_be_bytes(rest?.try_into().ok()?),
        },
        COMMIT => Event::Commit {
            end: Position(number?),
            time_us: i64::from_be_bytes(rest?.try_into().ok()?),
        },
        CHANGE => Event::Change(content.to_owned()),
        NOTE => Event::Message(content.to_owned()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label(from: u64, to: u64) -> Label {
        Label {
            origin: Origin {
                server: "system 7, timeline 1".to_owned(),
                database: "database \"rooms\", publication roost".to_owned(),
            },
            slot: "roost_publish".to_owned(),
            from: Position(from),
            to: Position(to),
            part: 3,
        }
    }

    #[test]
    fn a_label_reads_back_as_written() {
        let written = label(9, 1 << 40);
        assert_eq!(Label::read(&written.write()).unwrap(), written);
        assert!(written.is_last() && !label(9, 9).is_last());
    }

    #[test]
    fn a_label_with_reversed_positions_or_a_missing_header_is_rejected() {
        assert!(Label::read(&label(9, 8).write()).is_err());
        assert!(Label::read(&HeaderMap::new()).is_err());
    }

    #[test]
    fn each_transaction_describes_its_tables_before_their_first_change() {
        let described = b"R\0\0\0\x07columns".to_vec();
        let insert = b"I\0\0\0\x07row".to_vec();
        let mut encoder = Encoder::default();
        let mut transaction = |changes: &[&[u8]]| {
            encoder.begin(Position(1), 2);
            changes.iter().for_each(|change| encoder.change(change));
            decoded(&[encoder.take_rest()])[1..].to_vec()
        };
        let whole = [described.clone(), insert.clone(), insert.clone()].map(Event::Change);
        assert_eq!(transaction(&[&described, &insert, &insert]), whole);
        assert_eq!(transaction(&[&insert, &insert]), whole);
    }

    fn decoded(bodies: &[Vec<u8>]) -> Vec<Event> {
        let (mut decoder, mut events) = (Decoder::default(), VecDeque::new());
        for body in bodies {
            decoder.take(body, &mut events).unwrap();
        }
        decoder.finish().unwrap();
        events.into()
    }

    proptest! {
        #[test]
        fn a_transaction_reads_back_however_it_is_cut(
            changes in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
            note in prop::collection::vec(any::<u8>(), 0..9),
            bytes in 1usize..30,
        ) {
            let mut encoder = Encoder::default();
            let mut bodies = Vec::new();
            encoder.begin(Position(77), 5);
            let mut whole = vec![Event::Begin { commit_at: Position(77), xid: 5 }];
            for change in &changes {
                // Not a `Relation` message, which the encoder would repeat.
                let change = [b"T", &change[..]].concat();
                encoder.change(&change);
                while let Some(body) = encoder.take_full(bytes) {
                    bodies.push(body);
                }
                whole.push(Event::Change(change));
            }
            encoder.note(&note);
            encoder.end(Position(99), -4);
            whole.extend([Event::Message(note), Event::Commit { end: Position(99), time_us: -4 }]);
            bodies.push(encoder.take_rest());
            prop_assert_eq!(decoded(&bodies), whole);
        }

        #[test]
        fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut decoder = Decoder::default();
            let _ = decoder.take(&body, &mut VecDeque::new());
        }
    }
}
