//! Days of the calendar.

use sqlx::types::chrono::NaiveDate;

use crate::action::error::ActionError;
use crate::edit::Change;

/// A day of the calendar.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    /// The name of the field.
    pub name: &'static str,
}

const FORMAT: &str = "%Y-%m-%d";

impl Day {
    /// What it accepts, for an error.
    pub const EXPECTED: &'static str =
        "a date in the format YYYY-MM-DD, from 2000-01-01 to 2999-12-31";

    fn check(&self, text: &str) -> Result<NaiveDate, ActionError> {
        let day = NaiveDate::parse_from_str(text, FORMAT).ok();
        // The parser accepts other spellings of the same day, such as a missing zero.
        let day = day.filter(|day| day.format(FORMAT).to_string() == text);
        day.filter(|_| ("2000".."3000").contains(&&text[..4]))
            .ok_or_else(|| ActionError::invalid(self.name, text, Self::EXPECTED))
    }

    /// Applies a change of a required day.
    pub(crate) fn apply(
        &self,
        change: Change<String>,
        value: &mut NaiveDate,
    ) -> Result<(), ActionError> {
        if let Some(text) = change.required(self.name, || Self::EXPECTED.to_owned())? {
            *value = self.check(&text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_spelling_and_is_in_the_calendar() {
        let day = Day { name: "starts_on" };
        assert_eq!(day.check("2027-02-28").unwrap().to_string(), "2027-02-28");
        for bad in [
            "2027-02-29",
            "2027-2-28",
            "28.02.2027",
            "1999-12-31",
            "3000-01-01",
            "+2027-02-28",
            "2027-02-28T00:00",
            "",
            "äöü-01-01",
        ] {
            assert!(day.check(bad).is_err(), "{bad}");
        }
    }
}
