//! Reads venues from CSV files with common column names.

use std::collections::HashSet;
use std::io::Read;

use crate::record::{FileError, ReadError, Record, Records, RowError};
use crate::rows::VenueRow;
use crate::{key, text};

/// Values that the file does not contain.
#[derive(Debug, Clone)]
pub struct VenueOptions {
    /// The country of rows without one, as a code of two capitals, ISO 3166.
    pub country: String,
    /// The source of the ids. A source and an id together identify a venue.
    pub source: String,
}

/// The accepted names of each column; the first is our own.
const ID: &[&str] = &["id", "venue_id", "code", "key"];
const NAME: &[&str] = &["name", "venue", "venue_name", "title"];
const LATITUDE: &[&str] = &["latitude", "lat", "y"];
const LONGITUDE: &[&str] = &["longitude", "lon", "lng", "long", "x"];
const CITY: &[&str] = &["city", "town"];
const KIND: &[&str] = &["kind", "type", "category"];
const ALIASES: &[&str] = &["aliases", "alias", "other_names"];
const ADDRESS: &[&str] = &["address", "street", "street_address"];
const STATE: &[&str] = &["state", "region", "province"];
const POSTAL_CODE: &[&str] = &[
    "postal_code",
    "postcode",
    "postalcode",
    "zip",
    "zip_code",
    "zipcode",
    "pin",
    "pincode",
];
const COUNTRY: &[&str] = &["country_code", "country"];

/// An iterator over the venues of a file.
pub struct Venues {
    records: Records,
    columns: Columns,
    options: VenueOptions,
    seen: HashSet<String>,
}

struct Columns {
    id: usize,
    name: usize,
    latitude: usize,
    longitude: usize,
    city: usize,
    kind: Option<usize>,
    aliases: Option<usize>,
    address: Option<usize>,
    state: Option<usize>,
    postal_code: Option<usize>,
    country: Option<usize>,
}

impl Venues {
    /// Reads the header of a plain or gzipped file. Fails if a required column is missing.
    pub fn read(
        input: impl Read + Send + 'static,
        options: VenueOptions,
    ) -> Result<Self, FileError> {
        if !is_country(&options.country) {
            return Err(FileError::Option {
                option: "country",
                value: options.country,
                expected: "a code of two capitals such as IN",
            });
        }
        let records = Records::open(input)?;
        let columns = Columns {
            id: records.required(ID)?,
            name: records.required(NAME)?,
            latitude: records.required(LATITUDE)?,
            longitude: records.required(LONGITUDE)?,
            city: records.required(CITY)?,
            kind: records.column(KIND),
            aliases: records.column(ALIASES),
            address: records.column(ADDRESS),
            state: records.column(STATE),
            postal_code: records.column(POSTAL_CODE),
            country: records.column(COUNTRY),
        };
        Ok(Self {
            records,
            columns,
            options,
            seen: HashSet::new(),
        })
    }
}

impl Iterator for Venues {
    type Item = Result<VenueRow, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.records.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(error)),
        };
        Some(row(&record, &self.columns, &self.options, &mut self.seen).map_err(ReadError::Row))
    }
}

fn row(
    record: &Record<'_>,
    columns: &Columns,
    options: &VenueOptions,
    seen: &mut HashSet<String>,
) -> Result<VenueRow, RowError> {
    let id = record.filled(columns.id)?;
    let name = text::plain(record.filled(columns.name)?);
    if name.is_empty() || name.chars().count() > 300 {
        return Err(record.error(Some(columns.name), &name, "a name of 1 to 300 characters"));
    }
    let city = text::plain(record.filled(columns.city)?);
    if city.is_empty() {
        return Err(record.error(Some(columns.city), &city, "the name of a city"));
    }
    let country_code = match record.text(columns.country)? {
        "" => options.country.clone(),
        code if is_country(code) => code.to_owned(),
        other => {
            return Err(record.error(columns.country, other, "a code of two capitals such as IN"));
        }
    };
    let venue = VenueRow {
        id: key::of("venue", &options.source, id),
        name,
        aliases: aliases(record.text(columns.aliases)?),
        kind: kind(record.text(columns.kind)?),
        address: text::plain(record.text(columns.address)?),
        city,
        state: text::plain(record.text(columns.state)?),
        postal_code: text::plain(record.text(columns.postal_code)?),
        country_code,
        latitude: record.number(columns.latitude, -90.0..=90.0)?,
        longitude: record.number(columns.longitude, -180.0..=180.0)?,
        external_source: options.source.clone(),
        external_id: id.to_owned(),
    };
    if !seen.insert(id.to_owned()) {
        return Err(record.error(Some(columns.id), id, "an id that no previous row has"));
    }
    Ok(venue)
}

