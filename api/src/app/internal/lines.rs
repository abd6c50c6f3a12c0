//! The in-memory state as JSON lines: a header, one line per owner, the signals of documents, and
//! an end line that shows that the response is complete.
//!
//! A signal of documents starts with a line that names it; one line per document follows.

use roost_engine::{BusyDays, Date, DateRange, Key, Position, Signals};
use serde::{Deserialize, Serialize};

/// The values that searches read beside the index, as of one position of the source.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryState {
    /// The state contains every change up to this position, and no other.
    pub position: Position,
    /// The owners that have signals.
    pub signals: Vec<(Key, Signals)>,
    /// The signals of days of documents.
    pub days: Vec<SignalState<BusyDays>>,
    /// The signals of numbers of documents: those that differ from the default.
    pub numbers: Vec<SignalState<Vec<(Key, f64)>>>,
}

/// The values of one signal of documents.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalState<V> {
    /// The name of the collection.
    pub collection: String,
    /// The name of the signal.
    pub signal: String,
    /// The values.
    pub values: V,
}

/// Reads the response of [`MEMORY_STATE_PATH`](super::MEMORY_STATE_PATH) piece by piece, so that
/// no more than one line waits in memory as text.
#[derive(Debug, Default)]
pub struct MemoryStateDecoder {
    rest: Vec<u8>,
    position: Option<Position>,
    signals: Vec<(Key, Signals)>,
    days: Vec<SignalState<BusyDays>>,
    numbers: Vec<SignalState<Vec<(Key, f64)>>>,
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
    /// A range has no days, or a date does not exist.
    #[error("the days from {0} to {1} do not exist")]
    Days(String, String),
    /// A text is not a number.
    #[error("{0:?} is not a number")]
    Number(String),
    /// Lines come in another order, or after the end.
    #[error("a line is out of order")]
    Order,
    /// The response ends before its end line, or lines are missing.
    #[error("the response is incomplete")]
    Incomplete,
}

/// Chunks of the response have about this size.
const CHUNK_BYTES: usize = 64 << 10;
/// A line lists the busy days of one document within 512 days at most.
const LINE_BYTES_MAX: usize = 64 << 10;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    State {
        position: Position,
    },
    Owner {
        key: Key,
        signals: Signals,
    },
    /// The documents of the following lines have this signal of days.
    DaySignal {
        collection: String,
        signal: String,
        window: Dates,
    },
    Days {
        key: Key,
        ranges: Vec<Dates>,
    },
    /// The documents of the following lines have this signal of a number.
    NumberSignal {
        collection: String,
        signal: String,
    },
    Number {
        key: Key,
        /// As text, because the parser of JSON rounds the last digit of some numbers.
        value: String,
    },
    End {
        owners: usize,
        signals: usize,
        documents: usize,
    },
}

/// The first day, and the day after the last one.
#[derive(Serialize, Deserialize)]
struct Dates(String, String);

