//! Builds schemas and checks them.

use std::collections::HashSet;

use super::description::{PlaceNames, RatingFields, Schema};
use super::error::SchemaError;
use super::field::{Field, FieldId, FieldKind};
use super::signal::{DocumentSignal, SignalId, SignalKind, is_valid_number};
use crate::ranking::profile::Component;

/// A schema in the making.
#[derive(Clone, Debug)]
pub struct SchemaBuilder(Schema);

/// The maximum length of a collection's name, which is part of the names of files.
const NAME_BYTES_MAX: usize = 48;

impl SchemaBuilder {
    /// Starts the schema of a collection.
    ///
    /// ```
    /// use roost_engine::{Field, FieldKind, SchemaBuilder};
    /// let mut schema = SchemaBuilder::new("rooms");
    /// schema.add(Field::new("title", FieldKind::Text).searched(3));
    /// let price = schema.add(Field::new("price", FieldKind::Number));
    /// schema.budget("price", price);
    /// assert_eq!(schema.build()?.field("price"), Some(price));
    /// # Ok::<(), roost_engine::SchemaError>(())
    /// ```
    pub fn new(name: &str) -> SchemaBuilder {
        SchemaBuilder(Schema {
            name: name.to_owned(),
            fields: Vec::new(),
            signals: Vec::new(),
            visibility: None,
            place_names: None,
            preferred_tags: None,
            rating: None,
            budget: None,
            exposure: None,
            component_names: Vec::new(),
        })
    }

    /// Adds a field.
    pub fn add(&mut self, field: Field) -> FieldId {
        // A schema with more fields is rejected when it is built.
        let index = u8::try_from(self.0.fields.len()).unwrap_or(u8::MAX);
        self.0.fields.push(field);
        FieldId::new(index)
    }

    /// Adds a signal of documents.
    pub fn add_signal(&mut self, name: &str, kind: SignalKind) -> SignalId {
        // A schema with more signals is rejected when it is built.
        let index = u8::try_from(self.0.signals.len()).unwrap_or(u8::MAX);
        let name = name.to_owned();
        self.0.signals.push(DocumentSignal { name, kind });
        SignalId::new(index)
    }

    /// Hides documents from searches that are not of the first category, unless a query names
    /// others.
    pub fn visibility(&mut self, category: FieldId) -> &mut SchemaBuilder {
        self.0.visibility = Some(category);
        self
    }

    /// Suggests cities by these names, and localities, each with its city.
    pub fn place_names(&mut self, locality: Option<FieldId>, city: FieldId) -> &mut SchemaBuilder {
        self.0.place_names = Some(PlaceNames { locality, city });
        self
    }

    /// Adds a score component: the share of the preferred tags that a document has.
    pub fn preferred_tags(&mut self, component: &str, tags: FieldId) -> &mut SchemaBuilder {
        self.0.preferred_tags = Some(tags);
        self.name_component(Component::Tags, component)
    }

    /// Adds a score component: a mean rating from 0 to `max`, smoothed by the number of ratings.
    pub fn rating(
        &mut self,
        component: &str,
        mean: FieldId,
        count: FieldId,
        max: f64,
    ) -> &mut SchemaBuilder {
        self.0.rating = Some(RatingFields { mean, count, max });
        self.name_component(Component::Rating, component)
    }

    /// Adds a score component: how well a number fits the budget of a query.
    pub fn budget(&mut self, component: &str, number: FieldId) -> &mut SchemaBuilder {
        self.0.budget = Some(number);
        self.name_component(Component::Budget, component)
    }

    /// Adds a score component: the lower this number of a document, the higher it is.
    pub fn exposure(&mut self, component: &str, number: SignalId) -> &mut SchemaBuilder {
        self.0.exposure = Some(number);
        self.name_component(Component::Exposure, component)
    }

