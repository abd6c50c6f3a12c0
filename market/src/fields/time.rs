//! Times as JSON has them.

use sqlx::types::chrono::{DateTime, Utc};

/// A moment.
pub type Time = DateTime<Utc>;

/// A time in the format of RFC 3339, in UTC and with milliseconds, such as
/// `2026-12-01T09:30:00.000Z`.
pub fn rfc3339(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The time of a text in the format of RFC 3339, within the years 1 to 9999; `None` for other text.
pub fn parse_rfc3339(text: &str) -> Option<Time> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    // Of other years Postgres has its own notation and limits.
    let year = time.format("%Y").to_string().parse::<i32>().ok()?;
    (1..=9999).contains(&year).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_and_other_text_is_rejected() {
        let time = parse_rfc3339("2026-12-01T15:00:00.25+05:30").unwrap();
        assert_eq!(rfc3339(time), "2026-12-01T09:30:00.250Z");
        for bad in [
            "",
            "2026-12-01",
            "0000-01-01T00:00:00Z",
            "now",
            "2026-13-01T00:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(bad), None, "{bad}");
        }
    }
}
