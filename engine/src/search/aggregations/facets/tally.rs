//! Counts the matches of one facet.

use super::counts::{FacetCount, FacetCounts, FacetValue};
use crate::geo::{ChordSquared, UnitVector};
use crate::index::{Columns, NameTable, Snapshot};
use crate::query::{Edges, Facet, Query};
use crate::schema::{Category, Collection, Tags};

/// The counts of one facet.
pub(super) struct Tally<'q> {
    facet: &'q Facet,
    counted: Counted,
    /// By category, tag, flag or name; of ranges by the number of edges at or below a value.
    counts: Vec<u32>,
    missing: u32,
    /// The lowest and the highest value that was compared with the edges.
    extent: (f64, f64),
    /// The edges in the unit of comparison: squared chords for distances.
    edges: Vec<f64>,
    center: Option<UnitVector>,
    /// Whether the last edge ends the last range, which then includes it.
    is_closed: bool,
}

/// What matches are counted by. Attributes are indexes among the columns of their kind.
#[derive(Clone, Copy)]
enum Counted {
    Category(usize),
    Tag(usize),
    Flag(usize),
    Name(usize),
    Number(usize),
    Distance,
    /// Nothing: the facet names a field of another kind.
    Nothing,
}

/// The number of different categories, with that of documents without one, and of tags.
const NAMES_MAX: usize = 64;

impl Counted {
    fn of(facet: &Facet, collection: Collection) -> Counted {
        let attribute = match facet {
            Facet::Category(field) => collection.category_index(*field).map(Counted::Category),
            Facet::Tag(field) => collection.tags_index(*field).map(Counted::Tag),
            Facet::Flag(field) => collection.flag_index(*field).map(Counted::Flag),
            Facet::Name(field, _) => collection.name_index(*field).map(Counted::Name),
            Facet::Number(field, _) => collection.number_index(*field).map(Counted::Number),
            Facet::Distance(_) => Some(Counted::Distance),
        };
        attribute.unwrap_or(Counted::Nothing)
    }
}

impl<'q> Tally<'q> {
    pub(super) fn new(facet: &'q Facet, query: &Query, snapshot: &Snapshot) -> Tally<'q> {
        let edges = match facet {
            Facet::Number(_, edges) => edges.as_slice().to_vec(),
            Facet::Distance(edges) => {
                let chord = |&edge_m: &f64| ChordSquared::of_distance(edge_m).0;
                edges.as_slice().iter().map(chord).collect()
            }
            Facet::Category(_) | Facet::Tag(_) | Facet::Flag(_) | Facet::Name(..) => Vec::new(),
        };
        let values = match facet {
            Facet::Category(_) | Facet::Tag(_) => NAMES_MAX,
            Facet::Flag(_) => 2,
            Facet::Name(..) => snapshot.names.read(<[_]>::len),
            Facet::Number(..) | Facet::Distance(_) => edges.len() + 1,
        };
        Tally {
            facet,
            counted: Counted::of(facet, snapshot.collection),
            counts: vec![0; values],
            missing: 0,
            extent: (f64::INFINITY, f64::NEG_INFINITY),
            edges,
            center: query.center.map(UnitVector::from),
            is_closed: matches!(facet, Facet::Distance(_)) && query.radius.is_some(),
        }
    }

    pub(super) fn facet(&self) -> &'q Facet {
        self.facet
    }

