//! Converts a row into what the engine stores: a document, an owner's signals or a signal of a
//! document.

mod document;
mod signal;
mod values;

use roost_collections::{DeclaredSignal, SignalSource};
use roost_engine::{Collection, Document, Key, Signals};

pub(crate) use self::document::stored;
pub(crate) use self::signal::BusyRow;
use self::values::{Values, not_negative};
use super::literal;
use super::row::{Row, RowError};
use super::table::{Target, landlords};

/// The version of the conversion. A change makes nodes rebuild the indexes of older versions.
pub(crate) const CONVERSION: u32 = 4;

/// The result of converting a row.
#[derive(Debug)]
pub(crate) enum Converted {
    Document(Collection, Box<Document>),
    Signals(Key, Signals),
    /// By the key of the row; `None` if the row makes no days busy.
    Days(DeclaredSignal, Key, Option<BusyRow>),
    /// The number of the document with this key.
    Number(DeclaredSignal, Key, f64),
}

/// Converts a row that has all of its values.
pub(crate) fn convert(row: Row) -> Result<Converted, RowError> {
    let (table, key) = (row.table, row.key()?);
    let mut values = Values::new(row, key);
    Ok(match table.target() {
        Target::Documents(declared) => {
            let document = document::document(declared, &mut values)?;
            Converted::Document(declared.collection, Box::new(document))
        }
        Target::LandlordSignals => Converted::Signals(key, signals(&mut values)?),
        Target::DocumentSignal(signal) => match signal.declaration.source {
            SignalSource::Days {
                statuses,
                busy_statuses,
                ..
            } => {
                let row = signal::busy_row(&mut values, statuses, busy_statuses)?;
                Converted::Days(signal, key, row)
            }
            SignalSource::Number { .. } => {
                Converted::Number(signal, key, signal::number(&mut values)?)
            }
        },
    })
}

fn signals(values: &mut Values) -> Result<Signals, RowError> {
    const HIGH_ACCEPTANCE_ABOVE: f64 = 0.8;
    const FAST_RESPONSE_BELOW_S: f64 = 3600.0;
    let accepted = values.parsed(landlords::ACCEPTANCE_RATE, not_negative)?;
    let response_s = values.parsed_or_null(landlords::RESPONSE_TIME_S_AVERAGE, not_negative)?;
    Ok(Signals {
        capacity_total: values.parsed(landlords::TOTAL_CAPACITY, whole)?,
        capacity_used: values.parsed(landlords::ACTIVE_CONTRACTS, whole)?,
        active_at_s: values.parsed(landlords::LAST_ACTIVE_AT, |text| {
            literal::seconds(text).ok_or_else(|| "is not a time in ISO format".to_owned())
        })?,
        high_acceptance: accepted > HIGH_ACCEPTANCE_ABOVE,
        fast_response: response_s.is_some_and(|seconds| seconds < FAST_RESPONSE_BELOW_S),
        available: values.parsed(landlords::IS_AVAILABLE, |text| {
            literal::boolean(text).ok_or_else(|| "is not t or f".to_owned())
        })?,
    })
}

fn whole<N: TryFrom<u64>>(text: &str) -> Result<N, String> {
    let number = text.parse::<u64>().ok();
    number
        .and_then(|number| N::try_from(number).ok())
        .ok_or_else(|| "is not a whole number within the range of the index".to_owned())
}

#[cfg(test)]
mod tests;