    /// Checks the schema.
    ///
    /// # Errors
    /// If names are invalid or not unique, there are too many fields, names or signals, a role has
    /// a field or signal of the wrong kind, or the default of a signal is invalid.
    pub fn build(&self) -> Result<Schema, SchemaError> {
        let schema = &self.0;
        if !is_name(&schema.name) {
            return Err(SchemaError::CollectionName(schema.name.clone()));
        }
        if schema.fields.len() > FieldId::MAX {
            return Err(SchemaError::FieldCount(schema.fields.len()));
        }
        let mut names = HashSet::new();
        for field in &schema.fields {
            if field.name.is_empty() || !names.insert(&field.name) {
                return Err(SchemaError::FieldName(field.name.clone()));
            }
            check_names(field)?;
            if field.weight > 0 && !field.kind.has_words() {
                return Err(SchemaError::Kind {
                    field: field.name.clone(),
                    found: field.kind.noun(),
                    role: "a search for words",
                    expected: "a text, a name or tags",
                });
            }
        }
        self.check_signals()?;
        self.check_roles()?;
        Ok(schema.clone())
    }

    fn check_signals(&self) -> Result<(), SchemaError> {
        let signals = &self.0.signals;
        if signals.len() > SignalId::MAX {
            return Err(SchemaError::SignalCount(signals.len()));
        }
        let mut names = HashSet::new();
        let mut has_days = false;
        for signal in signals {
            if signal.name.is_empty() || !names.insert(&signal.name) {
                return Err(SchemaError::SignalName(signal.name.clone()));
            }
            match signal.kind {
                SignalKind::Days if has_days => {
                    return Err(SchemaError::SecondDays(signal.name.clone()));
                }
                SignalKind::Days => has_days = true,
                SignalKind::Number { default } if !is_valid_number(default) => {
                    return Err(SchemaError::SignalDefault {
                        signal: signal.name.clone(),
                        default: default.to_string(),
                    });
                }
                SignalKind::Number { .. } => {}
            }
        }
        let Some(exposure) = self.0.exposure else {
            return Ok(());
        };
        let unknown = || SchemaError::UnknownSignal(exposure.index());
        let signal = signals.get(exposure.index()).ok_or_else(unknown)?;
        match signal.kind {
            SignalKind::Number { .. } => Ok(()),
            SignalKind::Days => Err(SchemaError::SignalKind {
                signal: signal.name.clone(),
                found: signal.kind.noun(),
                role: "the exposure",
                expected: "a number",
            }),
        }
    }

    fn check_roles(&self) -> Result<(), SchemaError> {
        let schema = &self.0;
        let is_category = |kind: &FieldKind| matches!(kind, FieldKind::Category(_));
        let is_tags = |kind: &FieldKind| matches!(kind, FieldKind::Tags(_));
        let is_number = |kind: &FieldKind| *kind == FieldKind::Number;
        let is_name = |kind: &FieldKind| *kind == FieldKind::Name;
        self.check(
            schema.visibility,
            ("the visibility", "a category"),
            is_category,
        )?;
        self.check(
            schema.preferred_tags,
            ("the preferred tags", "tags"),
            is_tags,
        )?;
        self.check(schema.budget, ("the budget", "a number"), is_number)?;
        for field in schema.rating.iter().flat_map(|it| [it.mean, it.count]) {
            self.check(Some(field), ("the rating", "a number"), is_number)?;
        }
        if let Some(PlaceNames { locality, city }) = schema.place_names {
            self.check(locality, ("the name of a place", "a name"), is_name)?;
            self.check(Some(city), ("the name of a place", "a name"), is_name)?;
        }
        Ok(())
    }

    fn check(
        &self,
        field: Option<FieldId>,
        (role, expected): (&'static str, &'static str),
        is_expected: impl Fn(&FieldKind) -> bool,
    ) -> Result<(), SchemaError> {
        let Some(field) = field else {
            return Ok(());
        };
        let unknown = || SchemaError::UnknownField(field.index());
        let field = self.0.fields.get(field.index()).ok_or_else(unknown)?;
        if is_expected(&field.kind) {
            return Ok(());
        }
        Err(SchemaError::Kind {
            field: field.name.clone(),
            found: field.kind.noun(),
            role,
            expected,
        })
    }

