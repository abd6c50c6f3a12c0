//! Displays a condition as a filter.

use std::fmt::{self, Display, Formatter};

use roost_collections::{Source, rooms};
use roost_engine::{Condition, Interval};

use super::fields::name_of_source;

/// Displays a condition as the filter with the same meaning. A condition that was parsed from a
/// filter displays as one that parses again and nests no deeper.
pub(crate) struct AsFilter<'a>(pub(crate) &'a Condition);

impl Display for AsFilter<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Condition::All(parts) => {
                let binds_looser = |part: &_| matches!(part, Condition::All(_) | Condition::Any(_));
                joined(f, parts, " AND ", binds_looser)
            }
            // AND binds tighter than OR.
            Condition::Any(parts) => {
                joined(f, parts, " OR ", |part| matches!(part, Condition::Any(_)))
            }
            Condition::Not(part) => {
                f.write_str("NOT ")?;
                let is_joined = matches!(**part, Condition::All(_) | Condition::Any(_));
                part_of(f, part, is_joined)
            }
            Condition::Number(field, interval) => {
                f.write_str(rooms::DECLARATION.query_name(*field))?;
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
                let names = names.filter_map(|&one| rooms::collection().category_name(*field, one));
                values(f, rooms::DECLARATION.query_name(*field), names)
            }
            Condition::AnyTag(field, tags) => {
                let names = rooms::collection().tag_names(*field, *tags);
                values(f, rooms::DECLARATION.query_name(*field), names)
            }
            // Filters have no syntax for this but one comparison for each tag.
            Condition::AllTags(field, tags) => {
                let names = rooms::collection().tag_names(*field, *tags);
                let parts =
                    names.map(|name| format!("{}:{name}", rooms::DECLARATION.query_name(*field)));
                f.write_str(&parts.collect::<Vec<_>>().join(" AND "))
            }
            Condition::Flag(field, is_set) => {
                write!(f, "{}:{is_set}", rooms::DECLARATION.query_name(*field))
            }
            Condition::Name(field, names) => values(
                f,
                rooms::DECLARATION.query_name(*field),
                names.iter().map(|name| quoted(name)),
            ),
            Condition::Overlaps(field, days) => {
                f.write_str(rooms::DECLARATION.query_name(*field))?;
                write!(f, ":{}..{}", days.start(), days.end().plus_days(-1))
            }
            Condition::Owner(owners) => {
                let name = name_of_source(|source| source == Source::Owner);
                values(f, name, owners.iter())
            }
            Condition::Key(keys) => {
                let name = name_of_source(|source| source == Source::Key);
                values(f, name, keys.iter())
            }
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', r"\\").replace('"', "\\\""))
}

fn joined(
    f: &mut Formatter<'_>,
    parts: &[Condition],
    keyword: &str,
    binds_looser: impl Fn(&Condition) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(keyword)?;
        }
        part_of(f, part, binds_looser(part))?;
    }
    Ok(())
}

fn part_of(f: &mut Formatter<'_>, part: &Condition, in_parentheses: bool) -> fmt::Result {
    if in_parentheses {
        write!(f, "({})", AsFilter(part))
    } else {
        AsFilter(part).fmt(f)
    }
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
