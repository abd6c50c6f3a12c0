//! The description of a collection's documents.

use serde::Serialize;

use super::category::Category;
use super::field::{Field, FieldId, FieldKind};
use super::signal::{DocumentSignal, SignalId, SignalKind};
use super::tags::Tags;
use crate::ranking::profile::Component;
use crate::text::analyze;

/// What the documents of a collection consist of, and what their fields are used for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Schema {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    pub(super) signals: Vec<DocumentSignal>,
    pub(super) visibility: Option<FieldId>,
    pub(super) place_names: Option<PlaceNames>,
    pub(super) preferred_tags: Option<FieldId>,
    pub(super) rating: Option<RatingFields>,
    pub(super) budget: Option<FieldId>,
    pub(super) exposure: Option<SignalId>,
    pub(super) component_names: Vec<(Component, String)>,
}

/// The fields that name where a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlaceNames {
    /// The part of a city.
    pub(crate) locality: Option<FieldId>,
    pub(crate) city: FieldId,
}

/// The fields of a mean rating.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct RatingFields {
    /// The mean of all ratings of a document.
    pub(crate) mean: FieldId,
    /// The number of ratings.
    pub(crate) count: FieldId,
    /// The best rating.
    pub(crate) max: f64,
}

impl Schema {
    /// The name of the collection, in messages and as its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All fields; a [`FieldId`] is an index of these.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// All fields with their ids.
    pub fn fields_by_id(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        (0..).map(FieldId::new).zip(&self.fields)
    }

    /// The field with that name.
    pub fn field(&self, name: &str) -> Option<FieldId> {
        let mut fields = self.fields_by_id();
        fields
            .find(|(_, field)| field.name == name)
            .map(|(id, _)| id)
    }

    /// All signals of documents; a [`SignalId`] is an index of these.
    pub fn signals(&self) -> &[DocumentSignal] {
        &self.signals
    }

    /// The signal with that name.
    pub fn signal(&self, name: &str) -> Option<SignalId> {
        let mut signals = self.signals_by_id();
        signals
            .find(|(_, signal)| signal.name == name)
            .map(|(id, _)| id)
    }

    /// The signal of busy days.
    pub fn days(&self) -> Option<SignalId> {
        let mut signals = self.signals_by_id();
        signals
            .find(|(_, signal)| signal.kind == SignalKind::Days)
            .map(|(id, _)| id)
    }

    /// The name of a field; empty for the id of another schema.
    pub fn field_name(&self, field: FieldId) -> &str {
        self.fields.get(field.index()).map_or("", Field::name)
    }

    /// The names of a category or of tags; empty for a field of another kind.
    pub fn names(&self, field: FieldId) -> &[String] {
        let field = self.fields.get(field.index());
        field.map_or(&[], |field| field.kind.names())
    }

    /// The category with that name.
    pub fn category(&self, field: FieldId, name: &str) -> Option<Category> {
        let names = self.names(field).iter();
        let index = names
            .take(Category::NAMES_MAX)
            .position(|known| known == name)?;
        Some(Category(u8::try_from(index).ok()?))
    }

    /// The name of that category.
    pub fn category_name(&self, field: FieldId, category: Category) -> Option<&str> {
        let names = self.names(field);
        names.get(usize::from(category.0)).map(String::as_str)
    }

    /// The tag with that name, as a set of one.
    pub fn tag(&self, field: FieldId, name: &str) -> Option<Tags> {
        let mut names = self.names(field).iter();
        Some(Tags(1 << names.position(|known| known == name)?))
    }

    /// The names of these tags, in the order of the vocabulary.
    pub fn tag_names(&self, field: FieldId, tags: Tags) -> impl Iterator<Item = &str> {
        let names = self.names(field).iter().enumerate();
        let names = names.filter(move |(index, _)| tags.has(*index));
        names.map(|(_, name)| name.as_str())
    }

    /// The category that decides whether searches find a document: they find those of the first
    /// category, unless a filter names others. `None` if they find all.
    pub fn visibility(&self) -> Option<FieldId> {
        self.visibility
    }

    /// The name of a score component in configuration and in JSON.
    pub fn component_name(&self, component: Component) -> &str {
        let mut named = self.component_names.iter();
        let named = named.find(|(of, _)| *of == component);
        named.map_or(component.name(), |(_, name)| name)
    }

    /// The components that documents of this collection can have.
    pub fn components(&self) -> impl Iterator<Item = Component> {
        let has = |component: &Component| match component {
            Component::Tags => self.preferred_tags.is_some(),
            Component::Rating => self.rating.is_some(),
            Component::Budget => self.budget.is_some(),
            Component::Exposure => self.exposure.is_some(),
            _ => true,
        };
        Component::ALL.into_iter().filter(has)
    }

