//! Filter of documents and tree nodes: everything that a match must satisfy but the query terms.

mod excluded_phrases;
mod predicate;
mod steps;

use crate::availability::NightSet;
use crate::collection::Status;
use crate::geo::area::{Polygon, PreparedBoundingBox, Relation, Ring};
use crate::geo::{Bounds, UnitVector};
use crate::index::{AttributeBounds, Columns, SegmentView, Snapshot, StoreError, Tree};
use crate::query::{Filters, Query};
use crate::signals::{OwnerOrdinal, SignalView};

use excluded_phrases::ExcludedPhrases;
use predicate::{Predicate, category_bits, status_bits};
pub(crate) use steps::{steps_per_document, steps_per_node};

/// The filters of a query, compiled once, so that nothing is allocated per document or node.
pub(crate) struct Filter<'a> {
    filters: &'a Filters,
    signals: SignalView,
    ring: Option<Ring>,
    bounding_box: Option<PreparedBoundingBox>,
    polygon: Option<&'a Polygon>,
    /// One bit per accepted category; 0 accepts all.
    categories: u64,
    /// One bit per accepted status.
    statuses: u8,
    /// Whether anything but the place is filtered.
    has_attribute_filters: bool,
    /// Sorted. Owners that the engine does not know have no documents.
    owners: Option<Vec<OwnerOrdinal>>,
    /// Sorted.
    excluded_keys: Vec<u128>,
    /// The nights of the stay that lie in the availability window.
    nights: Option<NightSet>,
    condition: Option<Predicate>,
    excluded_phrases: Option<ExcludedPhrases>,
    steps: u32,
    steps_per_node: u32,
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
        let keys = filters.exclude.iter().map(|key| key.as_u128());
        let mut excluded_keys: Vec<u128> = keys.collect();
        excluded_keys.sort_unstable();
        let named = status_bits(&filters.statuses);
        let excluded_phrases = ExcludedPhrases::look_up(query, snapshot)?;
        Ok(Filter {
            filters,
            ring,
            bounding_box: filters.bounding_box.as_ref().map(PreparedBoundingBox::new),
            polygon: filters.polygon.as_ref(),
            categories: category_bits(&filters.categories),
            statuses: if named == 0 { LISTED } else { named },
            owners: (!filters.owners.is_empty()).then(|| signals.ordinals(&filters.owners)),
            has_attribute_filters: has_attribute_filters(filters) || excluded_phrases.is_some(),
            excluded_keys,
            nights: filters
                .stay
                .map(|stay| snapshot.nights.searchable_nights(&stay))
                .filter(|nights| !nights.is_empty()),
            condition: filters
                .condition
                .as_ref()
                .map(|condition| Predicate::compile(condition, &snapshot.names, &signals)),
            signals,
            excluded_phrases,
            steps: steps_per_document(query),
            steps_per_node: steps_per_node(query),
        })
    }

    /// Restricts the filter to documents of these owners.
    pub(crate) fn of_owners(mut self, mut owners: Vec<OwnerOrdinal>) -> Filter<'a> {
        owners.sort_unstable();
        self.owners = Some(owners);
        self.has_attribute_filters = true;
        self
    }

    /// The steps that checking a document takes.
    pub(crate) fn steps(&self) -> u32 {
        self.steps
    }

    /// The steps that finding the relation to a node takes.
    pub(crate) fn steps_per_node(&self) -> u32 {
        self.steps_per_node
    }

    /// Whether a document passes the filter.
    pub(crate) fn accepts(&self, view: &SegmentView, doc: u32) -> bool {
        let (columns, at) = (&view.segment.columns, doc as usize);
        let point = columns.points[at];
        // The cheapest and most selective checks come first.
        self.is_visible(view, doc)
            && self.ring.is_none_or(|ring| ring.contains(point))
            && (!self.has_attribute_filters || self.accepts_attributes(columns, at))
            && view.is_live(doc)
            && self.accepts_keys(columns, at)
            && self
                .condition
                .as_ref()
                .is_none_or(|condition| condition.accepts(columns, at))
            && self.is_free(view, doc)
            && self.is_in_areas(point)
            && self
                .excluded_phrases
                .as_ref()
                .is_none_or(|phrases| !phrases.occur_in(view, doc))
    }

    /// The relation of the filter to a node: whether it accepts all, none or some of the documents
    /// below. Inside says so only of documents that are shown and alive.
    pub(crate) fn relation(&self, tree: &Tree, node: u32) -> Relation {
        let place = self.place_relation(&tree.node(node).bounds);
        if place == Relation::Outside || !self.has_attribute_filters {
            return place;
        }
        let attributes = tree.attributes(node);
        let owners = self.owners.as_ref();
        let nights = self.nights.as_ref();
        if self.rejects_all(attributes)
            || nights.is_some_and(|nights| tree.nights.are_all_booked(node, nights))
            || owners.is_some_and(|owners| !tree.may_contain(owners, node))
        {
            return Relation::Outside;
        }
        let condition = self.condition.as_ref();
        let condition = condition.map_or(Relation::Inside, |it| it.relation(tree, node));
        if condition == Relation::Outside {
            return Relation::Outside;
        }
        let is_certain = condition == Relation::Inside
            && self.statuses == LISTED
            && self.accepts_all(attributes)
            && owners.is_none()
            && self.excluded_keys.is_empty()
            && self.excluded_phrases.is_none()
            && nights.is_none_or(|nights| !tree.nights.may_be_booked(node, nights));
        if is_certain { place } else { Relation::Crosses }
    }

    /// Whether the document has a requested status and its owner is available.
    fn is_visible(&self, view: &SegmentView, doc: u32) -> bool {
        if self.statuses == LISTED {
            return view.segment.visible.contains(doc);
        }
        let (columns, at) = (&view.segment.columns, doc as usize);
        self.statuses >> (columns.packed[at].status & 7) & 1 == 1
            && self.signals.get(columns.owners[at]).available
    }

    /// Whether none of the nights of the stay is booked.
    fn is_free(&self, view: &SegmentView, doc: u32) -> bool {
        let nights = self.nights.as_ref();
        nights.is_none_or(|nights| !view.segment.tree.nights.is_booked(doc, nights))
    }

    fn is_in_areas(&self, point: UnitVector) -> bool {
        self.bounding_box
            .is_none_or(|bounding_box| bounding_box.contains(point))
            && self.polygon.is_none_or(|polygon| polygon.contains(point))
    }

    fn place_relation(&self, bounds: &Bounds) -> Relation {
        let mut relation = Relation::Inside;
        if let Some(ring) = &self.ring {
            relation = ring.relation(bounds);
        }
        if let Some(bounding_box) = &self.bounding_box
            && relation != Relation::Outside
        {
            relation = relation.and(bounding_box.relation(bounds));
        }
        if let Some(polygon) = self.polygon
            && relation != Relation::Outside
        {
            relation = relation.and(polygon.relation(bounds));
        }
        relation
    }

    fn accepts_attributes(&self, columns: &Columns, at: usize) -> bool {
        let Filters {
            price_min,
            price_max,
            occupants,
            tags,
            verified,
            stay,
            ..
        } = self.filters;
        let (price, traits) = (columns.prices[at], columns.packed[at]);
        // A comparison with the NaN of an unknown price is false.
        price_min.is_none_or(|min| price >= min)
            && price_max.is_none_or(|max| price <= max)
            && occupants.is_none_or(|occupants| traits.occupancy >= occupants)
            && (self.categories == 0 || self.categories >> (traits.category & 63) & 1 == 1)
            && columns.tags[at].contains(*tags)
            && (traits.verified || !verified)
            && stay.is_none_or(|stay| stay.nights() >= u32::from(traits.nights_min))
    }

    fn accepts_keys(&self, columns: &Columns, at: usize) -> bool {
        let owners = self.owners.as_ref();
        owners.is_none_or(|owners| owners.binary_search(&columns.owners[at]).is_ok())
            && (self.excluded_keys.is_empty()
                || self.excluded_keys.binary_search(&columns.keys[at]).is_err())
    }

    /// Whether the attribute bounds of a node show that no document below passes.
    fn rejects_all(&self, attributes: &AttributeBounds) -> bool {
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
            || price_min.is_some_and(|min| attributes.price_max < min)
            || price_max.is_some_and(|max| attributes.price_min > max)
            || occupants.is_some_and(|occupants| attributes.occupancy_max < occupants)
            || (self.categories != 0 && self.categories & attributes.categories == 0)
            || !attributes.tags_any.contains(*tags)
            || (*verified && !attributes.any_verified)
            || stay.is_some_and(|stay| stay.nights() < u32::from(attributes.nights_min_lowest))
    }

    /// Whether the attribute bounds of a node show that every document below passes.
    fn accepts_all(&self, attributes: &AttributeBounds) -> bool {
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
        price_min.is_none_or(|min| all_priced && attributes.price_min >= min)
            && price_max.is_none_or(|max| all_priced && attributes.price_max <= max)
            && occupants.is_none_or(|occupants| attributes.occupancy_min >= occupants)
            && (self.categories == 0 || attributes.categories & !self.categories == 0)
            && attributes.tags_all.contains(*tags)
            && (attributes.all_verified || !verified)
            && stay.is_none_or(|stay| stay.nights() >= u32::from(attributes.nights_min_highest))
    }
}

/// Whether anything but the place is filtered.
pub(crate) fn has_attribute_filters(filters: &Filters) -> bool {
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
