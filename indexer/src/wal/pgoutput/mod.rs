//! Decodes `pgoutput` messages: protocol version 1, text format.
//!
//! The Postgres manual specifies them in "Logical Replication Message Formats". The bytes come from
//! a network, so a malformed message is an error and never a panic, and no length that the bytes
//! claim decides an allocation.

use roost_engine::Position;

use crate::error::DecodeError;

/// One message, which borrows the bytes that it was decoded from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Message<'a> {
    /// A transaction starts. The server sends it after its commit.
    Begin {
        commit_at: Position,
        xid: u32,
    },
    /// The transaction is complete; the next one starts at or after `end`.
    Commit {
        end: Position,
    },
    /// The transaction came from another server. Ignored.
    Origin,
    /// The columns of a table, before its first change.
    Relation(Relation<'a>),
    /// The name of a type that is not built in. Ignored.
    Type,
    Insert {
        relation: u32,
        new: Tuple<'a>,
    },
    Update {
        relation: u32,
        old: Option<Tuple<'a>>,
        new: Tuple<'a>,
    },
    Delete {
        relation: u32,
        old: Tuple<'a>,
    },
    Truncate {
        relations: Vec<u32>,
    },
    /// A message that a client wrote with `pg_logical_emit_message`.
    Logical {
        prefix: &'a str,
        content: &'a [u8],
    },
}

/// A table and its columns, in the order that the tuples after it have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Relation<'a> {
    pub(crate) id: u32,
    pub(crate) name: &'a str,
    /// The names of the columns.
    pub(crate) columns: Vec<&'a str>,
}

/// A row, with one field per column of its relation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tuple<'a>(pub(crate) Vec<Field<'a>>);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Field<'a> {
    Null,
    /// A large value that the update did not change; the server does not send it again.
    Unchanged,
    /// A value in its type's text format, which may not be valid UTF-8.
    Text(&'a [u8]),
}

impl<'a> Message<'a> {
    /// Decodes one whole message.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Message<'a>, DecodeError> {
        let mut input = Input { bytes, at: 0 };
        let message = match input.u8("no message type")? {
            b'B' => {
                let commit_at = input.position()?;
                input.skip(8)?;
                let xid = input.u32()?;
                Message::Begin { commit_at, xid }
            }
            b'C' => {
                input.skip(1 + 8)?;
                let end = input.position()?;
                input.skip(8)?;
                Message::Commit { end }
            }
            b'O' => {
                input.skip(8)?;
                input.name()?;
                Message::Origin
            }
            b'R' => Message::Relation(input.relation()?),
            b'Y' => {
                input.skip(4)?;
                input.name()?;
                input.name()?;
                Message::Type
            }
            b'I' => input.insert()?,
            b'U' => input.update()?,
            b'D' => input.delete()?,
            b'T' => input.truncate()?,
            b'M' => input.logical()?,
            _ => return Err(input.error("unknown message type")),
        };
        if input.at == bytes.len() {
            Ok(message)
        } else {
            Err(input.error("bytes after the end of the message"))
        }
    }
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn error(&self, what: &'static str) -> DecodeError {
        DecodeError {
            what,
            at: self.at,
            length: self.bytes.len(),
        }
    }

    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..length).ok_or_else(|| self.error(what))?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let taken = self.take(N, what)?;
        taken.try_into().map_err(|_| self.error(what))
    }

    fn skip(&mut self, length: usize) -> Result<(), DecodeError> {
        self.take(length, "cut short").map(drop)
    }

    fn u8(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array("cut short").map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array("cut short").map(u32::from_be_bytes)
    }

    fn position(&mut self) -> Result<Position, DecodeError> {
        let bytes = self.array("cut short")?;
        Ok(Position(u64::from_be_bytes(bytes)))
    }

    fn length(&mut self) -> Result<usize, DecodeError> {
        let length = self.array("cut short").map(i32::from_be_bytes)?;
        usize::try_from(length).map_err(|_| self.error("a negative length"))
    }

    /// Reads a name, which ends with a zero byte.
    fn name(&mut self) -> Result<&'a str, DecodeError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|&byte| byte == 0)
            .ok_or_else(|| self.error("an unterminated name"))?;
        let text =
            str::from_utf8(&rest[..length]).map_err(|_| self.error("a name that is not UTF-8"))?;
        self.at += length + 1;
        Ok(text)
    }

    fn relation(&mut self) -> Result<Relation<'a>, DecodeError> {
        let id = self.u32()?;
        self.name()?;
        let name = self.name()?;
        self.skip(1)?;
        let mut columns = Vec::new();
        for _ in 0..self.u16()? {
            self.skip(1)?;
            columns.push(self.name()?);
            self.skip(4 + 4)?;
        }
        Ok(Relation { id, name, columns })
    }

    fn insert(&mut self) -> Result<Message<'a>, DecodeError> {
        let relation = self.u32()?;
        match self.u8("an insert without a row")? {
            b'N' => Ok(Message::Insert {
                relation,
                new: self.tuple()?,
            }),
            _ => Err(self.error("an insert with a row of unknown kind")),
        }
    }

    fn update(&mut self) -> Result<Message<'a>, DecodeError> {
        let relation = self.u32()?;
        let mut kind = self.u8("an update without a row")?;
        let mut old = None;
        if matches!(kind, b'K' | b'O') {
            old = Some(self.tuple()?);
            kind = self.u8("an update without a new row")?;
        }
        if kind != b'N' {
            return Err(self.error("an update with a row of unknown kind"));
        }
        let new = self.tuple()?;
        Ok(Message::Update { relation, old, new })
    }

    fn delete(&mut self) -> Result<Message<'a>, DecodeError> {
        let relation = self.u32()?;
        match self.u8("a delete without a row")? {
            b'K' | b'O' => Ok(Message::Delete {
                relation,
                old: self.tuple()?,
            }),
            _ => Err(self.error("a delete with a row of unknown kind")),
        }
    }

    fn truncate(&mut self) -> Result<Message<'a>, DecodeError> {
        let count = self.length()?;
        self.skip(1)?;
        let mut relations = Vec::new();
        for _ in 0..count {
            relations.push(self.u32()?);
        }
        Ok(Message::Truncate { relations })
    }

    fn logical(&mut self) -> Result<Message<'a>, DecodeError> {
        self.skip(1 + 8)?;
        let prefix = self.name()?;
        let length = self.length()?;
        let content = self.take(length, "cut short")?;
        Ok(Message::Logical { prefix, content })
    }

    fn tuple(&mut self) -> Result<Tuple<'a>, DecodeError> {
        let mut fields = Vec::new();
        for _ in 0..self.u16()? {
            fields.push(match self.u8("a row cut short")? {
                b'n' => Field::Null,
                b'u' => Field::Unchanged,
                b't' => {
                    let length = self.length()?;
                    Field::Text(self.take(length, "a value cut short")?)
                }
                b'b' => return Err(self.error("a binary value in text mode")),
                _ => return Err(self.error("a value of unknown kind")),
            });
        }
        Ok(Tuple(fields))
    }
}

#[cfg(test)]
mod tests;
