//! Iterates over the listings of a file.

use std::collections::HashSet;
use std::io::Read;

use super::columns::Columns;
use super::listing::{Listing, ListingOptions};
use super::row::Row;
use crate::record::{FileError, ReadError, Records};
use crate::venues::is_country;

/// An iterator over the listings of a file.
pub struct Listings {
    records: Records,
    columns: Columns,
    options: ListingOptions,
    seen: HashSet<String>,
}

impl Listings {
    /// Reads the header. Fails if a required column is missing.
    pub fn read(
        input: impl Read + Send + 'static,
        options: ListingOptions,
    ) -> Result<Self, FileError> {
        check(&options)?;
        let records = Records::open(input)?;
        let columns = Columns::find(&records)?;
        Ok(Self {
            records,
            columns,
            options,
            seen: HashSet::new(),
        })
    }
}

impl Iterator for Listings {
    type Item = Result<Listing, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.records.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(error)),
        };
        let row = Row {
            record,
            columns: &self.columns,
            options: &self.options,
        };
        Some(row.listing(&mut self.seen).map_err(ReadError::Row))
    }
}

fn check(options: &ListingOptions) -> Result<(), FileError> {
    if !is_country(&options.country) {
        return Err(FileError::Option {
            option: "country",
            value: options.country.clone(),
            expected: "a code of two capitals such as US",
        });
    }
    let currency = &options.currency;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(FileError::Option {
            option: "currency",
            value: currency.clone(),
            expected: "a code of three capitals such as USD",
        });
    }
    Ok(())
}