    /// Counts up to 255 documents.
    pub(super) fn add(&mut self, columns: &Columns, docs: &[u32]) {
        match self.counted {
            Counted::Category(attribute) => {
                let categories = &columns.categories[attribute];
                for &doc in docs {
                    self.counts[usize::from(categories[doc as usize].0 & 63)] += 1;
                }
            }
            Counted::Tag(attribute) => self.add_tags(&columns.tags[attribute], docs),
            Counted::Flag(attribute) => {
                let flags = &columns.flags[attribute];
                for &doc in docs {
                    self.counts[usize::from(flags[doc as usize])] += 1;
                }
            }
            Counted::Name(attribute) => self.add_names(&columns.names[attribute], docs),
            Counted::Number(attribute) => {
                let numbers = &columns.numbers[attribute];
                self.add_values(docs, |doc| numbers.get(doc));
            }
            Counted::Distance => match self.center {
                Some(center) => {
                    self.add_values(docs, |doc| center.chord_squared(columns.points[doc]).0);
                }
                None => self.add_values(docs, |_| f64::NAN),
            },
            Counted::Nothing => self.missing += u32::try_from(docs.len()).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn finish(mut self, snapshot: &Snapshot) -> FacetCounts {
        let values = match self.facet {
            Facet::Category(_) => {
                self.missing += std::mem::take(&mut self.counts[usize::from(Category::NONE.0)]);
                self.in_order(|at| FacetValue::Category(Category(at)))
            }
            Facet::Tag(_) => self.in_order(|at| FacetValue::Tag(Tags(1 << at))),
            Facet::Flag(_) => self.in_order(|at| FacetValue::Flag(at == 1)),
            Facet::Name(_, max) => return self.finish_names(snapshot, *max),
            Facet::Number(_, edges) | Facet::Distance(edges) => self.ranges(edges),
        };
        FacetCounts {
            values_total: values.iter().filter(|value| value.count > 0).count() as u64,
            values,
            missing: u64::from(self.missing),
            extent: self.extent_in_units(),
            is_partial: false,
        }
    }

    /// Adds eight tags at a time: each byte of a 64-bit lane counts one tag of a batch.
    fn add_tags(&mut self, tags: &[Tags], docs: &[u32]) {
        let mut lanes = [0_u64; 8];
        for &doc in docs {
            let tags = tags[doc as usize];
            self.missing += u32::from(tags.is_empty());
            for (lane, byte) in lanes.iter_mut().zip(tags.0.to_le_bytes()) {
                *lane += SPREAD[usize::from(byte)];
            }
        }
        let batch = lanes.iter().flat_map(|lane| lane.to_le_bytes());
        for (count, more) in self.counts.iter_mut().zip(batch) {
            *count += u32::from(more);
        }
    }

    fn add_names(&mut self, names: &[u32], docs: &[u32]) {
        for &doc in docs {
            self.counts[names[doc as usize] as usize] += 1;
        }
    }

    fn add_values(&mut self, docs: &[u32], value_of: impl Fn(usize) -> f64) {
        for &doc in docs {
            let value = value_of(doc as usize);
            if value.is_nan() {
                self.missing += 1;
                continue;
            }
            let below = self.edges.iter().map(|&edge| usize::from(edge <= value));
            self.counts[below.sum::<usize>()] += 1;
            self.extent = (self.extent.0.min(value), self.extent.1.max(value));
        }
    }

    /// The values that occur, most matches first; equal ones in the order of the vocabulary.
    fn in_order(&self, value: impl Fn(u8) -> FacetValue) -> Vec<FacetCount> {
        let counts = (0..).zip(&self.counts).filter(|(_, count)| **count > 0);
        let mut values: Vec<FacetCount> = counts
            .map(|(at, &count)| FacetCount {
                value: value(at),
                count: u64::from(count),
            })
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.count));
        values
    }

    /// All ranges, the lowest first.
    fn ranges(&mut self, edges: &Edges) -> Vec<FacetCount> {
        let edges = edges.as_slice();
        if self.is_closed {
            // A distance equal to the last edge belongs to the last ring.
            let last = self.counts.pop().unwrap_or(0);
            self.counts[edges.len() - 1] += last;
        }
        let starts = [None].into_iter().chain(edges.iter().copied().map(Some));
        let ends = edges.iter().copied().map(Some).chain([None]);
        let ranges = starts.zip(ends).zip(&self.counts);
        ranges
            .filter(|((_, to), _)| *to != Some(0.0))
            .map(|((from, to), &count)| FacetCount {
                value: FacetValue::Range(from, to),
                count: u64::from(count),
            })
            .collect()
    }

    /// The extent in the unit of the facet.
    fn extent_in_units(&self) -> Option<(f64, f64)> {
        let (min, max) = self.extent;
        let in_units = |value| match self.facet {
            Facet::Distance(_) => ChordSquared(value).distance_m(),
            _ => value,
        };
        (min <= max).then(|| (in_units(min), in_units(max)))
    }

    /// The names with the most matches; equal ones by name.
    fn finish_names(self, snapshot: &Snapshot, max: usize) -> FacetCounts {
        let counts = self.counts.iter().enumerate();
        let named = counts.filter(|&(at, &count)| count > 0 && at != NameTable::NONE as usize);
        let mut named: Vec<(usize, u32)> = named.map(|(at, &count)| (at, count)).collect();
        let values_total = named.len() as u64;
        let values = snapshot.names.read(|names| {
            named.sort_unstable_by(|&(a, a_count), &(b, b_count)| {
                let by_name = || names[a].cmp(&names[b]);
                b_count.cmp(&a_count).then_with(by_name)
            });
            let first = named.iter().take(max);
            let values = first.map(|&(at, count)| FacetCount {
                value: FacetValue::Name(names[at].to_string()),
                count: u64::from(count),
            });
            values.collect()
        });
        FacetCounts {
            values,
            values_total,
            missing: u64::from(self.counts[NameTable::NONE as usize] + self.missing),
            extent: None,
            is_partial: false,
        }
    }
}

/// Spreads the eight bits of each byte to the lowest bits of eight bytes.
const SPREAD: [u64; 256] = {
    let mut spread = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            spread[byte] |= ((byte as u64 >> bit) & 1) << (8 * bit);
            bit += 1;
        }
        byte += 1;
    }
    spread
};
