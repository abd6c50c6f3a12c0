//! Two collections that match: wishes, and the offers that meet them.

use std::sync::{Arc, LazyLock};

use crate::*;

/// What wishes may want and offers may have.
pub(super) const TAGS: [&str; 5] = ["wifi", "desk", "garden", "tv", "heating"];

/// The kinds of offers.
pub(super) const KINDS: [&str; 3] = ["house", "flat", "bed"];

/// The offers, which are the candidates and probes, and their fields.
pub(super) struct Offers {
    pub(super) collection: Collection,
    pub(super) price: FieldId,
    pub(super) beds: FieldId,
    pub(super) tags: FieldId,
    pub(super) kind: FieldId,
    pub(super) days_min: FieldId,
    pub(super) rating: FieldId,
    pub(super) reviews: FieldId,
}

/// The wishes, which place conditions on offers, and their fields.
pub(super) struct Wishes {
    pub(super) collection: Collection,
    pub(super) title: FieldId,
    pub(super) status: FieldId,
    pub(super) reach: FieldId,
    pub(super) budget: FieldId,
    pub(super) people: FieldId,
    pub(super) required: FieldId,
    pub(super) preferred: FieldId,
    pub(super) kinds: FieldId,
    pub(super) days: FieldId,
    pub(super) drawn: SignalId,
}

pub(super) static OFFERS: LazyLock<Offers> = LazyLock::new(|| {
    let mut schema = SchemaBuilder::new("offers");
    let price = schema.add(Field::new("price", FieldKind::Number));
    let beds = schema.add(Field::new("beds", FieldKind::Number));
    let tags = schema.add(Field::new("tags", FieldKind::Tags(names(&TAGS))));
    let kind = schema.add(Field::new("kind", FieldKind::Category(names(&KINDS))));
    let days_min = schema.add(Field::new("days_min", FieldKind::Number));
    let rating = schema.add(Field::new("rating", FieldKind::Number));
    let reviews = schema.add(Field::new("reviews", FieldKind::Number));
    schema
        .preferred_tags("tags", tags)
        .rating("rating", rating, reviews, 5.0)
        .budget("price", price);
    schema.add_signal("busy", SignalKind::Days);
    Offers {
        collection: Collection::new(schema.build().unwrap()),
        price,
        beds,
        tags,
        kind,
        days_min,
        rating,
        reviews,
    }
});

pub(super) static WISHES: LazyLock<Wishes> = LazyLock::new(|| {
    let mut schema = SchemaBuilder::new("wishes");
    let title = schema.add(Field::new("title", FieldKind::Text).searched(1));
    let status = FieldKind::Category(names(&["open", "closed"]));
    let status = schema.add(Field::new("status", status));
    let reach = schema.add(Field::new("reach", FieldKind::Reach));
    let budget = schema.add(Field::new("budget", FieldKind::Number));
    let people = schema.add(Field::new("people", FieldKind::Number));
    let required = schema.add(Field::new("required", FieldKind::Tags(names(&TAGS))));
    let preferred = schema.add(Field::new("preferred", FieldKind::Tags(names(&TAGS))));
    let kinds = schema.add(Field::new("kinds", FieldKind::Tags(names(&KINDS))));
    let days = schema.add(Field::new("days", FieldKind::DateRange));
    let drawn = schema.add_signal("drawn", SignalKind::Number { default: 0.0 });
    schema.visibility(status).exposure("exposure", drawn);
    Wishes {
        collection: Collection::new(schema.build().unwrap()),
        title,
        status,
        reach,
        budget,
        people,
        required,
        preferred,
        kinds,
        days,
        drawn,
    }
});

/// The conditions of wishes on offers, one of every kind.
pub(super) fn matching() -> Arc<Matching> {
    let pair = |document, candidate| FieldPair {
        document,
        candidate,
    };
    let conditions = vec![
        PairCondition::WithinReach(WISHES.reach),
        PairCondition::AtMost(pair(WISHES.budget, OFFERS.price)),
        PairCondition::AtLeast(pair(WISHES.people, OFFERS.beds)),
        PairCondition::AllTags(pair(WISHES.required, OFFERS.tags)),
        PairCondition::CategoryAmong(pair(WISHES.kinds, OFFERS.kind)),
        PairCondition::Free(WISHES.days),
        PairCondition::DaysAtLeast(pair(WISHES.days, OFFERS.days_min)),
    ];
    let matching = Matching::new(WISHES.collection, OFFERS.collection, conditions).unwrap();
    let preferred = pair(WISHES.preferred, OFFERS.tags);
    let matching = matching.preferring_tags(preferred).unwrap();
    let budget = pair(WISHES.budget, OFFERS.price);
    Arc::new(matching.within_budget(budget).unwrap())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
