//! One field of a configured collection.

use std::collections::HashSet;

use roost_collections::{FacetValues, FieldDeclaration, SortOrder, Source};
use roost_engine::{Category, Tags};
use toml::{Table, Value};

use super::super::section::{Check, is_plain_name};
use super::names::{leak, read_column};

/// The key of the category that searches find.
pub(super) const VISIBLE: &str = "visible";

/// Each kind with its own keys, besides `kind` and `column`.
const KINDS: [(&str, &[&str]); 11] = [
    ("text", &["weight", "nullable"]),
    ("texts", &["weight"]),
    ("name", &["weight", "facet"]),
    (
        "number",
        &["min", "max", "whole", "nullable", "facet", "sort"],
    ),
    ("category", &["values", "facet", VISIBLE]),
    ("tags", &["values", "weight", "facet"]),
    ("flag", &["facet"]),
    ("is_set", &["facet"]),
    ("date_range", &["end_column", "nullable"]),
    ("time", &["sort"]),
    ("reach", &["nullable"]),
];

/// The names of sort orders and facets that every collection has.
const RESERVED: [&str; 2] = ["match", "distance"];

/// Whole numbers up to here are exact.
const NUMBER_MAX: f64 = 1e15;
const WEIGHT_MAX: f64 = 20.0;
const EDGES_MAX: usize = 20;
const VALUE_CHARS_MAX: usize = 100;

/// Reads a field; `None` if it has a problem. `taken` are the names of key, place and owner.
pub(super) fn read(
    check: &mut Check<'_>,
    fields: &str,
    name: &str,
    value: &Value,
    taken: &[&str],
) -> Option<FieldDeclaration> {
    let path = format!("{fields}.{name}");
    let problems_before = check.problem_count();
    if !is_plain_name(name) || RESERVED.contains(&name) {
        let expected = format!(
            "a name of 1 to 40 of the characters a-z, 0-9 and _, other than {}",
            RESERVED.join(" and ")
        );
        check.unknown(&path, "a field's name", &expected);
    }
    if taken.contains(&name) {
        let expected = "another name, because the key, the place or the owner has this one";
        check.unknown(&path, "available", expected);
    }
    let settings = check.table(&path, value)?;
    let mut reader = Reader {
        check,
        settings,
        path,
    };
    let field = reader.field(name);
    field.filter(|_| check.problem_count() == problems_before)
}

struct Reader<'a, 'b> {
    check: &'a mut Check<'b>,
    settings: &'a Table,
    path: String,
}

