//! The listed documents of a segment, counted by locality and city.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::collection::Status;
use crate::index::columns::Columns;

/// The sums of one segment, once they are needed.
#[derive(Debug, Default)]
pub(crate) struct PlaceSums(OnceLock<Vec<(Names, Sum)>>);

/// The numbers of a locality and of its city.
pub(crate) type Names = (u32, u32);

/// Of the listed documents of one place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    pub(crate) documents: i64,
    pub(crate) places: [f64; 3],
}

impl PlaceSums {
    pub(crate) fn get(&self, columns: &Columns) -> &[(Names, Sum)] {
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

impl Sum {
    pub(crate) fn add(&mut self, other: Sum, sign: i8) {
        self.documents += i64::from(sign) * other.documents;
        for (sum, axis) in self.places.iter_mut().zip(other.places) {
            *sum += f64::from(sign) * axis;
        }
    }
}

/// Adds a document, or takes it off.
pub(crate) fn add(sums: &mut HashMap<Names, Sum>, columns: &Columns, doc: usize, sign: i8) {
    let names = (columns.localities[doc], columns.cities[doc]);
    if names != (0, 0) && columns.traits[doc].status == Status::LISTED.0 {
        let sum = Sum {
            documents: 1,
            places: columns.points[doc].0,
        };
        sums.entry(names).or_default().add(sum, sign);
    }
}
