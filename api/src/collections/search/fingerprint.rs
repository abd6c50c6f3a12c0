//! The fingerprint of a search, which ties a cursor to its query.
//!
//! It hashes an explicit encoding, so that all nodes of one release and one configuration agree,
//! and a cursor of one node continues on another. The encoding is a version, and for each field
//! that is set a tag, a length and the value: integers big-endian, numbers by their bits, and lists
//! sorted where their order does not matter. It leaves out what may change from page to page, and
//! synonyms, which each node reloads on its own.

use std::collections::BTreeSet;

use roost_collections::{Declared, rooms};
use roost_engine::{
    Component, DecayShape, FieldId, Filters, LatLng, MatchMode, Profile, Query, Radius, Sort, Tags,
};

use crate::collections::filters::condition::AsFilter;
use crate::collections::searched::SearchedCollection;
use crate::query::cursor::Fingerprint;
use crate::query::text::QueryText;

/// Changes with the encoding.
const VERSION: u8 = 2;

/// The tags of the fields. Never reuse a tag for another field.
mod tag {
    pub(super) const Q: u8 = 1;
    pub(super) const TERMS: u8 = 2;
    pub(super) const TYPOS: u8 = 3;
    pub(super) const MATCH_MODE: u8 = 4;
    pub(super) const CENTER: u8 = 5;
    pub(super) const RADIUS: u8 = 6;
    pub(super) const RADIUS_MIN: u8 = 7;
    pub(super) const PREFERRED_TAGS: u8 = 8;
    pub(super) const BUDGET: u8 = 9;
    pub(super) const PROFILE: u8 = 10;
    pub(super) const WEIGHTS: u8 = 11;
    pub(super) const DECAY: u8 = 12;
    pub(super) const SORT: u8 = 13;
    pub(super) const VISIBILITY: u8 = 37;
    pub(super) const OWNERS: u8 = 39;
    pub(super) const EXCLUDED: u8 = 40;
    pub(super) const POLYGON: u8 = 41;
    pub(super) const BOUNDING_BOX: u8 = 42;
    pub(super) const STAY: u8 = 43;
    pub(super) const CONDITION: u8 = 44;
    pub(super) const ATTRIBUTES: u8 = 45;
    pub(super) const PROBES: u8 = 46;
    pub(super) const COLLECTION: u8 = 47;
    pub(super) const RESTRICTION: u8 = 48;
}

/// The fingerprint of a query of documents of a collection, and its text.
pub(crate) fn fingerprint(
    collection: &SearchedCollection,
    query: &Query,
    text: Option<&QueryText>,
) -> Fingerprint {
    // FNV-1a.
    let bytes = encode(collection, query, text).into_iter();
    Fingerprint(bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    }))
}

pub(crate) fn encode(
    collection: &SearchedCollection,
    query: &Query,
    text: Option<&QueryText>,
) -> Vec<u8> {
    // Every field is named, so that a new one does not compile until it is encoded or left out.
    let Query {
        text: _,
        center,
        radius,
        radius_min,
        filters,
        probes,
        preferred_tags,
        budget,
        profile,
        sort,
        after: _,
        offset: _,
        limit: _,
        count: _,
        facets: _,
        explain: _,
        highlight: _,
        now_s: _,
        deadline: _,
        steps_max: _,
        plan: _,
    } = query;
    let declared = collection.declared;
    let mut to = Encoder(vec![VERSION]);
    // Cursors of rooms from before there were others stay valid.
    if declared.declaration != &rooms::DECLARATION {
        to.field(tag::COLLECTION, collection.name());
    }
    if let Some(text) = text {
        encode_text(text, &mut to);
    }
    to.field_if(tag::CENTER, center.map(place));
    to.field_if(tag::RADIUS, radius.map(|it| number(Radius::metres(it))));
    to.field_if(tag::RADIUS_MIN, radius_min.map(|it| number(it.metres())));
    to.list(tag::PREFERRED_TAGS, tag_names(collection, *preferred_tags));
    to.field_if(tag::BUDGET, budget.map(number));
    encode_profile(profile, &mut to);
    let name = |field: &FieldId| declared.collection.field_name(*field).as_bytes();
    let (sort, field) = match sort {
        Sort::Match => (0, &b""[..]),
        Sort::Distance => (1, &b""[..]),
        Sort::Ascending(field) => (2, name(field)),
        Sort::Rating => (3, &b""[..]),
        Sort::Descending(field) => (4, name(field)),
    };
    to.field(tag::SORT, [&[sort], field].concat());
    encode_filters(declared, filters, &mut to);
    let probes = probes.iter().flat_map(|probes| probes.documents());
    to.list(
        tag::PROBES,
        probes.map(|probe| probe.key.as_bytes().to_vec()),
    );
    to.0
}