    /// The field that is shown as the name of a document: of the texts with the highest weight the
    /// first.
    pub(crate) fn title(&self) -> Option<FieldId> {
        let titles = self.fields_by_id().filter(|(_, field)| {
            field.weight > 0 && field.weight == self.weight_max() && field.kind == FieldKind::Text
        });
        titles.map(|(id, _)| id).next()
    }

    /// The highest weight of a searched field.
    pub(crate) fn weight_max(&self) -> u8 {
        let weights = self.fields.iter().map(Field::weight);
        weights.max().unwrap_or(0)
    }

    pub(crate) fn place_names(&self) -> Option<PlaceNames> {
        self.place_names
    }

    pub(crate) fn preferred_tags(&self) -> Option<FieldId> {
        self.preferred_tags
    }

    pub(crate) fn rating(&self) -> Option<RatingFields> {
        self.rating
    }

    pub(crate) fn budget(&self) -> Option<FieldId> {
        self.budget
    }

    pub(crate) fn exposure(&self) -> Option<SignalId> {
        self.exposure
    }

    /// The index of a signal among those of a number; `None` for a signal of another kind.
    pub(crate) fn number_signal_index(&self, signal: SignalId) -> Option<usize> {
        let is_number = |it: &&DocumentSignal| matches!(it.kind, SignalKind::Number { .. });
        is_number(&self.signals.get(signal.index())?).then(|| {
            let before = self.signals[..signal.index()].iter();
            before.filter(is_number).count()
        })
    }

    /// The index of a field among those with a number; `None` for a field of another kind.
    pub(crate) fn number_index(&self, field: FieldId) -> Option<usize> {
        self.index_among(field, |kind| {
            matches!(
                kind,
                FieldKind::Number | FieldKind::Reach | FieldKind::DateRange
            )
        })
    }

    /// The index of a field among the reaches.
    pub(crate) fn reach_index(&self, field: FieldId) -> Option<usize> {
        self.index_among(field, |kind| matches!(kind, FieldKind::Reach))
    }

    /// The index of a field among the date ranges.
    pub(crate) fn date_range_index(&self, field: FieldId) -> Option<usize> {
        self.index_among(field, |kind| matches!(kind, FieldKind::DateRange))
    }

    /// The index of a field among the categories.
    pub(crate) fn category_index(&self, field: FieldId) -> Option<usize> {
        self.index_among(field, |kind| matches!(kind, FieldKind::Category(_)))
    }

    /// The index of a field among the sets of tags.
    pub(crate) fn tags_index(&self, field: FieldId) -> Option<usize> {
        self.index_among(field, |kind| matches!(kind, FieldKind::Tags(_)))
    }

    /// The index of a field among the flags.
    pub(crate) fn flag_index(&self, field: FieldId) -> Option<usize> {
        self.index_among(field, |kind| matches!(kind, FieldKind::Flag))
    }

    /// The index of a field among the names.
    pub(crate) fn name_index(&self, field: FieldId) -> Option<usize> {
        self.index_among(field, |kind| matches!(kind, FieldKind::Name))
    }

    /// The occurrences that each tag of a field adds to the searched words, in the order of the
    /// vocabulary.
    pub(crate) fn tag_words(&self, field: FieldId) -> Vec<u32> {
        let weight = self.fields.get(field.index()).map_or(0, Field::weight);
        let names = self.names(field).iter();
        let words =
            |name: &String| -> u32 { analyze::words(&name.replace('_', " ")).map(|_| 1).sum() };
        names.map(|name| u32::from(weight) * words(name)).collect()
    }

    /// A hash of the whole schema, which is the same on every machine and in every release.
    pub(crate) fn hash(&self) -> u64 {
        // Every part of a schema can be serialized.
        fnv1a(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn signals_by_id(&self) -> impl Iterator<Item = (SignalId, &DocumentSignal)> {
        (0..).map(SignalId::new).zip(&self.signals)
    }

    fn index_among(&self, field: FieldId, is_kind: impl Fn(&FieldKind) -> bool) -> Option<usize> {
        is_kind(&self.fields.get(field.index())?.kind).then(|| {
            let before = self.fields[..field.index()].iter();
            before.filter(|field| is_kind(&field.kind)).count()
        })
    }
}

/// The 64-bit FNV-1a hash.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_matches_the_published_test_vectors() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