impl Reader<'_, '_> {
    fn field(&mut self, name: &str) -> Option<FieldDeclaration> {
        let kind = self.kind()?;
        let source = self.source(kind);
        let column = match self.settings.get("column") {
            Some(value) => read_column(self.check, &self.key_path("column"), value),
            None => Some(leak(name)),
        };
        let weight = self.number("weight", 0.0, 0.0..=WEIGHT_MAX, true);
        let (facet, order) = match kind {
            "number" => (self.edges(), self.order(name, ["lowest", "highest"])),
            "time" => (None, self.order(name, ["earliest", "latest"])),
            _ => (self.flag("facet").then_some(FacetValues::Each), None),
        };
        let mut field = FieldDeclaration::new(leak(name), source?).from_column(column?);
        field.facet = facet;
        if let Some((order, doc)) = order {
            field = field.sorted(order, doc);
        }
        if self.settings.contains_key(VISIBLE) {
            field = field.visibility(usize::MAX);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number from 0 to WEIGHT_MAX"
        )]
        let weight = weight? as u8;
        Some(field.searched(weight))
    }

    fn kind(&mut self) -> Option<&'static str> {
        let names = KINDS.map(|(name, _)| name).join(", ");
        let (path, expected) = (self.key_path("kind"), format!("one of {names}"));
        let Some(value) = self.settings.get("kind") else {
            self.check.missing(&path, &expected);
            return None;
        };
        let name = self.check.text(&path, value, &expected)?;
        let Some((kind, keys)) = KINDS.into_iter().find(|(kind, _)| *kind == name) else {
            self.check.invalid(&path, value, &expected);
            return None;
        };
        let keys = [&["kind", "column"], keys].concat();
        let what = format!("a field of kind {kind}");
        self.check.keys(&self.path, self.settings, &keys, &what);
        Some(kind)
    }

    fn source(&mut self, kind: &str) -> Option<Source> {
        let is_nullable = self.flag("nullable");
        Some(match kind {
            "text" => Source::Text { is_nullable },
            "texts" => Source::Texts,
            "name" => Source::Name { is_nullable: false },
            "number" => return self.number_source(is_nullable),
            "category" => Source::Category(self.categories()?),
            "tags" => Source::Tags(self.values(Tags::NAMES_MAX)?.leak()),
            "flag" => Source::IsTrue,
            "is_set" => Source::IsSet,
            "date_range" => Source::DateRange {
                end_column: self.end_column()?,
                is_nullable,
            },
            "time" => Source::Time,
            _ => Source::Reach { is_nullable },
        })
    }

    fn number_source(&mut self, is_nullable: bool) -> Option<Source> {
        let is_whole = self.flag("whole");
        let range = -NUMBER_MAX..=NUMBER_MAX;
        let min = self.number("min", 0.0, range.clone(), is_whole);
        let max = self.number("max", NUMBER_MAX, range, is_whole);
        let (min, max) = (min?, max?);
        if min > max {
            let (key, other) = match self.settings.contains_key("max") {
                true => ("max", format!("a number of at least min, {min}")),
                false => ("min", format!("a number of at most {max}")),
            };
            let value = Value::Float(max);
            let value = self.settings.get(key).unwrap_or(&value);
            self.check.invalid(&self.key_path(key), value, &other);
            return None;
        }
        Some(Source::Number {
            min,
            max,
            is_whole,
            is_nullable,
        })
    }

    /// The values of a category, the visible one first.
    fn categories(&mut self) -> Option<&'static [&'static str]> {
        let mut values = self.values(Category::NAMES_MAX)?;
        if let Some(value) = self.settings.get(VISIBLE) {
            let (path, expected) = (
                self.key_path(VISIBLE),
                format!("one of {}", values.join(", ")),
            );
            let visible = self.check.text(&path, value, &expected)?;
            let Some(index) = values.iter().position(|value| *value == visible) else {
                self.check.invalid(&path, value, &expected);
                return None;
            };
            values[..=index].rotate_right(1);
        }
        Some(values.leak())
    }

    fn values(&mut self, max: usize) -> Option<Vec<&'static str>> {
        let path = self.key_path("values");
        let expected = format!(
            "1 to {max} different texts of 1 to {VALUE_CHARS_MAX} characters, without commas"
        );
        let Some(value) = self.settings.get("values") else {
            self.check.missing(&path, &expected);
            return None;
        };
        let texts: Option<Vec<&str>> = value
            .as_array()
            .and_then(|values| values.iter().map(Value::as_str).collect());
        let is_value = |text: &&str| {
            (1..=VALUE_CHARS_MAX).contains(&text.chars().count())
                && !text.contains(|c: char| c == ',' || c.is_control())
        };
        let is_valid = |texts: &Vec<&str>| {
            let different: HashSet<&&str> = texts.iter().collect();
            (1..=max).contains(&texts.len())
                && different.len() == texts.len()
                && texts.iter().all(is_value)
        };
        let Some(texts) = texts.filter(is_valid) else {
            self.check.invalid(&path, value, &expected);
            return None;
        };
        Some(texts.into_iter().map(leak).collect())
    }

    fn end_column(&mut self) -> Option<&'static str> {
        let path = self.key_path("end_column");
        match self.settings.get("end_column") {
            Some(value) => read_column(self.check, &path, value),
            None => {
                let expected = "the column with the day after the last one";
                self.check.missing(&path, expected);
                None
            }
        }
    }

    /// The ranges of a number that facets count; `None` without any and after a problem.
    fn edges(&mut self) -> Option<FacetValues> {
        let value = self.settings.get("facet")?;
        let edges: Option<Vec<f64>> = value.clone().try_into().ok();
        let is_valid = |edges: &Vec<f64>| {
            (1..=EDGES_MAX).contains(&edges.len())
                && edges.is_sorted_by(|a, b| a < b)
                && edges.iter().all(|edge| edge.abs() <= NUMBER_MAX)
        };
        let Some(edges) = edges.filter(is_valid) else {
            let expected = format!(
                "1 to {EDGES_MAX} ascending numbers, the edges of the ranges to count, such as \
                 [1, 2, 5]"
            );
            self.check
                .invalid(&self.key_path("facet"), value, &expected);
            return None;
        };
        Some(FacetValues::Between(edges.leak()))
    }

    /// The order of a sort by the field, and its description; `None` without one and after a
    /// problem.
    fn order(
        &mut self,
        name: &str,
        [lowest, highest]: [&str; 2],
    ) -> Option<(SortOrder, &'static str)> {
        let value = self.settings.get("sort")?;
        let (path, expected) = (self.key_path("sort"), "ascending or descending");
        let (order, first) = match self.check.text(&path, value, expected)? {
            "ascending" => (SortOrder::Ascending, lowest),
            "descending" => (SortOrder::Descending, highest),
            _ => {
                self.check.invalid(&path, value, expected);
                return None;
            }
        };
        let doc = format!("{first} {name} first, unknown values last");
        Some((order, leak(&doc)))
    }

    /// Reads true or false; false without a value and after a problem.
    fn flag(&mut self, key: &str) -> bool {
        match self.settings.get(key) {
            Some(value) => self
                .check
                .flag(&self.key_path(key), value)
                .unwrap_or_default(),
            None => false,
        }
    }

    fn number(
        &mut self,
        key: &str,
        default: f64,
        range: std::ops::RangeInclusive<f64>,
        is_whole: bool,
    ) -> Option<f64> {
        let Some(value) = self.settings.get(key) else {
            return Some(default);
        };
        let path = self.key_path(key);
        let number = self.check.number(&path, value, range.clone())?;
        if is_whole && number.fract() != 0.0 {
            let expected = format!("a whole number from {} to {}", range.start(), range.end());
            self.check.invalid(&path, value, &expected);
            return None;
        }
        Some(number)
    }

    fn key_path(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }
}
