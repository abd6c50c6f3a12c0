//! Finds the columns of a file by name, so that the same code reads the short form, the long form
//! and future ones.

use crate::record::{FileError, Records};

/// Column indexes. Columns without an `Option` are required.
pub(super) struct Columns {
    pub(super) id: usize,
    pub(super) name: usize,
    pub(super) host_id: usize,
    pub(super) latitude: usize,
    pub(super) longitude: usize,
    pub(super) room_type: usize,
    pub(super) host_name: Option<usize>,
    pub(super) host_listings: Option<usize>,
    pub(super) host_acceptance_rate: Option<usize>,
    pub(super) host_response_time: Option<usize>,
    pub(super) description: Option<usize>,
    pub(super) neighbourhood: Option<usize>,
    pub(super) neighbourhood_group: Option<usize>,
    pub(super) price: Option<usize>,
    pub(super) minimum_nights: Option<usize>,
    pub(super) reviews: Option<usize>,
    pub(super) rating: Option<usize>,
    pub(super) accommodates: Option<usize>,
    pub(super) amenities: Option<usize>,
}

impl Columns {
    pub(super) fn find(records: &Records) -> Result<Self, FileError> {
        Ok(Self {
            id: records.required(&["id"])?,
            name: records.required(&["name"])?,
            host_id: records.required(&["host_id"])?,
            latitude: records.required(&["latitude"])?,
            longitude: records.required(&["longitude"])?,
            room_type: records.required(&["room_type"])?,
            host_name: records.column(&["host_name"]),
            host_listings: records
                .column(&["calculated_host_listings_count", "host_listings_count"]),
            host_acceptance_rate: records.column(&["host_acceptance_rate"]),
            host_response_time: records.column(&["host_response_time"]),
            description: records.column(&["description"]),
            // In the long form "neighbourhood" is free text by the host, or a headline.
            neighbourhood: records.column(&["neighbourhood_cleansed", "neighbourhood"]),
            neighbourhood_group: records
                .column(&["neighbourhood_group_cleansed", "neighbourhood_group"]),
            price: records.column(&["price"]),
            minimum_nights: records.column(&["minimum_nights"]),
            reviews: records.column(&["number_of_reviews"]),
            rating: records.column(&["review_scores_rating"]),
            accommodates: records.column(&["accommodates"]),
            amenities: records.column(&["amenities"]),
        })
    }
}
