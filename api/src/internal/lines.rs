//! The in-memory state as JSON lines: a header, one line per owner, one per document with booked
//! nights, and an end line that shows that the response is complete.

use roost_engine::{BusyDays, Date, DateRange, Key, Position, Signals};
use serde::{Deserialize, Serialize};

/// The values that searches read beside the index, as of one position of the source.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryState {
    /// The state contains every change up to this position, and no other.
    pub position: Position,
    /// The owners that have signals.
    pub signals: Vec<(Key, Signals)>,
    /// The booked nights of rooms.
    pub nights: BusyDays,
}

/// Reads the response of [`MEMORY_STATE_PATH`](super::MEMORY_STATE_PATH) piece by piece, so that
/// no more than one line waits in memory as text.
#[derive(Debug, Default)]
pub struct MemoryStateDecoder {
    rest: Vec<u8>,
    header: Option<(Position, DateRange)>,
    signals: Vec<(Key, Signals)>,
    documents: Vec<(Key, Vec<DateRange>)>,
    is_complete: bool,
}

/// Why a response is not an in-memory state.
#[derive(Debug, thiserror::Error)]
pub enum MemoryStateFormatError {
    /// A line is not one of the expected JSON objects.
    #[error("a line cannot be read")]
    Json(#[from] serde_json::Error),
    /// A line is longer than any that a node writes.
    #[error("a line is longer than {LINE_BYTES_MAX} bytes")]
    LineTooLong,
    /// A stay has no nights, or a date does not exist.
    #[error("the stay from {0} to {1} does not exist")]
    Stay(String, String),
    /// Lines come in another order, or after the end.
    #[error("a line is out of order")]
    Order,
    /// The response ends before its end line, or lines are missing.
    #[error("the response is incomplete")]
    Incomplete,
}

/// Chunks of the response have about this size.
const CHUNK_BYTES: usize = 64 << 10;
/// A line lists the stays of one room within 512 nights at most.
const LINE_BYTES_MAX: usize = 64 << 10;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    State { position: Position, window: Dates },
    Owner { key: Key, signals: Signals },
    Nights { key: Key, stays: Vec<Dates> },
    End { owners: usize, documents: usize },
}

/// Check-in and check-out.
#[derive(Serialize, Deserialize)]
struct Dates(String, String);

/// Encodes a state in chunks; each is made when it is due, so that the text is never whole in
/// memory.
pub(super) fn chunks(state: MemoryState) -> impl Iterator<Item = serde_json::Result<Vec<u8>>> {
    let header = Line::State {
        position: state.position,
        window: Dates::of(state.nights.window),
    };
    let end = Line::End {
        owners: state.signals.len(),
        documents: state.nights.documents.len(),
    };
    let owners = state.signals.into_iter();
    let owners = owners.map(|(key, signals)| Line::Owner { key, signals });
    let documents = state.nights.documents.into_iter();
    let documents = documents.map(|(key, stays)| Line::Nights {
        key,
        stays: stays.into_iter().map(Dates::of).collect(),
    });
    let mut lines = std::iter::once(header)
        .chain(owners)
        .chain(documents)
        .chain(std::iter::once(end));
    std::iter::from_fn(move || {
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK_BYTES {
            let Some(line) = lines.next() else { break };
            if let Err(error) = serde_json::to_writer(&mut chunk, &line) {
                return Some(Err(error));
            }
            chunk.push(b'\n');
        }
        (!chunk.is_empty()).then_some(Ok(chunk))
    })
}

