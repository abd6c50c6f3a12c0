//! Compares signals and booked nights, which a node keeps in memory, with their rows.

use std::collections::{BTreeMap, HashMap};

use roost_engine::{BusyDays, DateRange, Key, Signals};

use super::report::{Difference, FieldDifference, Part, PartReport, field_differences};
use crate::wal::convert::{Converted, convert};
use crate::wal::row::{Row, RowError};

/// A comparison of signals in progress.
pub(crate) struct SignalComparison {
    /// The signals whose row has not come yet.
    found: HashMap<Key, Signals>,
    report: PartReport,
}

/// A comparison of booked nights in progress. Nights outside the availability window are ignored.
pub(crate) struct NightComparison {
    window: DateRange,
    found: BTreeMap<Key, Vec<DateRange>>,
    expected: BTreeMap<Key, Vec<DateRange>>,
    report: PartReport,
}

impl SignalComparison {
    pub(crate) fn new(found: Vec<(Key, Signals)>) -> SignalComparison {
        SignalComparison {
            found: found.into_iter().collect(),
            report: PartReport::new(Part::Signals),
        }
    }

    /// Compares the next row of landlords.
    pub(crate) fn expect(&mut self, row: Row) {
        match convert(row) {
            Ok(Converted::Signals(key, expected)) => {
                let found = self.found.remove(&key);
                self.count(key, found, expected);
            }
            Ok(_) => {}
            Err(error) => reject(&mut self.report, error),
        }
    }

    /// Ends the comparison: the remaining owners have no row and should have no signals.
    pub(crate) fn finish(mut self) -> PartReport {
        for (key, found) in std::mem::take(&mut self.found) {
            self.count(key, Some(found), Signals::default());
        }
        self.report
    }

    fn count(&mut self, key: Key, found: Option<Signals>, expected: Signals) {
        let none = Signals::default();
        let found = found.unwrap_or(none);
        if self.report.count(&found, &expected, &none) {
            let fields = field_differences(&expected, Some(&found));
            self.report.add_example(Difference::Different(key, fields));
        }
    }
}

impl NightComparison {
    pub(crate) fn new(found: BusyDays) -> NightComparison {
        NightComparison {
            window: found.window,
            found: found.documents.into_iter().collect(),
            expected: BTreeMap::new(),
            report: PartReport::new(Part::Nights),
        }
    }

    /// Takes the next row of bookings.
    pub(crate) fn expect(&mut self, row: Row) {
        match convert(row) {
            Ok(Converted::Booking(_, Some(booking))) => {
                if let Some(stay) = booking.stay.intersection(&self.window) {
                    self.expected.entry(booking.room).or_default().push(stay);
                }
            }
            Ok(_) => {}
            Err(error) => reject(&mut self.report, error),
        }
    }

    pub(crate) fn finish(mut self) -> PartReport {
        for (room, stays) in std::mem::take(&mut self.expected) {
            let found = self.found.remove(&room).unwrap_or_default();
            self.count(room, &found, &joined(stays));
        }
        for (room, found) in std::mem::take(&mut self.found) {
            self.count(room, &found, &[]);
        }
        self.report
    }

    fn count(&mut self, room: Key, found: &[DateRange], expected: &[DateRange]) {
        if !self.report.count(found, expected, &[]) {
            return;
        }
        let nights = FieldDifference {
            field: "nights".to_owned(),
            expected: as_text(expected),
            found: as_text(found),
        };
        self.report
            .add_example(Difference::Different(room, vec![nights]));
    }
}

/// Counts a row that cannot be converted as missing. The node must have dropped its former value.
fn reject(report: &mut PartReport, error: RowError) {
    report.missing += 1;
    report.add_example(Difference::Rejected(error));
}

