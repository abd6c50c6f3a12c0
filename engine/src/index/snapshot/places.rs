//! The localities and cities of a snapshot, with their numbers of listed documents and their
//! centres.
//!
//! A segment sums up its documents once. Each snapshot adds the sums of its segments and subtracts
//! the deleted documents, so that a commit of few changes costs little more than the addition.

use std::collections::HashMap;

use super::name_dictionary::{NameDictionary, NameMatch};
use super::segment_view::SegmentView;
use crate::control::search_budget::SearchBudget;
use crate::geo::{LatLng, UnitVector};
use crate::index::columns::name_table::NameTable;
use crate::index::segment::place_sums::{LocalityAndCity, PlaceSum, add_document};
use crate::query::Words;

/// A city or a locality in one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedPlace {
    /// Empty for the city as a whole.
    pub(crate) locality: String,
    /// Empty if it is unknown.
    pub(crate) city: String,
    /// The number of its listed documents, available or not.
    pub(crate) documents: u64,
    /// The middle of these documents.
    pub(crate) center: LatLng,
}

/// The places of a snapshot, with a lookup by name.
#[derive(Debug)]
pub(crate) struct Places {
    places: Vec<NamedPlace>,
    names: NameDictionary,
}

impl Places {
    pub(super) fn of(segments: &[SegmentView], names: &NameTable) -> Places {
        let places = NamedPlace::all_of(segments, names);
        let names = places.iter().map(|place| match place.locality.is_empty() {
            true => (place.city.as_str(), ""),
            false => (place.locality.as_str(), place.city.as_str()),
        });
        Places {
            names: NameDictionary::of(names),
            places,
        }
    }

    /// The places whose names match the words. None once the budget is exhausted.
    pub(crate) fn look_up(
        &self,
        words: &Words,
        budget: &mut SearchBudget,
    ) -> Vec<(&NamedPlace, NameMatch)> {
        let found = self.names.look_up(words, budget).into_iter();
        found
            .map(|found| (&self.places[found.name], found))
            .collect()
    }
}

impl NamedPlace {
    /// All localities and cities, ordered by documents, most first.
    fn all_of(segments: &[SegmentView], names: &NameTable) -> Vec<NamedPlace> {
        let mut sums: HashMap<LocalityAndCity, PlaceSum> = HashMap::new();
        for view in segments {
            let columns = &view.segment.columns;
            for &(names, sum) in view.segment.places.get(columns) {
                sums.entry(names).or_default().add(sum, 1);
            }
            if let Some(live) = &view.live {
                live.deleted(columns.keys.len())
                    .for_each(|doc| add_document(&mut sums, columns, doc, -1));
            }
        }
        let mut cities: HashMap<LocalityAndCity, PlaceSum> = HashMap::new();
        // In a fixed order, since the last bits of a sum of points depend on it.
        let mut localities: Vec<_> = sums.iter().map(|(&names, &sum)| (names, sum)).collect();
        localities.sort_unstable_by_key(|&(names, _)| names);
        for ((_, city), sum) in localities {
            cities.entry((0, city)).or_default().add(sum, 1);
        }
        // Documents without a locality count for the city only.
        sums.retain(|&(locality, _), _| locality != 0);
        sums.extend(cities.into_iter().filter(|&((_, city), _)| city != 0));
        let mut places: Vec<NamedPlace> = names.read(|names| {
            let named = sums.into_iter().filter_map(|((locality, city), sum)| {
                Some(NamedPlace {
                    locality: names[locality as usize].to_string(),
                    city: names[city as usize].to_string(),
                    documents: u64::try_from(sum.documents).ok().filter(|&n| n > 0)?,
                    center: UnitVector(sum.points).place()?,
                })
            });
            named.collect()
        });
        places.sort_by(|a, b| {
            let documents = b.documents.cmp(&a.documents);
            documents.then_with(|| (&a.locality, &a.city).cmp(&(&b.locality, &b.city)))
        });
        places
    }
}
