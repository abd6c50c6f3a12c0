//! Displays a condition as a filter.

use std::fmt::{self, Display, Formatter};

use roost_collections::{Declared, Source};
use roost_engine::{Condition, FieldId, Interval};

use super::fields::name_of_source;

/// Displays a condition as the filter with the same meaning. A condition that was parsed from a
/// filter displays as one that parses again and nests no deeper.
#[derive(Clone, Copy)]
pub(crate) struct AsFilter<'a> {
    condition: &'a Condition,
    declared: Declared,
}

impl<'a> AsFilter<'a> {
    /// A condition for documents of this collection.
    pub(crate) fn new(condition: &'a Condition, declared: Declared) -> AsFilter<'a> {
        AsFilter {
            condition,
            declared,
        }
    }

    fn part(self, condition: &'a Condition) -> AsFilter<'a> {
        AsFilter { condition, ..self }
    }

    fn name(self, field: FieldId) -> &'static str {
        self.declared.declaration.query_name(field)
    }

    fn joined(
        self,
        f: &mut Formatter<'_>,
        parts: &'a [Condition],
        keyword: &str,
        binds_looser: impl Fn(&Condition) -> bool,
    ) -> fmt::Result {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                f.write_str(keyword)?;
            }
            self.part(part).grouped(f, binds_looser(part))?;
        }
        Ok(())
    }

    fn grouped(self, f: &mut Formatter<'_>, in_parentheses: bool) -> fmt::Result {
        if in_parentheses {
            write!(f, "({self})")
        } else {
            self.fmt(f)
        }
    }
}

impl Display for AsFilter<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let collection = self.declared.collection;
        match self.condition {
            Condition::All(parts) => {
                let binds_looser = |part: &_| matches!(part, Condition::All(_) | Condition::Any(_));
                self.joined(f, parts, " AND ", binds_looser)
            }
            // AND binds tighter than OR.
            Condition::Any(parts) => {
                self.joined(f, parts, " OR ", |part| matches!(part, Condition::Any(_)))
            }
            Condition::Not(part) => {
                f.write_str("NOT ")?;
                let is_joined = matches!(**part, Condition::All(_) | Condition::Any(_));
                self.part(part).grouped(f, is_joined)
            }
            Condition::Number(field, interval) => {
                f.write_str(self.name(*field))?;
                match interval {
                    Interval::Below(end) => write!(f, " < {end}"),
                    Interval::UpTo(max) => write!(f, " <= {max}"),
                    Interval::Above(end) => write!(f, " > {end}"),
                    Interval::From(min) => write!(f, " >= {min}"),
                    Interval::Between(min, max) if min == max => write!(f, " = {min}"),
                    Interval::Between(min, max) => write!(f, ":{min}..{max}"),
                }
            }
            Condition::Category(field, categories) => {
                let names = categories.iter();
                let names = names.filter_map(|&one| collection.category_name(*field, one));
                values(f, self.name(*field), names)
            }
            Condition::AnyTag(field, tags) => {
                let names = collection.tag_names(*field, *tags);
                values(f, self.name(*field), names)
            }
            // Filters have no syntax for this but one comparison for each tag.
            Condition::AllTags(field, tags) => {
                let names = collection.tag_names(*field, *tags);
                let parts = names.map(|name| format!("{}:{name}", self.name(*field)));
                f.write_str(&parts.collect::<Vec<_>>().join(" AND "))
            }
            Condition::Flag(field, is_set) => write!(f, "{}:{is_set}", self.name(*field)),
            Condition::Name(field, names) => {
                values(f, self.name(*field), names.iter().map(|name| quoted(name)))
            }
            Condition::Overlaps(field, days) => {
                let last = days.end().plus_days(-1);
                write!(f, "{}:{}..{last}", self.name(*field), days.start())
            }
            // Filters have no syntax for this. Areas are parameters of their own.
            Condition::Within(_) => f.write_str("within an area"),
            Condition::Owner(owners) => {
                let name = name_of_source(self.declared, |source| source == Source::Owner);
                values(f, name, owners.iter())
            }
            Condition::Key(keys) => {
                let name = name_of_source(self.declared, |source| source == Source::Key);
                values(f, name, keys.iter())
            }
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', r"\\").replace('"', "\\\""))
}

fn values<T: Display>(
    f: &mut Formatter<'_>,
    field: &str,
    values: impl Iterator<Item = T>,
) -> fmt::Result {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    match values.as_slice() {
        [one] => write!(f, "{field}:{one}"),
        several => write!(f, "{field}:[{}]", several.join(", ")),
    }
}
