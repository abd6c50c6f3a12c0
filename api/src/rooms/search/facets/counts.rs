//! Facet counts in JSON.

use roost_collections::rooms;
use roost_engine::{Facet, FacetCounts, FacetValue, FieldId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::query::place::rounded_m;

/// The counts of matching rooms by each requested facet.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Facets {
    #[serde(skip_serializing_if = "Option::is_none")]
    room_type: Option<ValueCounts>,
    /// A room counts once for each of its amenities. The count of an amenity is the number of rooms
    /// if it was required as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    amenities: Option<ValueCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locality: Option<ValueCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<ValueCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<RangeCounts>,
    /// In metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<RangeCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<RangeCounts>,
}

/// The number of rooms with each value.
#[derive(Debug, Serialize, ToSchema)]
struct ValueCounts {
    /// The most frequent value first.
    values: Vec<ValueCount>,
    /// The number of different values, including those not listed.
    #[schema(example = 37)]
    values_total: u64,
    /// Rooms without a value.
    #[schema(example = 0)]
    missing: u64,
    /// Whether the search stopped at its deadline: the counts are lower bounds.
    #[schema(example = false)]
    partial: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct ValueCount {
    #[schema(example = "Powai")]
    value: String,
    #[schema(example = 112)]
    count: u64,
}

/// The number of rooms in each range.
#[derive(Debug, Serialize, ToSchema)]
struct RangeCounts {
    /// The lowest range first.
    ranges: Vec<RangeCount>,
    /// The lowest value of all rooms; null if no room has a value.
    #[schema(example = 350.0)]
    min: Option<f64>,
    /// The highest value of all rooms; null if no room has a value.
    #[schema(example = 4200.0)]
    max: Option<f64>,
    /// Rooms without a value.
    #[schema(example = 3)]
    missing: u64,
    /// Whether the search stopped at its deadline: the counts are lower bounds.
    #[schema(example = false)]
    partial: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct RangeCount {
    /// The lower bound, included; null for none.
    #[schema(example = 500.0)]
    from: Option<f64>,
    /// The upper bound, excluded; null for none.
    #[schema(example = 1000.0)]
    to: Option<f64>,
    #[schema(example = 98)]
    count: u64,
}

impl Facets {
    /// The counts of the requested facets; `None` if none was requested.
    pub(in crate::rooms::search) fn of(
        requested: &[Facet],
        counted: Vec<FacetCounts>,
    ) -> Option<Facets> {
        let mut facets = Facets::default();
        for (facet, counts) in requested.iter().zip(counted) {
            match facet {
                Facet::Category(field) => facets.room_type = Some(ValueCounts::of(*field, counts)),
                Facet::Tag(field) => facets.amenities = Some(ValueCounts::of(*field, counts)),
                Facet::Name(field @ rooms::LOCALITY, _) => {
                    facets.locality = Some(ValueCounts::of(*field, counts));
                }
                Facet::Name(field, _) => facets.city = Some(ValueCounts::of(*field, counts)),
                Facet::Number(rooms::PRICE, _) => facets.price = Some(counts.into()),
                Facet::Distance(_) => facets.distance = Some(RangeCounts::from(counts).rounded()),
                Facet::Number(..) => facets.rating = Some(counts.into()),
                Facet::Flag(_) => {}
            }
        }
        (!requested.is_empty()).then_some(facets)
    }
}

impl ValueCounts {
    fn of(field: FieldId, counts: FacetCounts) -> ValueCounts {
        let rooms = rooms::collection();
        let values = counts.values.into_iter();
        let values = values.filter_map(|counted| {
            let value = match counted.value {
                FacetValue::Category(category) => rooms.category_name(field, category)?.to_owned(),
                FacetValue::Tag(tag) => rooms.tag_names(field, tag).next()?.to_owned(),
                FacetValue::Flag(is_set) => is_set.to_string(),
                FacetValue::Name(name) => name,
                FacetValue::Range(..) => return None,
            };
            let count = counted.count;
            Some(ValueCount { value, count })
        });
        ValueCounts {
            values: values.collect(),
            values_total: counts.values_total,
            missing: counts.missing,
            partial: counts.is_partial,
        }
    }
}

impl From<FacetCounts> for RangeCounts {
    fn from(counts: FacetCounts) -> RangeCounts {
        let (min, max) = counts.extent.unzip();
        let ranges = counts.values.into_iter();
        let ranges = ranges.filter_map(|counted| match counted.value {
            FacetValue::Range(from, to) => Some(RangeCount {
                from,
                to,
                count: counted.count,
            }),
            _ => None,
        });
        RangeCounts {
            ranges: ranges.collect(),
            min,
            max,
            missing: counts.missing,
            partial: counts.is_partial,
        }
    }
}

impl RangeCounts {
    /// Rounds distances for JSON.
    fn rounded(mut self) -> RangeCounts {
        for metres in [&mut self.min, &mut self.max].into_iter().flatten() {
            *metres = rounded_m(*metres);
        }
        self
    }
}
