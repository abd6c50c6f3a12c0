//! Displays a condition as a filter.

use std::fmt::{self, Display, Formatter};

use roost_engine::{Collection, Condition, Interval};

use super::fields::number_name;

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
            Condition::Number(number, interval) => {
                f.write_str(number_name(*number))?;
                match interval {
                    Interval::Below(end) => write!(f, " < {end}"),
                    Interval::UpTo(max) => write!(f, " <= {max}"),
                    Interval::Above(end) => write!(f, " > {end}"),
                    Interval::From(min) => write!(f, " >= {min}"),
                    Interval::Between(min, max) if min == max => write!(f, " = {min}"),
                    Interval::Between(min, max) => write!(f, ":{min}..{max}"),
                }
            }
            Condition::Category(categories) => {
                let names = categories.iter();
                let names = names.filter_map(|&one| Collection::Rooms.category_name(one));
                values(f, "room_type", names)
            }
            Condition::Tag(tags) => values(
                f,
                "amenities",
                Collection::Rooms.tag_names(*tags).into_iter(),
            ),
            Condition::Status(statuses) => {
                let names = statuses.iter();
                let names = names.filter_map(|&one| Collection::Rooms.status_name(one));
                values(f, "status", names)
            }
            Condition::Verified(verified) => write!(f, "verified:{verified}"),
            Condition::Locality(names) => {
                values(f, "locality", names.iter().map(|name| quoted(name)))
            }
            Condition::City(names) => values(f, "city", names.iter().map(|name| quoted(name))),
            Condition::Owner(owners) => values(f, "landlord", owners.iter()),
            Condition::Key(keys) => values(f, "id", keys.iter()),
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
