//! The listed documents of a segment, counted by locality and city.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::index::columns::Columns;

/// The sums of one segment, computed when they are first needed.
#[derive(Debug, Default)]
pub(crate) struct PlaceSums(OnceLock<Vec<(LocalityAndCity, PlaceSum)>>);

/// The name ordinals of a locality and of its city.
pub(crate) type LocalityAndCity = (u32, u32);

/// The sum over the listed documents of one place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PlaceSum {
    pub(crate) documents: i64,
    /// The sum of their unit vectors.
    pub(crate) points: [f64; 3],
}

impl PlaceSums {
    pub(crate) fn get(&self, columns: &Columns) -> &[(LocalityAndCity, PlaceSum)] {
        self.0.get_or_init(|| {
            let mut sums = HashMap::new();
            let docs = 0..columns.keys.len();
            docs.for_each(|doc| add_document(&mut sums, columns, doc, 1));
            sums.into_iter().collect()
        })
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.get().map_or(0, |sums| size_of_val(&sums[..]))
    }
}

impl PlaceSum {
    /// Adds another sum; subtracts it if `sign` is -1.
    pub(crate) fn add(&mut self, other: PlaceSum, sign: i8) {
        self.documents += i64::from(sign) * other.documents;
        for (sum, axis) in self.points.iter_mut().zip(other.points) {
            *sum += f64::from(sign) * axis;
        }
    }
}

/// Adds a document; subtracts it if `sign` is -1.
pub(crate) fn add_document(
    sums: &mut HashMap<LocalityAndCity, PlaceSum>,
    columns: &Columns,
    doc: usize,
    sign: i8,
) {
    let Some(names) = columns.place_names(doc) else {
        return;
    };
    if names != (0, 0) && columns.is_listed(doc) {
        let sum = PlaceSum {
            documents: 1,
            points: columns.points[doc].0,
        };
        sums.entry(names).or_default().add(sum, sign);
    }
}
