//! Kinds of fields that callers enter, with the values that each accepts.
//!
//! They mirror the constraints of the tables, so that an error names field, value and what was
//! expected.

mod amount;
mod date;
mod point;
pub(crate) mod text;
pub(crate) mod time;

use crate::action::error::ActionError;
use crate::edit::Change;

pub(crate) use amount::hundredths;
pub use amount::{AMOUNT_MAX, in_units};
pub use date::Day;
pub use point::{Degrees, LAT, LNG, Point, PointPatch, location_expected};

/// One line of text.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The name of the field.
    pub name: &'static str,
    /// The minimum length in characters.
    pub chars_min: usize,
    /// The maximum length in characters.
    pub chars_max: usize,
}

/// A list of lines of text, each of which counts once.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    /// The name of the field.
    pub name: &'static str,
    /// The maximum number of lines.
    pub count_max: usize,
    /// The maximum length of a line in characters.
    pub chars_max: usize,
}

/// A code of capital characters, such as `IN`.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The name of the field.
    pub name: &'static str,
    /// Its length in characters.
    pub chars: usize,
    /// What it accepts, for an error.
    pub expected: &'static str,
}

/// A whole number.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    /// The name of the field.
    pub name: &'static str,
    /// The smallest value.
    pub min: i32,
    /// The largest value.
    pub max: i32,
}

/// The country.
pub const COUNTRY_CODE: Code = Code {
    name: "country_code",
    chars: 2,
    expected: "a code of ISO 3166 such as IN",
};

impl Line {
    pub(crate) const fn new(name: &'static str, chars_min: usize, chars_max: usize) -> Self {
        Self {
            name,
            chars_min,
            chars_max,
        }
    }

    /// What it accepts, for an error.
    pub fn expected(&self) -> String {
        format!(
            "a line of {} to {} characters",
            self.chars_min, self.chars_max
        )
    }

    pub(crate) fn check(&self, text: &str) -> Result<String, ActionError> {
        text::line(self.name, text, self.chars_min..=self.chars_max)
    }

    /// Applies a change. A line that may be empty is empty once it is removed; others are required.
    pub(crate) fn apply(
        &self,
        change: Change<String>,
        value: &mut String,
    ) -> Result<(), ActionError> {
        match change {
            Change::Keep => {}
            Change::Clear if self.chars_min == 0 => value.clear(),
            Change::Clear => return Err(ActionError::invalid(self.name, "null", self.expected())),
            Change::Set(text) => *value = self.check(&text)?,
        }
        Ok(())
    }
}

impl Lines {
    /// What it accepts, for an error.
    pub fn expected(&self) -> String {
        format!(
            "a list of at most {} lines of 1 to {} characters",
            self.count_max, self.chars_max
        )
    }

    /// Applies a change. The list is empty once it is removed, and keeps its order.
    pub(crate) fn apply(
        &self,
        change: Change<Vec<String>>,
        value: &mut Vec<String>,
    ) -> Result<(), ActionError> {
        let lines = match change {
            Change::Keep => return Ok(()),
            Change::Clear => Vec::new(),
            Change::Set(lines) => lines,
        };
        if lines.len() > self.count_max {
            let count = format!("{} lines", lines.len());
            return Err(ActionError::invalid(self.name, count, self.expected()));
        }
        let mut checked: Vec<String> = Vec::new();
        for line in lines {
            let line = text::line(self.name, &line, 1..=self.chars_max)?;
            if !checked.contains(&line) {
                checked.push(line);
            }
        }
        *value = checked;
        Ok(())
    }
}

impl Code {
    pub(crate) fn check(&self, code: String) -> Result<String, ActionError> {
        let is_code = code.len() == self.chars && code.bytes().all(|c| c.is_ascii_uppercase());
        if is_code {
            return Ok(code);
        }
        Err(ActionError::invalid(self.name, code, self.expected))
    }

    /// Applies a change of a required code.
    pub(crate) fn apply(
        &self,
        change: Change<String>,
        value: &mut String,
    ) -> Result<(), ActionError> {
        if let Some(code) = change.required(self.name, || self.expected.to_owned())? {
            *value = self.check(code)?;
        }
        Ok(())
    }
}

impl Whole {
    pub(crate) const fn new(name: &'static str, min: i32, max: i32) -> Self {
        Self { name, min, max }
    }

    /// What it accepts, for an error.
    pub fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.min, self.max)
    }

    pub(crate) fn check<T: TryFrom<i64>>(&self, number: i64) -> Result<T, ActionError> {
        let in_range = (i64::from(self.min)..=i64::from(self.max)).contains(&number);
        let number_of_column = T::try_from(number).ok().filter(|_| in_range);
        number_of_column.ok_or_else(|| ActionError::invalid(self.name, number, self.expected()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_whole_numbers_are_checked_against_their_range() {
        assert_eq!(COUNTRY_CODE.check("IN".to_owned()).unwrap(), "IN");
        for bad in ["in", "IND", "", "ÄÖ", "I1"] {
            assert!(COUNTRY_CODE.check(bad.to_owned()).is_err(), "{bad}");
        }
        let people = Whole::new("occupancy", 1, 100);
        assert_eq!(people.check::<i16>(100).unwrap(), 100);
        for bad in [0, 101, -1, i64::MAX] {
            let error = people.check::<i16>(bad).unwrap_err().to_string();
            let expected = format!("occupancy must be a whole number from 1 to 100, not \"{bad}\"");
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn a_removed_line_is_empty_if_it_may_be_and_an_error_otherwise() {
        let (mut address, mut name) = ("Hill Side Road".to_owned(), "IIT".to_owned());
        let line = Line::new("address", 0, 500);
        line.apply(Change::Clear, &mut address).unwrap();
        assert_eq!(address, "");
        let error = Line::new("name", 1, 300).apply(Change::Clear, &mut name);
        assert_eq!(
            error.unwrap_err().to_string(),
            "name must be a line of 1 to 300 characters, not \"null\""
        );
        assert_eq!(name, "IIT");
    }

    #[test]
    fn a_list_of_lines_keeps_its_order_and_each_line_once() {
        let aliases = Lines {
            name: "aliases",
            count_max: 3,
            chars_max: 10,
        };
        let set = |lines: &[&str]| Change::Set(lines.iter().copied().map(str::to_owned).collect());
        let mut value = Vec::new();
        aliases
            .apply(set(&["IITB", " IIT B ", "IITB"]), &mut value)
            .unwrap();
        assert_eq!(value, ["IITB", "IIT B"]);
        for bad in [
            &["a", "b", "c", "d"][..],
            &["12345678901"],
            &[""],
            &["a\nb"],
        ] {
            assert!(aliases.apply(set(bad), &mut value).is_err(), "{bad:?}");
        }
        aliases.apply(Change::Clear, &mut value).unwrap();
        assert!(value.is_empty());
    }
}
