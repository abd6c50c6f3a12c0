//! Parameters of the statistics: an ISO week, and where a page starts.

use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::params::scalar::{Invalid, Scalar};

/// The longest name of a city, as in the table.
const CITY_CHARS_MAX: usize = 200;

/// An ISO week such as `2026-W50`.
#[derive(Clone, Copy)]
pub(super) struct Week;

/// The week and city after which a page starts, such as `2026-W50/Mysuru`.
#[derive(Clone, Copy)]
pub(super) struct WeekAndCity;

impl WeekAndCity {
    /// The cursor of the page after a group.
    pub(super) fn cursor(week: &str, city: &str) -> String {
        format!("{week}/{city}")
    }
}

impl Scalar for Week {
    type Value = String;

    fn parse(&self, text: &str) -> Result<String, Invalid> {
        match is_week(text) {
            true => Ok(text.to_owned()),
            false => Err(Invalid::default()),
        }
    }

    fn expected(&self) -> String {
        "an ISO week such as 2026-W50".to_owned()
    }

    fn schema(&self) -> Schema {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        schema
            .pattern(Some("^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$"))
            .into()
    }
}

impl Scalar for WeekAndCity {
    type Value = (String, String);

    fn parse(&self, text: &str) -> Result<(String, String), Invalid> {
        let parts = text.split_once('/');
        let parts =
            parts.filter(|(week, city)| is_week(week) && city.chars().count() <= CITY_CHARS_MAX);
        let parts = parts.filter(|(_, city)| !city.contains('\0'));
        let (week, city) = parts.ok_or_else(Invalid::default)?;
        Ok((week.to_owned(), city.to_owned()))
    }

    fn expected(&self) -> String {
        "the meta.next_cursor of the previous page".to_owned()
    }

    fn schema(&self) -> Schema {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        schema
            .pattern(Some("^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])/"))
            .max_length(Some(CITY_CHARS_MAX + 9))
            .into()
    }
}

fn is_week(text: &str) -> bool {
    let Some((year, week)) = text.split_once("-W") else {
        return false;
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let week_number = week.parse::<u32>().unwrap_or_default();
    year.len() == 4
        && week.len() == 2
        && are_digits(year)
        && are_digits(week)
        && (1..=53).contains(&week_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_have_a_year_and_two_digits() {
        for text in ["2026-W01", "2026-W53"] {
            assert!(is_week(text), "{text}");
        }
        for text in [
            "2026-W54", "2026-W00", "2026-W1", "26-W01", "2026W01", "2026-W+1", "",
        ] {
            assert!(!is_week(text), "{text}");
        }
    }

    #[test]
    fn a_cursor_is_read_back_even_if_a_city_has_a_slash() {
        let cursor = WeekAndCity::cursor("2026-W50", "A/B");
        let read = WeekAndCity.parse(&cursor).unwrap();
        assert_eq!(read, ("2026-W50".to_owned(), "A/B".to_owned()));
        assert!(WeekAndCity.parse("Mysuru").is_err());
    }
}
