//! The ids of live events: from which point a client resumes.

use std::fmt::{self, Write};

use roost_market::pool::live::Seen;

use super::message::Audience;
use crate::http::error::ApiError;

/// The header that a client sends when it resumes, in which errors name it.
const LAST_EVENT_ID: &str = "last-event-id";

/// The ids of a client that received more events since its last snapshot are not that long.
const CHARS_MAX: usize = 12 * 1024;

/// How far back a client can resume.
const KEPT_S: i64 = 7 * 24 * 3600;

const EXPECTED: &str = "the id of an event of this stream, at most 7 days old";

/// What a client has received: all events of the transactions that a snapshot sees, and some more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResumePosition {
    pub(super) origin: Origin,
    pub(super) seen: Seen,
    /// When the snapshot was taken, in seconds of Unix time.
    pub(super) as_of_s: i64,
    /// The ids of events of other transactions.
    pub(super) received: Vec<i64>,
}

/// Which stream an id belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) audience: Audience,
    /// The server and the database, whose transactions others do not know.
    pub(super) database: u64,
}

impl ResumePosition {
    /// Reads the id that a client sends of its last event.
    pub(super) fn read(text: &str, stream: Origin, now_s: i64) -> Result<ResumePosition, ApiError> {
        let invalid = || ApiError::parameter(LAST_EVENT_ID, text, EXPECTED);
        let position = ResumePosition::parse(text).ok_or_else(invalid)?;
        if position.origin != stream {
            let hint = "this is the id of another stream or of another database";
            return Err(invalid().with_hint(hint));
        }
        if position.as_of_s < now_s - KEPT_S {
            return Err(ApiError::gone(LAST_EVENT_ID, text, EXPECTED));
        }
        if position.as_of_s > now_s + 60 {
            return Err(invalid());
        }
        Ok(position)
    }

    /// The error for a snapshot of transactions that do not exist here.
    pub(super) fn unknown(&self) -> ApiError {
        ApiError::parameter(LAST_EVENT_ID, &self.to_string(), EXPECTED)
            .with_hint("this is the id of another database")
    }

    /// The error for a client that has missed too many events.
    pub(super) fn too_far_behind(&self) -> ApiError {
        ApiError::gone(LAST_EVENT_ID, &self.to_string(), EXPECTED)
            .with_hint("too many events have happened since; read the list again")
    }

    fn parse(text: &str) -> Option<ResumePosition> {
        if text.len() > CHARS_MAX {
            return None;
        }
        let mut parts = text.splitn(5, '.');
        let audience = Audience::of_mark(parts.next()?)?;
        let database = parts.next()?;
        let database = u64::from_str_radix(database, 16)
            .ok()
            .filter(|it| format!("{it:016x}") == database)?;
        let as_of_s = parts.next()?.parse().ok()?;
        let seen = parts.next()?.parse().ok()?;
        let received = match parts.next() {
            None => Vec::new(),
            Some(ids) => {
                let ids = ids.split(',').map(|id| id.parse().ok());
                ids.collect::<Option<Vec<i64>>>()?
            }
        };
        Some(ResumePosition {
            origin: Origin { audience, database },
            seen,
            as_of_s,
            received,
        })
    }
}

impl fmt::Display for ResumePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin { audience, database } = self.origin;
        let (mark, as_of_s, seen) = (audience.mark(), self.as_of_s, &self.seen);
        write!(f, "{mark}.{database:016x}.{as_of_s}.{seen}")?;
        for (index, id) in self.received.iter().enumerate() {
            f.write_char(if index == 0 { '.' } else { ',' })?;
            write!(f, "{id}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_764_590_000;

    fn origin(audience: Audience, database: u64) -> Origin {
        Origin { audience, database }
    }

    fn position(received: &[i64]) -> ResumePosition {
        ResumePosition {
            origin: origin(Audience::Landlord, 0xa1),
            seen: "10:20:10,14".parse().unwrap(),
            as_of_s: NOW_S - 5,
            received: received.to_vec(),
        }
    }

    #[test]
    fn an_id_reads_back() {
        for received in [&[][..], &[7], &[7, 9]] {
            let id = position(received).to_string();
            let read = ResumePosition::read(&id, position(&[]).origin, NOW_S).unwrap();
            assert_eq!(read, position(received));
            assert!(id.bytes().all(|byte| byte.is_ascii_graphic()), "{id}");
        }
    }

    #[test]
    fn an_id_of_another_stream_an_old_one_and_other_text_are_rejected() {
        let id = position(&[7]).to_string();
        for other in [
            origin(Audience::Student, 0xa1),
            origin(Audience::Landlord, 0xa2),
        ] {
            let error = ResumePosition::read(&id, other, NOW_S).unwrap_err();
            assert!(error.to_string().contains("another stream"), "{error}");
        }
        let stream = position(&[]).origin;
        let week_later = NOW_S + KEPT_S;
        let error = ResumePosition::read(&id, stream, week_later).unwrap_err();
        assert!(error.to_string().contains("at most 7 days old"), "{error}");
        assert!(ResumePosition::read(&id, stream, NOW_S - 3_600).is_err());
        let long = format!("{id}{}", ",1".repeat(10_000));
        for bad in ["", "17", "f", &id[..10], &id.replace('f', "x"), &long] {
            assert!(ResumePosition::read(bad, stream, NOW_S).is_err(), "{bad}");
        }
    }
}
