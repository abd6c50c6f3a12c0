//! Facet counts in JSON.

use roost_collections::Declared;
use roost_engine::{Collection, Facet, FacetCounts, FacetValue, FieldId};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::DISTANCE;
use crate::query::place::rounded_m;

/// The counts of matching documents by each requested facet.
#[derive(Debug)]
pub(crate) struct Facets(Vec<(&'static str, Counts)>);

/// The counts of a facet: of each value, or of ranges.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetCounts)]
#[serde(untagged)]
pub(crate) enum Counts {
    Values(ValueCounts),
    Ranges(RangeCounts),
}

/// The number of documents with each value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueCounts {
    /// The most frequent value first.
    values: Vec<ValueCount>,
    /// The number of different values, including those not listed.
    #[schema(example = 37)]
    values_total: u64,
    /// Documents without a value.
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

/// The number of documents in each range.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RangeCounts {
    /// The lowest range first.
    ranges: Vec<RangeCount>,
    /// The lowest value of all documents; null if none has one.
    #[schema(example = 350.0)]
    min: Option<f64>,
    /// The highest value of all documents; null if none has one.
    #[schema(example = 4200.0)]
    max: Option<f64>,
    /// Documents without a value.
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
    pub(crate) fn of(
        declared: Declared,
        requested: &[Facet],
        counted: Vec<FacetCounts>,
    ) -> Option<Facets> {
        let name = |field: &FieldId| declared.declaration.query_name(*field);
        let facets = requested.iter().zip(counted);
        let facets = facets.map(|(facet, counts)| match facet {
            Facet::Category(field)
            | Facet::Tag(field)
            | Facet::Flag(field)
            | Facet::Name(field, _) => {
                let values = ValueCounts::of(declared.collection, *field, counts);
                (name(field), Counts::Values(values))
            }
            Facet::Number(field, _) => (name(field), Counts::Ranges(counts.into())),
            Facet::Distance(_) => {
                let ranges = RangeCounts::from(counts).rounded();
                (DISTANCE, Counts::Ranges(ranges))
            }
        });
        (!requested.is_empty()).then(|| Facets(facets.collect()))
    }
}

impl Serialize for Facets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, counts)| (name, counts)))
    }
}

impl ValueCounts {
    fn of(collection: Collection, field: FieldId, counts: FacetCounts) -> ValueCounts {
        let values = counts.values.into_iter();
        let values = values.filter_map(|counted| {
            let value = match counted.value {
                FacetValue::Category(category) => {
                    collection.category_name(field, category)?.to_owned()
                }
                FacetValue::Tag(tag) => collection.tag_names(field, tag).next()?.to_owned(),
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
