//! The collection of all test documents, with a field of every kind and one for every role, and
//! the words, names and tags that they have.

use std::sync::LazyLock;

use crate::*;

/// The time at which queries run, in seconds since 1970.
pub(super) const NOW_S: i64 = 1_800_000_000;

/// The words of all texts, a rare one last. Many are within a typo or two of each other.
pub(super) const WORDS: [&str; 16] = [
    "quiet", "quite", "room", "rooms", "bathroom", "bedrooms", "garden", "gardener", "desk",
    "disk", "wifi", "near", "café", "campus", "compass", "rare",
];

/// All indexed words: those above, the names of tags, and a very rare word that is two others
/// without a space.
pub(super) const VOCABULARY: [&str; 18] = [
    "quiet", "quite", "room", "rooms", "bathroom", "bedrooms", "garden", "gardener", "desk",
    "disk", "wifi", "near", "cafe", "campus", "compass", "rare", "tv", "nearcafe",
];

/// Localities and cities, made of the same words. Some documents have none.
pub(super) const NAMES: [&str; 6] = [
    "",
    "Garden",
    "Quiet Campus",
    "Café",
    "Compass Garden",
    "Rare",
];

/// The tags that documents have.
pub(super) const NAMED_TAGS: [&str; 4] = ["wifi", "desk", "garden", "tv"];

/// The collection and its fields.
pub(super) struct Things {
    pub(super) collection: Collection,
    pub(super) title: FieldId,
    pub(super) description: FieldId,
    pub(super) locality: FieldId,
    pub(super) city: FieldId,
    pub(super) status: FieldId,
    pub(super) verified: FieldId,
    pub(super) category: FieldId,
    pub(super) tags: FieldId,
    pub(super) price: FieldId,
    pub(super) occupancy: FieldId,
    pub(super) days_min: FieldId,
    pub(super) rating: FieldId,
    pub(super) reviews: FieldId,
    pub(super) days: FieldId,
    pub(super) drawn: SignalId,
}

/// The number of documents for which no other is set.
pub(super) const DRAWN_DEFAULT: f64 = 2.0;

pub(super) static THINGS: LazyLock<Things> = LazyLock::new(|| {
    let mut schema = SchemaBuilder::new("things");
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let category = |of| FieldKind::Category(names(of));
    let mut add = |field| schema.add(field);
    let title = add(Field::new("title", FieldKind::Text).searched(3));
    let tags = FieldKind::Tags(names(&NAMED_TAGS));
    let tags = add(Field::new("tags", tags).searched(1));
    let description = add(Field::new("description", FieldKind::Text).searched(1));
    let status = add(Field::new("status", category(&["a", "b", "c", "d"])));
    let price = add(Field::new("price", FieldKind::Number));
    let locality = add(Field::new("locality", FieldKind::Name).searched(2));
    let verified = add(Field::new("verified", FieldKind::Flag));
    let city = add(Field::new("city", FieldKind::Name).searched(2));
    let occupancy = add(Field::new("occupancy", FieldKind::Number));
    let category = add(Field::new("category", category(&["k", "l", "m", "n"])));
    let days_min = add(Field::new("days_min", FieldKind::Number));
    let rating = add(Field::new("rating", FieldKind::Number));
    let reviews = add(Field::new("reviews", FieldKind::Number));
    let days = add(Field::new("days", FieldKind::DateRange));
    schema
        .visibility(status)
        .place_names(Some(locality), city)
        .preferred_tags("tags", tags)
        .rating("rating", rating, reviews, 5.0)
        .budget("price", price);
    schema.add_signal("busy", SignalKind::Days);
    let default = DRAWN_DEFAULT;
    let drawn = schema.add_signal("drawn", SignalKind::Number { default });
    schema.exposure("exposure", drawn);
    Things {
        collection: Collection::new(schema.build().unwrap()),
        title,
        description,
        locality,
        city,
        status,
        verified,
        category,
        tags,
        price,
        occupancy,
        days_min,
        rating,
        reviews,
        days,
        drawn,
    }
});

impl Things {
    /// The tag with that name.
    pub(super) fn tag(&self, name: &str) -> Tags {
        self.collection.tag(self.tags, name).unwrap()
    }

    /// The profile of most queries.
    pub(super) fn profile(&self) -> Profile {
        profile(0.0, [100.0, 30.0, 5.0, 7.5, 7.5, 10.0, 10.0, 10.0, 20.0])
    }

    /// A profile of the owner's signals alone, by which a search reads no other signal.
    pub(super) fn signals_profile(&self) -> Profile {
        profile(50.0, [0.0, 0.0, 20.0, 15.0, 15.0, 0.0, 0.0, 0.0, 0.0])
    }
}

fn profile(base: f64, weights: [f64; 9]) -> Profile {
    let profile = Profile::new("test", base, DecayShape::Exponential, 2_000.0).unwrap();
    let weights = Component::ALL.into_iter().zip(weights);
    let weigh = |profile: Profile, (component, weight)| profile.with_weight(component, weight);
    weights.into_iter().try_fold(profile, weigh).unwrap()
}
