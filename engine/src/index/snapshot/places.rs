//! Which localities and cities are there, how many listed documents has each, and where?
//!
//! A segment adds its documents up once; what is deleted since is taken off again by each snapshot,
//! which knows it by the bits that are missing. So a commit of few changes costs little more than
//! adding up the segments' sums.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::segment::{AliveBits, Columns};
use super::snapshot::Snapshot;
use crate::collection::Status;
use crate::place::{LatLng, UnitVector};
use crate::query::Words;
use crate::search::{NameDictionary, NameMatch};

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

/// The sums of one segment, once they are needed.
#[derive(Debug, Default)]
pub(crate) struct PlaceSums(OnceLock<Vec<(Names, Sum)>>);

/// The numbers of a locality and of its city.
type Names = (u32, u32);

/// Of the listed documents of one place.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    documents: i64,
    places: [f64; 3],
}

impl PlaceSums {
    fn get(&self, columns: &Columns) -> &[(Names, Sum)] {
        self.0.get_or_init(|| {
            let mut sums = HashMap::new();
            let docs = 0..columns.keys.len();
            docs.for_each(|doc| add(&mut sums, columns, doc, 1));
            sums.into_iter().collect()
        })
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.get().map_or(0, |sums| size_of_val(&sums[..]))
    }
}

impl Places {
    pub(super) fn of(snapshot: &Snapshot) -> Places {
        let places = NamedPlace::all_of(snapshot);
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
    fn all_of(snapshot: &Snapshot) -> Vec<NamedPlace> {
        let mut sums: HashMap<Names, Sum> = HashMap::new();
        for view in &snapshot.segments {
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
        let mut places: Vec<NamedPlace> = snapshot.names.read(|names| {
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

impl Sum {
    fn add(&mut self, other: Sum, sign: i8) {
        self.documents += i64::from(sign) * other.documents;
        for (sum, axis) in self.places.iter_mut().zip(other.places) {
            *sum += f64::from(sign) * axis;
        }
    }
}

/// Adds a document, or takes it off.
fn add(sums: &mut HashMap<Names, Sum>, columns: &Columns, doc: usize, sign: i8) {
    let names = (columns.localities[doc], columns.cities[doc]);
    if names != (0, 0) && columns.traits[doc].status == Status::LISTED.0 {
        let sum = Sum {
            documents: 1,
            places: columns.points[doc].0,
        };
        sums.entry(names).or_default().add(sum, sign);
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