/// Encodes a state in chunks; each is made when it is due, so that the text is never whole in
/// memory.
pub(super) fn chunks(state: MemoryState) -> impl Iterator<Item = serde_json::Result<Vec<u8>>> {
    let header = Line::State {
        position: state.position,
    };
    let end = Line::End {
        owners: state.signals.len(),
        signals: state.days.len() + state.numbers.len(),
        documents: documents(&state.days, &state.numbers),
    };
    let owners = state.signals.into_iter();
    let owners = owners.map(|(key, signals)| Line::Owner { key, signals });
    let days = state.days.into_iter().flat_map(day_lines);
    let numbers = state.numbers.into_iter().flat_map(number_lines);
    let mut lines = std::iter::once(header)
        .chain(owners)
        .chain(days)
        .chain(numbers)
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

fn day_lines(state: SignalState<BusyDays>) -> impl Iterator<Item = Line> {
    let BusyDays { window, documents } = state.values;
    let header = Line::DaySignal {
        collection: state.collection,
        signal: state.signal,
        window: Dates::of(window),
    };
    let documents = documents.into_iter().map(|(key, ranges)| Line::Days {
        key,
        ranges: ranges.into_iter().map(Dates::of).collect(),
    });
    std::iter::once(header).chain(documents)
}

fn number_lines(state: SignalState<Vec<(Key, f64)>>) -> impl Iterator<Item = Line> {
    let header = Line::NumberSignal {
        collection: state.collection,
        signal: state.signal,
    };
    let numbers = state.values.into_iter();
    let numbers = numbers.map(|(key, value)| Line::Number {
        key,
        value: value.to_string(),
    });
    std::iter::once(header).chain(numbers)
}

/// The number of documents with a value of some signals.
fn documents(days: &[SignalState<BusyDays>], numbers: &[SignalState<Vec<(Key, f64)>>]) -> usize {
    let days = days.iter().map(|state| state.values.documents.len());
    let numbers = numbers.iter().map(|state| state.values.len());
    days.chain(numbers).sum()
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
        match self.position {
            Some(position) if self.is_complete && self.rest.is_empty() => Ok(MemoryState {
                position,
                signals: self.signals,
                days: self.days,
                numbers: self.numbers,
            }),
            _ => Err(MemoryStateFormatError::Incomplete),
        }
    }

    fn take(&mut self, line: Line) -> Result<(), MemoryStateFormatError> {
        let is_first = matches!(line, Line::State { .. });
        if self.is_complete || is_first != self.position.is_none() {
            return Err(MemoryStateFormatError::Order);
        }
        match line {
            Line::State { position } => self.position = Some(position),
            Line::Owner { key, signals } => self.signals.push((key, signals)),
            Line::DaySignal {
                collection,
                signal,
                window,
            } => {
                let (window, documents) = (window.range()?, Vec::new());
                self.days.push(SignalState {
                    collection,
                    signal,
                    values: BusyDays { window, documents },
                });
            }
            Line::Days { key, ranges } => {
                let ranges = ranges.into_iter().map(Dates::range);
                let of_document = (key, ranges.collect::<Result<_, _>>()?);
                let last = self.days.last_mut().ok_or(MemoryStateFormatError::Order)?;
                last.values.documents.push(of_document);
            }
            Line::NumberSignal { collection, signal } => self.numbers.push(SignalState {
                collection,
                signal,
                values: Vec::new(),
            }),
            Line::Number { key, value } => {
                let number = value.parse();
                let value = number.map_err(|_| MemoryStateFormatError::Number(value))?;
                let last = self.numbers.last_mut();
                let last = last.ok_or(MemoryStateFormatError::Order)?;
                last.values.push((key, value));
            }
            Line::End {
                owners,
                signals,
                documents: count,
            } => {
                let found = (
                    self.signals.len(),
                    self.days.len() + self.numbers.len(),
                    documents(&self.days, &self.numbers),
                );
                if (owners, signals, count) != found {
                    return Err(MemoryStateFormatError::Incomplete);
                }
                self.is_complete = true;
            }
        }
        Ok(())
    }
}

impl Dates {
    fn of(range: DateRange) -> Dates {
        Dates(range.start().to_string(), range.end().to_string())
    }

    fn range(self) -> Result<DateRange, MemoryStateFormatError> {
        let date = |text: &str| text.parse::<Date>().ok();
        let range = date(&self.0).zip(date(&self.1));
        range
            .and_then(|(start, end)| DateRange::new(start, end).ok())
            .ok_or(MemoryStateFormatError::Days(self.0, self.1))
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
            days: vec![SignalState {
                collection: "rooms".to_owned(),
                signal: "nights".to_owned(),
                values: BusyDays {
                    window: stay(20_000, 20_400),
                    documents: (0..documents)
                        .map(|n| (Key::from_u128(n), stays.clone()))
                        .collect(),
                },
            }],
            numbers: ["exposure", "views"]
                .map(|signal| SignalState {
                    collection: "requests".to_owned(),
                    signal: signal.to_owned(),
                    values: (0..documents)
                        .map(|n| (Key::from_u128(n), 1e20 / (3 + n) as f64))
                        .collect(),
                })
                .into(),
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
