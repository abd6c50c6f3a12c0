//! What must a document be to match, words to find aside, and what does that say of a node of the tree?

use super::demand::{Demand, category_bits, status_bits};
use super::excluded::Excluded;
use crate::availability::NightSet;
use crate::collection::Status;
use crate::geo::area::{Polygon, Ring, Window};
use crate::geo::{Bounds, UnitVector};
use crate::index::{AttributeBounds, Columns, SegmentView, Snapshot, StoreError, Tree};
use crate::query::{Filters, Query};
use crate::signals::{OwnerOrdinal, SignalView};

pub(crate) use crate::geo::area::Relation;

/// What a query demands, made ready once, so that nothing is allocated for a document or a node.
pub(crate) struct Filter<'a> {
    filters: &'a Filters,
    signals: SignalView,
    ring: Option<Ring>,
    window: Option<Window>,
    polygon: Option<&'a Polygon>,
    /// A bit for each; 0 for all.
    categories: u64,
    /// A bit for each.
    statuses: u8,
    /// Something is filtered besides the place.
    is_choosy: bool,
    /// Sorted; those that are not known have no documents.
    owners: Option<Vec<OwnerOrdinal>>,
    /// Sorted.
    excluded: Vec<u128>,
    /// Those of the nights asked for of which it is known whether they are taken.
    nights: Option<NightSet>,
    demand: Option<Demand>,
    words: Option<Excluded>,
}

