//! Upper bounds of match scores for all leaves of a segment, from one byte per term and leaf.
//!
//! For each leaf there is a byte of each term's bounds and one of the static bounds. Tables convert
//! the bytes to points.

use std::sync::Arc;

use crate::control::tuning::Tuning;
use crate::index::{StaticBounds, Tree, WordBounds};
use crate::search::compiled::scoring::NodeBounds;
use crate::search::terms::BoundedMatches;

/// What the score of each leaf is bounded by.
pub(super) struct LeafBounds<'a> {
    /// What everything but text and the query-independent score adds in any leaf.
    rest: f64,
    /// The minimum IDF of the terms in a leaf with a match; `None` if terms are required.
    idf_min: Option<f64>,
    terms: Vec<TermPoints>,
    static_bounds: &'a StaticBounds,
    static_points: Table,
}

struct TermPoints {
    bounds: Arc<WordBounds>,
    idf: f64,
    points: Table,
}

/// The points that each byte stands for.
type Table = Box<[f64; 256]>;

/// Makes up for sums in another order, which differ in their last bits.
const ROUNDING: f64 = 1e-9;

impl<'a> LeafBounds<'a> {
    pub(super) fn new(
        bounds: &NodeBounds<'_>,
        tree: &Tree,
        matches: &BoundedMatches<'_>,
        static_bounds: &'a StaticBounds,
    ) -> LeafBounds<'a> {
        let text_points = bounds.text_points();
        let terms = matches.bounds().map(|term| {
            let points = text_points * term.share;
            TermPoints {
                points: table(|byte| match byte {
                    // A leaf without a required term has no match.
                    0 if term.is_required => f64::NEG_INFINITY,
                    _ => points * matches.saturation_max(term.bounds, byte),
                }),
                bounds: Arc::clone(term.bounds),
                idf: term.idf,
            }
        });
        LeafBounds {
            rest: bounds.rest_max(tree, 0, static_bounds),
            idf_min: matches.idf_min(),
            terms: terms.collect(),
            static_bounds,
            static_points: table(|step| bounds.step_points(static_bounds, step)),
        }
    }

    /// Upper bounds of the match scores in consecutive leaves, of which `first` is the number of
    /// the first. Negative infinity for a leaf without a match. Goes term by term along the bytes
    /// of all leaves.
    #[inline]
    pub(super) fn fill(&self, first: u32, bounds: &mut [f64]) {
        let steps = self.static_bounds.steps_of_leaves(first);
        for (bound, step) in bounds.iter_mut().zip(steps) {
            *bound = self.rest + self.static_points[usize::from(step)];
        }
        for term in &self.terms {
            for (bound, &byte) in bounds.iter_mut().zip(term.bounds.bytes_of_leaves(first)) {
                *bound += term.points[usize::from(byte)];
            }
        }
        let Some(idf_min) = self.idf_min else {
            return;
        };
        let mut idfs = [0.0; Tuning::LEAVES_AT_ONCE_MAX];
        let idfs = &mut idfs[..bounds.len()];
        for term in &self.terms {
            for (idf, &byte) in idfs.iter_mut().zip(term.bounds.bytes_of_leaves(first)) {
                *idf += if byte > 0 { term.idf } else { 0.0 };
            }
        }
        for (bound, idf) in bounds.iter_mut().zip(idfs) {
            if *idf <= 0.0 || *idf < idf_min {
                *bound = f64::NEG_INFINITY;
            }
        }
    }

    /// The part of a leaf's bound that is not its query-independent score.
    pub(super) fn without_static(&self, leaf: u32) -> f64 {
        let terms = self.terms.iter();
        let points = terms.map(|term| term.points[usize::from(term.bounds.byte_of_leaf(leaf))]);
        self.rest + points.sum::<f64>()
    }
}

fn table(points: impl Fn(u8) -> f64) -> Table {
    let mut table = Box::new([0.0; 256]);
    for (byte, value) in (0..=u8::MAX).zip(table.iter_mut()) {
        *value = points(byte) + ROUNDING;
    }
    table
}
