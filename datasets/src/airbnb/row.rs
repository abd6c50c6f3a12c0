//! Converts one record into a room and its landlord.

use std::collections::HashSet;

use super::amenities;
use super::columns::Columns;
use super::derive::{DerivedLandlord, DerivedRoom};
use super::listing::{Listing, ListingOptions, SOURCE};
use crate::key;
use crate::record::{Record, RowError};
use crate::rows::{LandlordRow, RoomRow};
use crate::text::{plain, shortened};

/// The display name of a host without a name in the file.
pub fn nameless(host_id: &str) -> String {
    shortened(format!("Host {host_id}"), 200)
}

/// A record with the columns and options to read it by.
pub(super) struct Row<'a> {
    pub(super) record: Record<'a>,
    pub(super) columns: &'a Columns,
    pub(super) options: &'a ListingOptions,
}

impl Row<'_> {
    pub(super) fn listing(&self, seen: &mut HashSet<String>) -> Result<Listing, RowError> {
        let id = self.record.filled(self.columns.id)?;
        let landlord = self.landlord()?;
        let room = self.room(id, &landlord)?;
        if !seen.insert(id.to_owned()) {
            let expected = "an id that no previous row has";
            return Err(self.record.error(Some(self.columns.id), id, expected));
        }
        Ok(Listing { room, landlord })
    }

    fn room(&self, id: &str, landlord: &LandlordRow) -> Result<RoomRow, RowError> {
        let columns = self.columns;
        let room_type = self.room_type()?;
        let derived = DerivedRoom::new(id, room_type);
        let amenities = match self.record.text(columns.amenities)? {
            "" => derived.amenities,
            list => amenities::parse_list(list)
                .ok_or_else(|| self.expected(columns.amenities, list, "a list of amenities"))?,
        };
        let review_count = self
            .record
            .whole(columns.reviews, 0..=i32::MAX)?
            .unwrap_or(0);
        let occupancy = self
            .record
            .whole(columns.accommodates, 0..=100)?
            .filter(|n| *n > 0);
        let neighbourhood = plain(self.record.text(columns.neighbourhood)?);
        let group = plain(self.record.text(columns.neighbourhood_group)?);
        let city = self.options.city.clone().unwrap_or_else(|| group.clone());
        let parts = [neighbourhood.as_str(), group.as_str(), city.as_str()];
        Ok(RoomRow {
            id: key::of("room", SOURCE, id),
            landlord_id: landlord.id,
            title: self.title(&neighbourhood)?,
            description: shortened(plain(self.record.text(columns.description)?), 20_000),
            address: shortened(address(&parts), 500),
            locality: shortened(neighbourhood, 200),
            city: shortened(city, 200),
            postal_code: String::new(),
            country_code: self.options.country.clone(),
            latitude: self.record.number(columns.latitude, -90.0..=90.0)?,
            longitude: self.record.number(columns.longitude, -180.0..=180.0)?,
            price: self.price()?,
            currency: self.options.currency.clone(),
            occupancy: occupancy.map_or(derived.occupancy, |number| number as i16),
            room_type,
            amenities,
            minimum_nights: self
                .record
                .whole(columns.minimum_nights, 1..=10_000)?
                .unwrap_or(1),
            floor: None,
            rating_average: self.rating()?.filter(|_| review_count > 0),
            review_count,
            status: "listed",
            verified_at_s: None,
            external_source: SOURCE.to_owned(),
            external_id: id.to_owned(),
        })
    }

    fn landlord(&self) -> Result<LandlordRow, RowError> {
        let columns = self.columns;
        let id = self.record.filled(columns.host_id)?;
        let listings = self
            .record
            .whole(columns.host_listings, 0..=1_000_000)?
            .unwrap_or(1);
        let derived = DerivedLandlord::new(id, listings);
        let name = shortened(plain(self.record.text(columns.host_name)?), 200);
        Ok(LandlordRow {
            id: key::of("landlord", SOURCE, id),
            user_id: key::of("user", SOURCE, id),
            display_name: if name.is_empty() { nameless(id) } else { name },
            total_capacity: derived.total_capacity,
            active_contracts: derived.active_contracts,
            is_available: true,
            last_active_at_s: self.options.now_s - derived.inactive_s,
            acceptance_rate: self.acceptance()?.unwrap_or(derived.acceptance_rate),
            response_time_s_average: match columns.host_response_time {
                Some(_) => self.response_time()?,
                None => Some(derived.response_time_s),
            },
            external_source: SOURCE.to_owned(),
            external_id: id.to_owned(),
        })
    }

    /// The name of the listing. If it is empty or contains only markup, the title consists of room
    /// type and neighbourhood, as on the pages of the source.
    fn title(&self, neighbourhood: &str) -> Result<String, RowError> {
        let name = plain(self.record.text(Some(self.columns.name))?);
        if !name.is_empty() {
            return Ok(shortened(name, 300));
        }
        let kind = self.record.text(Some(self.columns.room_type))?;
        Ok(match neighbourhood {
            "" => kind.to_owned(),
            place => shortened(format!("{kind} in {place}"), 300),
        })
    }

    fn room_type(&self) -> Result<&'static str, RowError> {
        let column = self.columns.room_type;
        let text = self.record.text(Some(column))?;
        Ok(match text.to_lowercase().as_str() {
            "entire home/apt" => "entire_place",
            "private room" => "private_room",
            "shared room" => "shared_room",
            "hotel room" => "hotel_room",
            _ => {
                let expected = "Entire home/apt, Private room, Shared room or Hotel room";
                return Err(self.expected(Some(column), text, expected));
            }
        })
    }

    /// Parses a price such as `$1,234.00` or `120`. In the source a price of 0 means unknown.
    fn price(&self) -> Result<Option<f64>, RowError> {
        const PRICE_MAX: f64 = 9_999_999_999.0;
        let text = self.record.text(self.columns.price)?;
        let bare =
            text.trim_start_matches(|ch: char| !ch.is_ascii_digit() && ch != '-' && ch != '.');
        let is_sign_only = text.len() - bare.len() <= 4;
        if text.is_empty() {
            return Ok(None);
        }
        match bare.replace(',', "").parse::<f64>() {
            Ok(price) if is_sign_only && (0.0..=PRICE_MAX).contains(&price) => {
                Ok(Some((price * 100.0).round() / 100.0).filter(|price| *price > 0.0))
            }
            _ => Err(self.expected(self.columns.price, text, "a price such as 120 or $1,234.00")),
        }
    }

    /// Parses a rating from 0 to 5. Files before 2021 use a scale to 100.
    fn rating(&self) -> Result<Option<f64>, RowError> {
        let Some(column) = self.columns.rating else {
            return Ok(None);
        };
        if is_missing(self.record.text(Some(column))?) {
            return Ok(None);
        }
        let rating = self.record.number(column, 0.0..=100.0)?;
        Ok(Some(if rating > 5.0 { rating / 20.0 } else { rating }))
    }

    /// Parses a percentage such as `97%`.
    fn acceptance(&self) -> Result<Option<f64>, RowError> {
        let column = self.columns.host_acceptance_rate;
        let text = self.record.text(column)?;
        if is_missing(text) {
            return Ok(None);
        }
        match text.trim_end_matches('%').parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Some(percent / 100.0)),
            _ => Err(self.expected(column, text, "a share from 0% to 100%, or N/A")),
        }
    }

    /// Returns a typical duration for the category in the source. `N/A` means that the host has not
    /// responded yet.
    fn response_time(&self) -> Result<Option<f64>, RowError> {
        let column = self.columns.host_response_time;
        let text = self.record.text(column)?;
        if is_missing(text) {
            return Ok(None);
        }
        Ok(Some(match text {
            "within an hour" => 30.0 * 60.0,
            "within a few hours" => 3.0 * 3600.0,
            "within a day" => 12.0 * 3600.0,
            "a few days or more" => 3.0 * 86_400.0,
            _ => {
                let expected = "within an hour, within a few hours, within a day, \
                    a few days or more, or N/A";
                return Err(self.expected(column, text, expected));
            }
        }))
    }

    fn expected(&self, column: Option<usize>, value: &str, expected: &str) -> RowError {
        self.record.error(column, value, expected)
    }
}

fn is_missing(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("n/a")
}

/// Joins the parts that are not empty, without duplicates.
fn address(parts: &[&str]) -> String {
    let mut used: Vec<&str> = Vec::new();
    for part in parts {
        if !part.is_empty() && !used.contains(part) {
            used.push(part);
        }
    }
    used.join(", ")
}
