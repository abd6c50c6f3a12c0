//! Which localities and cities are there, how many listed documents has each, and where?
//!
//! A segment adds its documents up once; what is deleted since is taken off again by each snapshot,
//! which knows it by the bits that are missing. So a commit of few changes costs little more than
//! adding up the segments' sums.

use std::collections::HashMap;

use super::name_dictionary::{NameDictionary, NameMatch};
use super::segment_view::SegmentView;
use crate::geo::{LatLng, UnitVector};
use crate::index::columns::name_table::NameTable;
use crate::index::segment::live_docs::AliveBits;
use crate::index::segment::place_sums::{Names, Sum, add};
use crate::query::Words;

/// A town or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedPlace {
    /// Empty for the city as a whole.
    pub(crate) locality: String,
    /// Empty where it is not known.
    pub(crate) city: String,
    /// How many listed documents it has, whatever their owners' signals say.
    pub(crate) documents: u64,
    /// In the middle of them.
    pub(crate) center: LatLng,
}

/// The places of a snapshot, to be found by name.
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

    /// Those that the words may have been meant as.
    pub(crate) fn look_up(&self, words: &Words) -> Vec<(&NamedPlace, NameMatch)> {
        let found = self.names.look_up(words).into_iter();
        found
            .map(|found| (&self.places[found.name], found))
            .collect()
    }
}

impl NamedPlace {
    /// The localities and the cities of a snapshot, those with most documents first.
    fn all_of(segments: &[SegmentView], names: &NameTable) -> Vec<NamedPlace> {
        let mut sums: HashMap<Names, Sum> = HashMap::new();
        for view in segments {
            let columns = &view.segment.columns;
            for &(names, sum) in view.segment.places.get(columns) {
                sums.entry(names).or_default().add(sum, 1);
            }
            if let Some(alive) = &view.alive {
                dead(alive, columns.keys.len()).for_each(|doc| add(&mut sums, columns, doc, -1));
            }
        }
        let mut cities: HashMap<Names, Sum> = HashMap::new();
        for (&(_, city), &sum) in &sums {
            cities.entry((0, city)).or_default().add(sum, 1);
        }
        // What has no locality is of the city only.
        sums.retain(|&(locality, _), _| locality != 0);
        sums.extend(cities.into_iter().filter(|&((_, city), _)| city != 0));
        let mut places: Vec<NamedPlace> = names.read(|names| {
            let named = sums.into_iter().filter_map(|((locality, city), sum)| {
                Some(NamedPlace {
                    locality: names[locality as usize].to_string(),
                    city: names[city as usize].to_string(),
                    documents: u64::try_from(sum.documents).ok().filter(|&n| n > 0)?,
                    center: UnitVector(sum.places).place()?,
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

/// The documents that are deleted.
fn dead(alive: &AliveBits, count: usize) -> impl Iterator<Item = usize> {
    (0..count.div_ceil(64)).flat_map(move |at| {
        let mut dead = !alive.word(at);
        std::iter::from_fn(move || {
            let bit = (dead != 0).then(|| dead.trailing_zeros() as usize)?;
            dead &= dead - 1;
            Some(at * 64 + bit)
        })
        .take_while(move |&doc| doc < count)
    })
}
