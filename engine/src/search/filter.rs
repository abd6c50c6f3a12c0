//! What must a document be to match, words aside, and what does that say of a node of the tree?

use crate::index::{AttributeBounds, Columns, SegmentView, Tree};
use crate::place::{ChordSquared, EARTH_RADIUS_M, UnitVector};
use crate::query::{Filters, Query};
use crate::signals::SignalView;

/// What a query demands, made ready once.
pub(crate) struct Filter<'a> {
    filters: &'a Filters,
    signals: SignalView,
    center: Option<UnitVector>,
    /// Documents beyond this chord are outside of the radius.
    reach: Option<ChordSquared>,
    categories: u64,
}

/// Whether the documents of a node match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// None of them does.
    Outside,
    /// Each must be looked at.
    Border,
    /// All that are alive do, as far as filters and radius go.
    Inside,
}

impl<'a> Filter<'a> {
    pub(crate) fn new(query: &'a Query, signals: SignalView) -> Filter<'a> {
        let reach = query.center.and(query.radius).map(|radius| {
            let half_chord = (radius.metres() / EARTH_RADIUS_M / 2.0).sin();
            ChordSquared(4.0 * half_chord * half_chord)
        });
        let categories = &query.filters.categories;
        Filter {
            filters: &query.filters,
            signals,
            center: query.center.map(UnitVector::from),
            reach,
            categories: categories
                .iter()
                .fold(0, |mask, category| mask | 1 << (category.0 & 63)),
        }
    }

    /// Whether a document matches, words aside: its place and all that is filtered.
    pub(crate) fn admits(&self, view: &SegmentView, doc: u32) -> bool {
        let (columns, at) = (&view.segment.columns, doc as usize);
        if let (Some(center), Some(reach)) = (self.center, self.reach)
            && center.chord_squared(columns.points[at]) > reach
        {
            return false;
        }
        columns.traits[at].listed
            && view.is_alive(doc)
            && self.filters_admit(columns, at)
            && self.signals.get(columns.slots[at]).available
    }

    /// Whether documents below a node match. Deletes do not show here.
    pub(crate) fn verdict(&self, tree: &Tree, node: u32) -> Verdict {
        let attributes = &tree.node(node).attributes;
        let signals = tree.best_signals(node);
        if !attributes.any_listed || !signals.any_available || self.rules_out(attributes) {
            return Verdict::Outside;
        }
        let mut is_inside = self.accepts(attributes) && !signals.any_unavailable;
        if let (Some(center), Some(reach)) = (self.center, self.reach) {
            let bounds = &tree.node(node).bounds;
            if bounds.nearest(center) > reach {
                return Verdict::Outside;
            }
            is_inside &= bounds.farthest(center) <= reach;
        }
        if is_inside {
            Verdict::Inside
        } else {
            Verdict::Border
        }
    }

    fn filters_admit(&self, columns: &Columns, at: usize) -> bool {
        let Filters {
            price_min,
            price_max,
            occupants,
            tags,
            ..
        } = self.filters;
        let (price, traits) = (columns.prices[at], columns.traits[at]);
        // A comparison with the NaN of an unknown price is false.
        price_min.is_none_or(|least| price >= least)
            && price_max.is_none_or(|most| price <= most)
            && occupants.is_none_or(|occupants| traits.occupancy >= occupants)
            && (self.categories == 0 || self.categories >> (traits.category & 63) & 1 == 1)
            && columns.tags[at].contains(*tags)
    }

    /// Whether the filters leave none of the documents.
    fn rules_out(&self, attributes: &AttributeBounds) -> bool {
        let Filters {
            price_min,
            price_max,
            occupants,
            tags,
            ..
        } = self.filters;
        price_min.is_some_and(|least| attributes.price_max < least)
            || price_max.is_some_and(|most| attributes.price_min > most)
            || occupants.is_some_and(|occupants| attributes.occupancy_max < occupants)
            || (self.categories != 0 && self.categories & attributes.categories == 0)
            || !attributes.tags_any.contains(*tags)
    }

    /// Whether the filters leave all of the documents.
    fn accepts(&self, attributes: &AttributeBounds) -> bool {
        let Filters {
            price_min,
            price_max,
            occupants,
            tags,
            ..
        } = self.filters;
        let all_priced = attributes.all_priced;
        !attributes.any_unlisted
            && price_min.is_none_or(|least| all_priced && attributes.price_min >= least)
            && price_max.is_none_or(|most| all_priced && attributes.price_max <= most)
            && occupants.is_none_or(|occupants| attributes.occupancy_min >= occupants)
            && (self.categories == 0 || attributes.categories & !self.categories == 0)
            && attributes.tags_all.contains(*tags)
    }
}
