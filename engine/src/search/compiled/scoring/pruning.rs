//! Pruning inside a leaf: which of its documents can reach the lowest competitive score.

use super::node_bounds::NodeBounds;
use crate::geo::{ChordSquared, UnitVector};
use crate::index::bits::retain;
use crate::index::{Columns, StaticBounds, Tree};
use crate::query::Sort;
use crate::ranking::profile::Component;

/// Conditions that each competitive document meets. Documents that fail one need not be scored.
#[derive(Clone, Copy)]
pub(crate) struct CompetitiveDocs<'a> {
    /// Within this distance of the center.
    disc: Option<(UnitVector, ChordSquared)>,
    /// With at least this text component.
    text_min: f64,
    /// With at least this step in the static bounds.
    step_min: Option<(&'a StaticBounds, u8)>,
    /// An upper bound of what everything but text, distance and query-independent score adds, if
    /// these together are to be checked.
    rest: Option<f64>,
}

/// Far more than the rounding errors of sums, powers and sines.
const ROUNDING: f64 = 1e-9;

impl<'a> CompetitiveDocs<'a> {
    /// Every document is competitive.
    pub(crate) const ALL: CompetitiveDocs<'static> = CompetitiveDocs {
        disc: None,
        text_min: f64::NEG_INFINITY,
        step_min: None,
        rest: None,
    };

    /// The conditions on documents below a node to reach the rank value `min`, if `text` is an
    /// upper bound of their text component. Each part of the score must make up for what all others
    /// lack at best.
    pub(crate) fn below_node(
        bounds: &NodeBounds<'_>,
        tree: &Tree,
        node: u32,
        text: f64,
        static_bounds: Option<&'a StaticBounds>,
        min: f64,
    ) -> CompetitiveDocs<'a> {
        let mut competitive = CompetitiveDocs::ALL;
        let query = bounds.scorer().query();
        if query.sort != Sort::Match {
            return competitive;
        }
        let parts = bounds.parts(tree, node, text, static_bounds);
        let missing = min - parts.sum() - ROUNDING;
        let points = bounds.scorer().scorer().points(Component::Text);
        if points > 0.0 {
            competitive.text_min = (missing + parts.text) / points - ROUNDING;
        }
        let points = bounds.scorer().scorer().points(Component::Distance);
        if let Some(center) = bounds.scorer().center()
            && points > 0.0
        {
            let decay = (missing + parts.distance) / points - ROUNDING;
            if decay > 0.0 {
                let distance_m = query.profile.distance_of_decay(decay);
                let chord = ChordSquared::of_distance(distance_m * (1.0 + ROUNDING) + 0.001);
                competitive.disc = Some((center, chord));
            }
        }
        if let Some(static_bounds) = static_bounds {
            let missing = missing + parts.query_independent;
            competitive.step_min = Some(step_min(bounds, static_bounds, missing));
            competitive.rest = Some(parts.rest);
        }
        competitive
    }

    /// The conditions on documents whose query-independent score must add `missing` points.
    pub(crate) fn by_static_bounds(
        bounds: &NodeBounds<'_>,
        static_bounds: &'a StaticBounds,
        missing: f64,
    ) -> CompetitiveDocs<'a> {
        CompetitiveDocs {
            step_min: Some(step_min(bounds, static_bounds, missing)),
            ..CompetitiveDocs::ALL
        }
    }

    /// Which of some documents can be competitive by their place and static score. Each bit stands
    /// for the document at its position after `first`.
    #[inline]
    pub(crate) fn retain(&self, columns: &Columns, first: u32, docs: u64) -> u64 {
        retain(docs, first, |doc| {
            self.has_static_score(doc) && self.has_place(columns, doc)
        })
    }

    /// Whether a document with this text component can be competitive.
    pub(crate) fn has_text(&self, text: f64) -> bool {
        text >= self.text_min
    }

    /// Whether a document with this text component can reach the rank value `min`. Each part of the
    /// score may be high enough by itself, and their sum not.
    #[inline]
    pub(crate) fn has_score(
        &self,
        bounds: &NodeBounds<'_>,
        columns: &Columns,
        (doc, text): (u32, f64),
        min: Option<f64>,
    ) -> bool {
        let (Some((static_bounds, _)), Some(rest), Some(min)) = (self.step_min, self.rest, min)
        else {
            return true;
        };
        bounds.score_max(columns, static_bounds, (doc, text), rest) + ROUNDING >= min
    }

    fn has_static_score(&self, doc: usize) -> bool {
        self.step_min
            .is_none_or(|(bounds, step)| bounds.reaches(step, doc))
    }

    fn has_place(&self, columns: &Columns, doc: usize) -> bool {
        self.disc
            .is_none_or(|(center, chord)| center.chord_squared(columns.points[doc]) <= chord)
    }
}

fn step_min<'a>(
    bounds: &NodeBounds<'_>,
    static_bounds: &'a StaticBounds,
    missing: f64,
) -> (&'a StaticBounds, u8) {
    let scorer = bounds.scorer();
    let value = (missing - ROUNDING) / scorer.scorer().points_per_weight() - ROUNDING;
    let step = static_bounds.step_of(value, scorer.rating().mean);
    (static_bounds, step)
}