    fn name_component(&mut self, component: Component, name: &str) -> &mut SchemaBuilder {
        self.0.component_names.push((component, name.to_owned()));
        self
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(is_allowed)
}

fn check_names(field: &Field) -> Result<(), SchemaError> {
    if !matches!(field.kind, FieldKind::Category(_) | FieldKind::Tags(_)) {
        return Ok(());
    }
    let (names, max) = (field.kind.names(), field.kind.names_max());
    let different: HashSet<&String> = names.iter().collect();
    if (1..=max).contains(&names.len()) && different.len() == names.len() {
        return Ok(());
    }
    Err(SchemaError::Names {
        field: field.name.clone(),
        count: names.len(),
        max,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> (SchemaBuilder, FieldId) {
        let mut builder = SchemaBuilder::new("things");
        let number = builder.add(Field::new("number", FieldKind::Number));
        (builder, number)
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("name{n}")).collect()
    }

    #[test]
    fn an_invalid_schema_is_rejected_with_the_field_and_what_is_wrong() {
        for name in ["", "Things", "1st", "a/b", &"a".repeat(49)] {
            let built = SchemaBuilder::new(name).build();
            assert_eq!(built, Err(SchemaError::CollectionName(name.to_owned())));
        }
        let (mut twice, _) = builder();
        twice.add(Field::new("number", FieldKind::Flag));
        assert_eq!(twice.build(), Err(SchemaError::FieldName("number".into())));

        for (kind, max) in [
            (FieldKind::Tags(names(65)), 64),
            (FieldKind::Category(names(64)), 63),
            (FieldKind::Tags(Vec::new()), 64),
            (FieldKind::Tags(vec!["a".to_owned(), "a".to_owned()]), 64),
        ] {
            let (mut builder, _) = builder();
            let count = kind.names().len();
            builder.add(Field::new("names", kind));
            let field = "names".to_owned();
            assert_eq!(
                builder.build(),
                Err(SchemaError::Names { field, count, max })
            );
        }
        let (mut wrong_kind, number) = builder();
        wrong_kind.visibility(number);
        let error = wrong_kind.build().unwrap_err();
        let expected = "field number is a number, and the visibility needs a category";
        assert_eq!(error.to_string(), expected);

        let (mut unknown, _) = builder();
        unknown.budget("price", FieldId::new(7));
        assert_eq!(unknown.build(), Err(SchemaError::UnknownField(7)));

        let (mut second, _) = builder();
        second.add_signal("busy", SignalKind::Days);
        second.add_signal("closed", SignalKind::Days);
        let error = second.build().unwrap_err();
        assert_eq!(error, SchemaError::SecondDays("closed".to_owned()));

        for default in [-1.0, f64::INFINITY, f64::NAN] {
            let (mut builder, _) = builder();
            builder.add_signal("drawn", SignalKind::Number { default });
            let message = format!(
                "the default {default} of signal drawn is not a finite number of at least 0"
            );
            assert_eq!(builder.build().unwrap_err().to_string(), message);
        }
        let (mut of_days, _) = builder();
        let days = of_days.add_signal("busy", SignalKind::Days);
        of_days.exposure("exposure", days);
        let error = of_days.build().unwrap_err();
        let expected = "signal busy is days, and the exposure needs a number";
        assert_eq!(error.to_string(), expected);

        let mut searched = SchemaBuilder::new("things");
        searched.add(Field::new("number", FieldKind::Number).searched(1));
        assert!(matches!(searched.build(), Err(SchemaError::Kind { .. })));
    }

    #[test]
    fn every_name_maps_to_its_value_and_back() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let mut builder = SchemaBuilder::new("things");
        let kind = FieldKind::Category(names(&["listed", "paused"]));
        let status = builder.add(Field::new("status", kind));
        let kind = FieldKind::Tags(names(&["wifi", "hot_water"]));
        let tags = builder.add(Field::new("tags", kind).searched(2));
        let schema = builder.build().unwrap();
        for name in schema.names(status) {
            let category = schema.category(status, name).unwrap();
            assert_eq!(schema.category_name(status, category), Some(name.as_str()));
        }
        for name in schema.names(tags) {
            let found = schema.tag_names(tags, schema.tag(tags, name).unwrap());
            assert_eq!(found.collect::<Vec<_>>(), [name.as_str()]);
        }
        assert_eq!(schema.tag(tags, "helipad"), None);
        assert_eq!(schema.category(tags, "helipad"), None);
        assert_eq!(schema.tag_words(tags), [2, 4]);
        assert_eq!(schema.field_name(tags), "tags");
        assert_eq!(schema.field("status"), Some(status));
    }
}