impl<'a> Filter<'a> {
    pub(crate) fn new(
        query: &'a Query,
        snapshot: &Snapshot,
        signals: SignalView,
    ) -> Result<Filter<'a>, StoreError> {
        let filters = &query.filters;
        let has_ring = query.radius.is_some() || query.radius_min.is_some();
        let ring = query
            .center
            .filter(|_| has_ring)
            .map(|center| Ring::new(center, query.radius_min, query.radius));
        let mut excluded: Vec<u128> = filters.exclude.iter().map(|key| key.as_u128()).collect();
        excluded.sort_unstable();
        let named = status_bits(&filters.statuses);
        let words = Excluded::look_up(query, snapshot)?;
        Ok(Filter {
            filters,
            ring,
            window: filters.bounding_box.as_ref().map(Window::of),
            polygon: filters.polygon.as_ref(),
            categories: category_bits(&filters.categories),
            statuses: if named == 0 { LISTED } else { named },
            owners: (!filters.owners.is_empty()).then(|| signals.ordinals(&filters.owners)),
            is_choosy: is_choosy(filters) || words.is_some(),
            excluded,
            nights: filters
                .stay
                .map(|stay| snapshot.nights.known(&stay))
                .filter(|nights| !nights.is_empty()),
            demand: filters
                .condition
                .as_ref()
                .map(|condition| Demand::of(condition, &snapshot.names, &signals)),
            signals,
            words,
        })
    }

    /// The same for documents of these owners only.
    pub(crate) fn of_owners(mut self, mut owners: Vec<OwnerOrdinal>) -> Filter<'a> {
        owners.sort_unstable();
        self.owners = Some(owners);
        self.is_choosy = true;
        self
    }

    /// Whether a document matches, words to find aside: its place and all that is filtered.
    pub(crate) fn admits(&self, view: &SegmentView, doc: u32) -> bool {
        let (columns, at) = (&view.segment.columns, doc as usize);
        let point = columns.points[at];
        // What is cheap and turns most away comes first.
        self.is_shown(view, doc)
            && self.ring.is_none_or(|ring| ring.holds(point))
            && (!self.is_choosy || self.attributes_admit(columns, at))
            && view.is_alive(doc)
            && self.keys_admit(columns, at)
            && self
                .demand
                .as_ref()
                .is_none_or(|demand| demand.is_met(columns, at))
            && self.is_free(view, doc)
            && self.areas_hold(point)
            && self
                .words
                .as_ref()
                .is_none_or(|words| !words.holds(view, doc))
    }

    /// Whether documents below a node match; if inside, all those that are shown and alive do.
    pub(crate) fn relation(&self, tree: &Tree, node: u32) -> Relation {
        let place = self.place_verdict(&tree.node(node).bounds);
        if place == Relation::Outside || !self.is_choosy {
            return place;
        }
        let attributes = tree.attributes(node);
        let owners = self.owners.as_ref();
        let nights = self.nights.as_ref();
        if self.rules_out(attributes)
            || nights.is_some_and(|nights| tree.booked.takes_all(node, nights))
            || owners.is_some_and(|owners| !tree.may_hold(owners, node))
        {
            return Relation::Outside;
        }
        let demand = self.demand.as_ref();
        let demanded = demand.map_or(Relation::Inside, |demand| demand.relation(tree, node));
        if demanded == Relation::Outside {
            return Relation::Outside;
        }
        let is_certain = demanded == Relation::Inside
            && self.statuses == LISTED
            && self.accepts(attributes)
            && owners.is_none()
            && self.excluded.is_empty()
            && self.words.is_none()
            && nights.is_none_or(|nights| !tree.booked.takes_some(node, nights));
        if is_certain { place } else { Relation::Crosses }
    }

    /// Listed, or of a status that was named, and of an owner who is available.
    fn is_shown(&self, view: &SegmentView, doc: u32) -> bool {
        if self.statuses == LISTED {
            return view.segment.shown.holds(doc);
        }
        let (columns, at) = (&view.segment.columns, doc as usize);
        self.statuses >> (columns.traits[at].status & 7) & 1 == 1
            && self.signals.get(columns.slots[at]).available
    }

    /// Not taken in any of the nights asked for.
    fn is_free(&self, view: &SegmentView, doc: u32) -> bool {
        let nights = self.nights.as_ref();
        nights.is_none_or(|nights| !view.segment.tree.booked.takes(doc, nights))
    }

    fn areas_hold(&self, point: UnitVector) -> bool {
        self.window.is_none_or(|window| window.holds(point))
            && self.polygon.is_none_or(|polygon| polygon.holds(point))
    }

    fn place_verdict(&self, bounds: &Bounds) -> Relation {
        let mut relation = Relation::Inside;
        if let Some(ring) = &self.ring {
            relation = ring.relation(bounds);
        }
        if let Some(window) = &self.window
            && relation != Relation::Outside
        {
            relation = relation.and(window.relation(bounds));
        }
        if let Some(polygon) = self.polygon
            && relation != Relation::Outside
        {
            relation = relation.and(polygon.relation(bounds));
        }
        relation
    }

    fn attributes_admit(&self, columns: &Columns, at: usize) -> bool {
        let Filters {
            price_min,
            price_max,
            occupants,
            tags,
            verified,
            stay,
            ..
        } = self.filters;
        let (price, traits) = (columns.prices[at], columns.traits[at]);
        // A comparison with the NaN of an unknown price is false.
        price_min.is_none_or(|least| price >= least)
            && price_max.is_none_or(|most| price <= most)
            && occupants.is_none_or(|occupants| traits.occupancy >= occupants)
            && (self.categories == 0 || self.categories >> (traits.category & 63) & 1 == 1)
            && columns.tags[at].contains(*tags)
            && (traits.verified || !verified)
            && stay.is_none_or(|stay| stay.nights() >= u32::from(traits.nights_min))
    }

    fn keys_admit(&self, columns: &Columns, at: usize) -> bool {
        let owners = self.owners.as_ref();
        owners.is_none_or(|owners| owners.binary_search(&columns.slots[at]).is_ok())
            && (self.excluded.is_empty() || self.excluded.binary_search(&columns.keys[at]).is_err())
    }

    /// Whether the attributes leave none of the documents.
    fn rules_out(&self, attributes: &AttributeBounds) -> bool {
        let Filters {
            price_min,
            price_max,
            occupants,
            tags,
            verified,
            stay,
            ..
        } = self.filters;
        self.statuses & attributes.statuses == 0
            || price_min.is_some_and(|least| attributes.price_max < least)
            || price_max.is_some_and(|most| attributes.price_min > most)
            || occupants.is_some_and(|occupants| attributes.occupancy_max < occupants)
            || (self.categories != 0 && self.categories & attributes.categories == 0)
            || !attributes.tags_any.contains(*tags)
            || (*verified && !attributes.any_verified)
            || stay.is_some_and(|stay| stay.nights() < u32::from(attributes.nights_min_lowest))
    }

    /// Whether the attributes leave all of the documents.
    fn accepts(&self, attributes: &AttributeBounds) -> bool {
        let Filters {
            price_min,
            price_max,
            occupants,
            tags,
            verified,
            stay,
            ..
        } = self.filters;
        let all_priced = attributes.all_priced;
        price_min.is_none_or(|least| all_priced && attributes.price_min >= least)
            && price_max.is_none_or(|most| all_priced && attributes.price_max <= most)
            && occupants.is_none_or(|occupants| attributes.occupancy_min >= occupants)
            && (self.categories == 0 || attributes.categories & !self.categories == 0)
            && attributes.tags_all.contains(*tags)
            && (attributes.all_verified || !verified)
            && stay.is_none_or(|stay| stay.nights() >= u32::from(attributes.nights_min_highest))
    }
}

/// Whether anything is filtered besides the place.
fn is_choosy(filters: &Filters) -> bool {
    let Filters {
        price_min,
        price_max,
        occupants,
        categories,
        tags,
        statuses,
        verified,
        owners,
        exclude,
        polygon: _,
        bounding_box: _,
        stay,
        condition,
    } = filters;
    price_min.or(*price_max).is_some()
        || occupants.is_some()
        || !categories.is_empty()
        || !tags.is_empty()
        || !statuses.is_empty()
        || *verified
        || !owners.is_empty()
        || !exclude.is_empty()
        || stay.is_some()
        || condition.is_some()
}

const LISTED: u8 = 1 << Status::LISTED.0;
