//! Localities and cities as a caller sees them who may know of some documents only.

use std::collections::HashMap;

use crate::control::search_budget::SearchBudget;
use crate::geo::UnitVector;
use crate::index::{
    LocalityAndCity, NameMatch, NamedPlace, PlaceSum, Snapshot, StoreError, add_document,
};
use crate::query::{Condition, Query};
use crate::search::compiled::SearchContext;
use crate::search::compiled::filter::Filter;
use crate::search::match_iter::MatchIter;
use crate::signals::SignalView;

/// The permitted documents that searches find, summed up by locality and city.
pub(super) struct PermittedPlaces<'a> {
    snapshot: &'a Snapshot,
    sums: HashMap<LocalityAndCity, PlaceSum>,
}

impl<'a> PermittedPlaces<'a> {
    /// Sums up the matches of a query that lie in one of these places. Incomplete once the budget
    /// is exhausted.
    pub(super) fn among(
        places: &[(&NamedPlace, NameMatch)],
        mut permitted: Query,
        (snapshot, signals): (&'a Snapshot, SignalView),
        budget: &mut SearchBudget,
    ) -> Result<PermittedPlaces<'a>, StoreError> {
        let mut sums = HashMap::new();
        let attributes = &mut permitted.filters.attributes;
        attributes.push(lies_in(places, snapshot));
        let context = SearchContext::without_probes(signals);
        let filter = Filter::new(&permitted, snapshot, &context)?;
        for segment in 0..snapshot.segments.len() {
            let matches = MatchIter::of_segment(snapshot, segment, &filter, None, budget)?;
            let Some(mut matches) = matches else { continue };
            while let Some(doc) = matches.next(budget) {
                let columns = &matches.view().segment.columns;
                add_document(&mut sums, columns, doc as usize, 1);
            }
        }
        Ok(PermittedPlaces { snapshot, sums })
    }

    /// A place with its permitted documents; `None` if it has none.
    pub(super) fn get(&self, place: &NamedPlace) -> Option<NamedPlace> {
        let ordinal = |name: &String| match name.is_empty() {
            true => Some(0),
            false => {
                let ordinals = self.snapshot.names.ordinals(std::slice::from_ref(name));
                ordinals.first().copied()
            }
        };
        let (locality, city) = (ordinal(&place.locality)?, ordinal(&place.city)?);
        let mut sum = PlaceSum::default();
        match locality {
            0 => {
                // In a fixed order, since the last bits of a sum of points depend on it.
                let of_city = self.sums.iter().filter(|((_, it), _)| *it == city);
                let mut of_city: Vec<_> = of_city.collect();
                of_city.sort_unstable_by_key(|(names, _)| **names);
                of_city.into_iter().for_each(|(_, of)| sum.add(*of, 1));
            }
            _ => sum.add(*self.sums.get(&(locality, city))?, 1),
        }
        Some(NamedPlace {
            documents: u64::try_from(sum.documents).ok().filter(|&n| n > 0)?,
            center: UnitVector(sum.points).place()?,
            ..place.clone()
        })
    }
}

/// Whether a document lies in one of these places, or in another one of the same name.
fn lies_in(places: &[(&NamedPlace, NameMatch)], snapshot: &Snapshot) -> Condition {
    let (mut localities, mut cities) = (Vec::new(), Vec::new());
    for (place, _) in places {
        match place.locality.is_empty() {
            true => cities.push(place.city.clone()),
            false => localities.push(place.locality.clone()),
        }
    }
    let Some(fields) = snapshot.collection.place_names() else {
        return Condition::Any(Vec::new());
    };
    let locality = fields
        .locality
        .map(|field| Condition::Name(field, localities));
    let city = Condition::Name(fields.city, cities);
    Condition::Any(locality.into_iter().chain([city]).collect())
}