/// Splits aliases at semicolons and bars. Commas are parts of names.
fn aliases(field: &str) -> Vec<String> {
    let mut aliases: Vec<String> = Vec::new();
    for alias in field.split([';', '|']).map(text::plain) {
        if !alias.is_empty() && !aliases.contains(&alias) {
            aliases.push(alias);
        }
    }
    aliases
}

/// Maps the kind in the file to the kinds of the schema.
fn kind(field: &str) -> &'static str {
    match field.to_lowercase().replace([' ', '-'], "_").as_str() {
        "university" => "university",
        "institute" => "institute",
        "college" | "community_college" => "college",
        "school" | "high_school" | "secondary_school" | "primary_school" => "school",
        "test_centre" | "test_center" | "exam_centre" | "exam_center" => "test_centre",
        _ => "other",
    }
}

pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(csv: &str) -> Result<Venues, FileError> {
        let options = VenueOptions {
            country: "US".to_owned(),
            source: "test".to_owned(),
        };
        Venues::read(Cursor::new(csv.as_bytes().to_vec()), options)
    }

    #[test]
    fn columns_are_found_by_common_names() {
        let csv = "Type,Venue,ID,LAT,lng,town,zip,alias\n\
            High School,\"Stuy, Manhattan\",7,40.7,-74,NEW YORK,10282,Stuyvesant | STUY; Stuy High |\n";
        let venue = read(csv).unwrap().next().unwrap().unwrap();
        assert_eq!(
            (venue.kind, venue.name.as_str()),
            ("school", "Stuy, Manhattan")
        );
        assert_eq!(venue.aliases, ["Stuyvesant", "STUY", "Stuy High"]);
        assert_eq!((venue.latitude, venue.longitude), (40.7, -74.0));
        assert_eq!(
            (venue.postal_code.as_str(), venue.country_code.as_str()),
            ("10282", "US")
        );
    }

    #[test]
    fn a_missing_column_is_one_error_with_its_name() {
        let error = read("id,name,lat,city\n1,a,0,b\n").map(|_| ()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("no column longitude") && text.contains("lng"),
            "{text}"
        );
        assert!(text.contains("id, name, lat, city"), "{text}");
    }

    #[test]
    fn invalid_rows_are_errors_and_the_rest_is_read() {
        let csv = "id,name,city,lat,lon\n1,a,x,91,0\n2,b,x,0,-181\n3,,x,0,0\n,d,x,0,0\n5,e,x,0,0\n\
            5,f,x,0,0\n6,g,,0,0\n7,h,x,NaN,0\n8,i,x,1.5,2\n";
        let rows: Vec<_> = read(csv).unwrap().collect();
        let good: Vec<_> = rows
            .iter()
            .flatten()
            .map(|venue| venue.external_id.as_str())
            .collect();
        let bad: Vec<_> = rows
            .iter()
            .filter_map(|row| match row {
                Err(ReadError::Row(error)) => Some((error.line, error.column.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(good, ["5", "8"]);
        let expected = [
            (2, "lat"),
            (3, "lon"),
            (4, "name"),
            (5, "id"),
            (7, "id"),
            (8, "city"),
            (9, "lat"),
        ];
        assert_eq!(bad, expected);
    }
}