impl MemoryStateDecoder {
    /// Takes the next bytes of the response.
    ///
    /// # Errors
    /// If they are not part of an in-memory state.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), MemoryStateFormatError> {
        let mut bytes = bytes;
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            self.rest.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            let line = serde_json::from_slice(&self.rest)?;
            self.rest.clear();
            self.take(line)?;
        }
        self.rest.extend_from_slice(bytes);
        if self.rest.len() > LINE_BYTES_MAX {
            return Err(MemoryStateFormatError::LineTooLong);
        }
        Ok(())
    }

    /// Returns the state after the last bytes.
    ///
    /// # Errors
    /// If the response was cut off.
    pub fn finish(self) -> Result<MemoryState, MemoryStateFormatError> {
        match self.header {
            Some((position, window)) if self.is_complete && self.rest.is_empty() => {
                Ok(MemoryState {
                    position,
                    signals: self.signals,
                    nights: BusyDays {
                        window,
                        documents: self.documents,
                    },
                })
            }
            _ => Err(MemoryStateFormatError::Incomplete),
        }
    }

    fn take(&mut self, line: Line) -> Result<(), MemoryStateFormatError> {
        let is_first = matches!(line, Line::State { .. });
        if self.is_complete || is_first != self.header.is_none() {
            return Err(MemoryStateFormatError::Order);
        }
        match line {
            Line::State { position, window } => self.header = Some((position, window.stay()?)),
            Line::Owner { key, signals } => self.signals.push((key, signals)),
            Line::Nights { key, stays } => {
                let stays = stays.into_iter().map(Dates::stay);
                self.documents.push((key, stays.collect::<Result<_, _>>()?));
            }
            Line::End { owners, documents } => {
                if (owners, documents) != (self.signals.len(), self.documents.len()) {
                    return Err(MemoryStateFormatError::Incomplete);
                }
                self.is_complete = true;
            }
        }
        Ok(())
    }
}

impl Dates {
    fn of(stay: DateRange) -> Dates {
        Dates(stay.start().to_string(), stay.end().to_string())
    }

    fn stay(self) -> Result<DateRange, MemoryStateFormatError> {
        let date = |text: &str| text.parse::<Date>().ok();
        let stay = date(&self.0).zip(date(&self.1));
        stay.and_then(|(check_in, check_out)| DateRange::new(check_in, check_out).ok())
            .ok_or(MemoryStateFormatError::Stay(self.0, self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(from: i32, to: i32) -> DateRange {
        DateRange::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    fn state(owners: u128, documents: u128) -> MemoryState {
        let signals = |n: u128| Signals {
            capacity_total: u32::try_from(n).unwrap(),
            ..Signals::default()
        };
        let stays = vec![stay(20_000, 20_003), stay(20_010, 20_011)];
        MemoryState {
            position: Position(0x16_B374_D848),
            signals: (0..owners)
                .map(|n| (Key::from_u128(n), signals(n)))
                .collect(),
            nights: BusyDays {
                window: stay(20_000, 20_400),
                documents: (0..documents)
                    .map(|n| (Key::from_u128(n), stays.clone()))
                    .collect(),
            },
        }
    }

    fn text(state: MemoryState) -> Vec<u8> {
        chunks(state).flat_map(Result::unwrap).collect()
    }

    fn decoded(
        pieces: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<MemoryState, MemoryStateFormatError> {
        let mut decoder = MemoryStateDecoder::default();
        for piece in pieces {
            decoder.push(&piece)?;
        }
        decoder.finish()
    }

    #[test]
    fn a_state_reads_back_however_its_bytes_are_split() {
        for (owners, documents) in [(0, 0), (3, 2), (1_000, 1_000)] {
            let state = state(owners, documents);
            let chunks = chunks(state.clone()).map(Result::unwrap);
            assert_eq!(decoded(chunks).unwrap(), state);
            let pieces = text(state.clone());
            let pieces = pieces.chunks(7).map(<[u8]>::to_vec);
            assert_eq!(decoded(pieces).unwrap(), state);
        }
    }

    #[test]
    fn chunks_are_bounded_however_large_the_state_is() {
        let sizes: Vec<usize> = chunks(state(5_000, 5_000))
            .map(|chunk| chunk.unwrap().len())
            .collect();
        assert!(sizes.len() > 5, "{sizes:?}");
        let largest = sizes.into_iter().max().unwrap();
        assert!(largest <= CHUNK_BYTES + LINE_BYTES_MAX, "{largest}");
    }

    #[test]
    fn a_response_that_was_cut_off_or_altered_is_an_error() {
        let whole = text(state(2, 2));
        for length in 0..whole.len() {
            assert!(decoded([whole[..length].to_vec()]).is_err(), "{length}");
        }
        let lines: Vec<Vec<u8>> = whole
            .split_inclusive(|&byte| byte == b'\n')
            .map(Into::into)
            .collect();
        let without_an_owner = [&lines[..1], &lines[2..]].concat();
        assert!(decoded(without_an_owner).is_err());
        let twice = [lines.clone(), lines].concat();
        assert!(decoded(twice).is_err());
        assert!(decoded([vec![b'x'; LINE_BYTES_MAX + 1]]).is_err());
    }
}
