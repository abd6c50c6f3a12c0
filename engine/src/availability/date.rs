//! Calendar days.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day of the Gregorian calendar without a time zone: the local day at a place. Written as
/// `2026-11-21`.
///
/// ```
/// use roost_engine::Date;
/// let leap_day: Date = "2028-02-29".parse().unwrap();
/// assert_eq!(leap_day.plus_days(1).to_string(), "2028-03-01");
/// assert!("2027-02-29".parse::<Date>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Date(i32);

/// A text that is not a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date such as 2026-11-21")]
pub struct DateError(String);

impl Date {
    /// The first and the last representable day.
    pub(crate) const MIN: Date = Date(i32::MIN);
    pub(crate) const MAX: Date = Date(i32::MAX);

    /// The day in UTC of a moment in seconds since 1970; the nearest representable day for moments
    /// millions of years away.
    pub fn of_moment(seconds: i64) -> Date {
        const DAY_S: i64 = 86_400;
        let days = seconds.div_euclid(DAY_S);
        Date(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// The day of a year, a month from 1 to 12 and a day from 1 to 31. A day that the month lacks
    /// becomes one of the next month.
    pub fn of_civil(year: i64, month: i64, day: i64) -> Date {
        let days = days_of_civil(year, month, day);
        Date(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// The date that many days later, or earlier if negative.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Date {
        Date(self.0.saturating_add(days))
    }

    /// The days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    /// The date that many days after 1970-01-01.
    pub fn of_days(days: i32) -> Date {
        Date(days)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_of_days(i64::from(self.0));
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Date, DateError> {
        let number = |range: std::ops::Range<usize>| {
            let digits = text.get(range)?;
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<i64>().ok().filter(|_| is_number)
        };
        let parse = || {
            let bytes = text.as_bytes();
            if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
                return None;
            }
            let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
            if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
                return None;
            }
            let date = Date::of_civil(year, month, day);
            // The 30th of February reads back as another day.
            let exists = civil_of_days(i64::from(date.0)) == (year, month, day);
            exists.then_some(date)
        };
        parse().ok_or_else(|| DateError(text.to_owned()))
    }
}

/// Days from 1970-01-01, by Howard Hinnant's `days_from_civil`: years start in March, so that a
/// leap day is the last of its year.
fn days_of_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day, by Howard Hinnant's `civil_from_days`.
fn civil_of_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The days are those of `date - '1970-01-01'` in Postgres.
    #[test]
    fn days_from_1970_equal_those_of_postgres() {
        let dates = [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2026-11-21", 20_778),
            ("2999-12-31", 376_199),
            ("0001-01-01", -719_162),
        ];
        for (text, days) in dates {
            let date: Date = text.parse().unwrap();
            assert_eq!((date.days(), date.to_string().as_str()), (days, text));
        }
        assert_eq!(Date::of_moment(1_795_262_734).to_string(), "2026-11-21");
        assert_eq!(Date::of_moment(-1).to_string(), "1969-12-31");
        assert_eq!(Date::of_moment(i64::MAX).days(), i32::MAX);
    }

    #[test]
    fn a_day_that_does_not_exist_is_rejected() {
        for text in [
            "",
            "2027-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "2026-11-21 ",
            "+026-11-21",
            "21-11-2026",
            "2026-11-2é",
            "infinity",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_date_reads_back_as_written(days in -719_000..2_900_000) {
            let date = Date::of_days(days);
            prop_assert_eq!(date.to_string().parse(), Ok(date));
            prop_assert!(date.to_string() < date.plus_days(1).to_string());
        }
    }
}
