//! Generates exam sessions of real universities.

use crate::key;
use crate::rows::{SessionRow, UniversityRow};
use crate::shipped::SOURCE;

const DAY_S: i64 = 86_400;

/// The sessions of each university: name, days until the start, duration in days.
const UNIVERSITY_SESSIONS: [(&str, i64, i64); 2] = [
    ("Entrance examination", 21, 3),
    ("End-semester examinations", 60, 14),
];

/// Generates exam sessions in the months after `now_s` (seconds since 1970).
pub fn sessions(universities: &[UniversityRow], now_s: i64) -> Vec<SessionRow> {
    let today = now_s.div_euclid(DAY_S);
    let all = universities.iter().flat_map(|university| {
        UNIVERSITY_SESSIONS
            .iter()
            .map(move |(name, in_days, days)| {
                let spread = (key::seed("session", SOURCE, &university.name) % 30) as i64;
                let starts_on_day = today + in_days + spread;
                SessionRow {
                    id: key::of("session", SOURCE, &format!("{}/{name}", university.id)),
                    university_id: university.id,
                    name: (*name).to_owned(),
                    starts_on_day,
                    ends_on_day: starts_on_day + days - 1,
                }
            })
    });
    all.collect()
}