fn encode_text(text: &QueryText, to: &mut Encoder) {
    let QueryText {
        q,
        typos,
        match_mode,
        terms,
    } = text;
    to.field(tag::Q, q);
    // Cursors name optional terms by their position, which stop words shift.
    to.list(tag::TERMS, terms.term_texts().map(Vec::from));
    let bounds = [
        typos.max,
        typos.one_typo_min_chars,
        typos.two_typos_min_chars,
    ];
    to.field(
        tag::TYPOS,
        [&bounds[..], &[typos.in_numbers.into()]].concat(),
    );
    let mode = match match_mode {
        MatchMode::All => vec![0],
        MatchMode::Relaxed { min_matches } => [&[1][..], &min_matches.to_be_bytes()].concat(),
        MatchMode::Any => vec![2],
    };
    to.field(tag::MATCH_MODE, mode);
}

fn encode_profile(profile: &Profile, to: &mut Encoder) {
    to.field(tag::PROFILE, profile.name());
    let mut weights = Component::ALL
        .map(|component| number(profile.weight(component)))
        .to_vec();
    // This component is newer than the others. Without a weight it is left out, so that earlier
    // cursors stay valid.
    if profile.weight(Component::Exposure) == 0.0 {
        weights.pop();
    }
    let base = number(profile.base());
    to.field(tag::WEIGHTS, [&base[..], &weights.concat()].concat());
    let shape = match profile.decay_shape() {
        DecayShape::Exponential => 0,
        DecayShape::Gauss => 1,
        DecayShape::Linear => 2,
    };
    let half_distance = number(profile.half_distance_m());
    to.field(tag::DECAY, [&[shape][..], &half_distance].concat());
}

fn encode_filters(declared: Declared, filters: &Filters, to: &mut Encoder) {
    let Filters {
        attributes,
        visibility,
        owners,
        exclude,
        polygon,
        bounding_box,
        free,
        condition,
        restriction,
    } = filters;
    let text = |condition| AsFilter::new(condition, declared).to_string();
    let attributes = attributes.iter().map(text);
    to.list(tag::ATTRIBUTES, attributes.map(String::into_bytes));
    let categories = declared.collection.visibility().into_iter();
    let categories = categories.flat_map(|field| {
        let categories = visibility.iter();
        categories.filter_map(move |&it| declared.collection.category_name(field, it))
    });
    to.set(tag::VISIBILITY, categories.map(Vec::from));
    to.set(
        tag::OWNERS,
        owners.iter().map(|key| key.as_bytes().to_vec()),
    );
    to.set(
        tag::EXCLUDED,
        exclude.iter().map(|key| key.as_bytes().to_vec()),
    );
    if let Some(polygon) = polygon {
        let corners = polygon.corners().iter();
        to.list(tag::POLYGON, corners.map(|&corner| place(corner)));
    }
    let edges = bounding_box.map(|it| it.edges().map(number).concat());
    to.field_if(tag::BOUNDING_BOX, edges);
    let days = free.map(|nights| [nights.start(), nights.end()].map(|date| date.days()));
    to.field_if(
        tag::STAY,
        days.map(|days| days.map(i32::to_be_bytes).concat()),
    );
    to.field_if(tag::CONDITION, condition.as_ref().map(text));
    to.field_if(tag::RESTRICTION, restriction.as_ref().map(text));
}

/// Writes fields one after the other.
struct Encoder(Vec<u8>);

impl Encoder {
    fn field(&mut self, tag: u8, value: impl AsRef<[u8]>) {
        self.0.push(tag);
        self.bytes(value.as_ref());
    }

    fn field_if(&mut self, tag: u8, value: Option<impl AsRef<[u8]>>) {
        if let Some(value) = value {
            self.field(tag, value);
        }
    }

    /// A list whose order matters. An empty one is left out.
    fn list(&mut self, tag: u8, items: impl Iterator<Item = Vec<u8>>) {
        let mut list = Encoder(Vec::new());
        items.for_each(|item| list.bytes(&item));
        if !list.0.is_empty() {
            self.field(tag, list.0);
        }
    }

    /// A list whose order and duplicates do not matter.
    fn set(&mut self, tag: u8, items: impl Iterator<Item = Vec<u8>>) {
        let items: BTreeSet<Vec<u8>> = items.collect();
        self.list(tag, items.into_iter());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend((bytes.len() as u64).to_be_bytes());
        self.0.extend(bytes);
    }
}

fn tag_names(collection: &SearchedCollection, tags: Tags) -> impl Iterator<Item = Vec<u8>> {
    collection.ranking.tag_names(tags).map(Vec::from)
}

/// The bits of a number. -0 equals 0.
fn number(number: f64) -> [u8; 8] {
    (number + 0.0).to_bits().to_be_bytes()
}

fn place(place: LatLng) -> Vec<u8> {
    [number(place.lat()), number(place.lng())].concat()
}