/// Sorts stays, and joins those that meet.
fn joined(mut stays: Vec<DateRange>) -> Vec<DateRange> {
    stays.sort_unstable();
    let mut all: Vec<DateRange> = Vec::new();
    for stay in stays {
        let before = all.pop_if(|last| last.end() >= stay.start());
        let one = before.and_then(|last| {
            let check_out = last.end().max(stay.end());
            DateRange::new(last.start(), check_out).ok()
        });
        all.push(one.unwrap_or(stay));
    }
    all
}

fn as_text(stays: &[DateRange]) -> String {
    if stays.is_empty() {
        return "none".to_owned();
    }
    let stays = stays.iter();
    let stays = stays.map(|stay| format!("{} to {}", stay.start(), stay.end()));
    stays.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::Date;

    use crate::wal::row::Value;
    use crate::wal::table::Table;

    fn stay(from: i32, to: i32) -> DateRange {
        DateRange::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    fn row(table: Table, key: u128, values: &[&str]) -> Row {
        let key = Key::from_u128(key).to_string();
        let values = std::iter::once(key.as_str()).chain(values.iter().copied());
        Row {
            table,
            values: values.map(|text| Value::Text(text.to_owned())).collect(),
        }
    }

    fn counts(report: &PartReport) -> (u64, u64, u64, u64) {
        (report.equal, report.missing, report.extra, report.different)
    }

    #[test]
    fn missing_extra_and_different_signals_are_shown() {
        let landlord = |key, total| {
            let values = [total, "1", "t", "1970-01-02 00:00:00+00", "0.9", "60"];
            row(Table::landlords(), key, &values)
        };
        let known = Signals {
            capacity_total: 4,
            capacity_used: 1,
            active_at_s: 86_400,
            high_acceptance: true,
            fast_response: true,
            available: true,
        };
        let found = [1, 2, 3].map(|key| (Key::from_u128(key), known));
        let mut comparison = SignalComparison::new(found.to_vec());
        comparison.expect(landlord(1, "4"));
        comparison.expect(landlord(2, "5"));
        comparison.expect(landlord(4, "4"));
        comparison.expect(landlord(5, "-4"));
        let report = comparison.finish();
        assert_eq!(counts(&report), (1, 2, 1, 1));
        let other = FieldDifference {
            field: "capacity_total".to_owned(),
            expected: "5".to_owned(),
            found: "4".to_owned(),
        };
        let example = Difference::Different(Key::from_u128(2), vec![other]);
        assert_eq!(report.examples[0], example);
    }

    #[test]
    fn nights_are_compared_by_room_and_within_the_window() {
        let booking = |key, room, from, to| {
            let (from, to) = (
                Date::of_days(from).to_string(),
                Date::of_days(to).to_string(),
            );
            let room = Key::from_u128(room).to_string();
            row(Table::bookings(), key, &[&room, &from, &to, "held"])
        };
        let documents = [(1, 105), (2, 103), (3, 104)];
        let documents = documents.map(|(room, to)| (Key::from_u128(room), vec![stay(100, to)]));
        let mut comparison = NightComparison::new(BusyDays {
            window: stay(100, 200),
            documents: documents.to_vec(),
        });
        // Two stays that meet, of which the earlier starts before the window; other nights than
        // found; nights of a room without any; and nights outside the window.
        comparison.expect(booking(11, 1, 103, 105));
        comparison.expect(booking(12, 1, 90, 103));
        comparison.expect(booking(13, 2, 100, 101));
        comparison.expect(booking(14, 4, 199, 201));
        comparison.expect(booking(15, 5, 200, 201));
        let report = comparison.finish();
        assert_eq!(counts(&report), (1, 1, 1, 1));
        let shown = report.examples.iter().map(|example| match example {
            Difference::Different(room, fields) => {
                (room.as_u128(), &*fields[0].found, &*fields[0].expected)
            }
            other => panic!("{other:?}"),
        });
        let expected = [
            (2, "1970-04-11 to 1970-04-14", "1970-04-11 to 1970-04-12"),
            (4, "none", "1970-07-19 to 1970-07-20"),
            (3, "1970-04-11 to 1970-04-15", "none"),
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }
}
