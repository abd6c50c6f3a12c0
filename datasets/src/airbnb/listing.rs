//! A listing, and the options that its file does not contain.

use crate::rows::{LandlordRow, RoomRow};

/// The `external_source` of imported listings. Listing ids are Airbnb's, so files of different
/// months refer to the same rooms.
pub const SOURCE: &str = "inside-airbnb";

/// Values that the file does not contain.
#[derive(Debug, Clone)]
pub struct ListingOptions {
    /// Country code of two capitals, ISO 3166.
    pub country: String,
    /// Currency of the prices, three capitals, ISO 4217.
    pub currency: String,
    /// The city; if none, the neighbourhood group of each listing.
    pub city: Option<String>,
    /// Current time in seconds since 1970; derived activity is relative to it.
    pub now_s: i64,
}

/// One row of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The room.
    pub room: RoomRow,
    /// Its landlord, identical for all listings of a host.
    pub landlord: LandlordRow,
}
