//! Compares the signals that a node keeps in memory with their rows.

use std::collections::{BTreeMap, HashMap};

use roost_collections::DeclaredSignal;
use roost_engine::{BusyDays, DateRange, Key, Signals};

use super::report::{Difference, FieldDifference, Part, PartReport, field_differences};
use crate::wal::convert::{Converted, convert};
use crate::wal::row::{Row, RowError};

/// A comparison of the signals of owners in progress.
pub(crate) struct SignalComparison {
    /// The signals whose row has not come yet.
    found: HashMap<Key, Signals>,
    report: PartReport,
}

/// A comparison of a signal of days in progress. Days outside the availability window are ignored.
pub(crate) struct DayComparison {
    signal: DeclaredSignal,
    window: DateRange,
    found: BTreeMap<Key, Vec<DateRange>>,
    expected: BTreeMap<Key, Vec<DateRange>>,
    report: PartReport,
}

/// A comparison of a signal of numbers in progress.
pub(crate) struct NumberComparison {
    signal: DeclaredSignal,
    /// The numbers that differ from the default, and whose row has not come yet.
    found: BTreeMap<Key, f64>,
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

impl DayComparison {
    pub(crate) fn new(signal: DeclaredSignal, found: BusyDays) -> DayComparison {
        DayComparison {
            signal,
            window: found.window,
            found: found.documents.into_iter().collect(),
            expected: BTreeMap::new(),
            report: PartReport::new(Part::DocumentSignal(signal)),
        }
    }

    /// Takes the next row.
    pub(crate) fn expect(&mut self, row: Row) {
        match convert(row) {
            Ok(Converted::Days(_, _, Some(row))) => {
                if let Some(days) = row.days.intersection(&self.window) {
                    self.expected.entry(row.document).or_default().push(days);
                }
            }
            Ok(_) => {}
            Err(error) => reject(&mut self.report, error),
        }
    }

    pub(crate) fn finish(mut self) -> PartReport {
        for (key, ranges) in std::mem::take(&mut self.expected) {
            let found = self.found.remove(&key).unwrap_or_default();
            self.count(key, &found, &joined(ranges));
        }
        for (key, found) in std::mem::take(&mut self.found) {
            self.count(key, &found, &[]);
        }
        self.report
    }

    fn count(&mut self, key: Key, found: &[DateRange], expected: &[DateRange]) {
        if self.report.count(found, expected, &[]) {
            let (expected, found) = (as_text(expected), as_text(found));
            let difference = different(key, self.signal, expected, found);
            self.report.add_example(difference);
        }
    }
}

impl NumberComparison {
    pub(crate) fn new(signal: DeclaredSignal, found: Vec<(Key, f64)>) -> NumberComparison {
        NumberComparison {
            signal,
            found: found.into_iter().collect(),
            report: PartReport::new(Part::DocumentSignal(signal)),
        }
    }

    /// Compares the next row.
    pub(crate) fn expect(&mut self, row: Row) {
        match convert(row) {
            Ok(Converted::Number(_, key, expected)) => {
                let found = self.found.remove(&key);
                self.count(key, found, expected);
            }
            Ok(_) => {}
            Err(error) => reject(&mut self.report, error),
        }
    }

    /// Ends the comparison: the remaining documents have no row and should have the default.
    pub(crate) fn finish(mut self) -> PartReport {
        let default = self.signal.declaration.default_number();
        for (key, found) in std::mem::take(&mut self.found) {
            self.count(key, Some(found), default);
        }
        self.report
    }

    fn count(&mut self, key: Key, found: Option<f64>, expected: f64) {
        let default = self.signal.declaration.default_number();
        let found = found.unwrap_or(default);
        if self.report.count(&found, &expected, &default) {
            let (expected, found) = (expected.to_string(), found.to_string());
            let difference = different(key, self.signal, expected, found);
            self.report.add_example(difference);
        }
    }
}

/// A document whose signal differs.
fn different(key: Key, signal: DeclaredSignal, expected: String, found: String) -> Difference {
    let field = signal.declaration.name.to_owned();
    let difference = FieldDifference {
        field,
        expected,
        found,
    };
    Difference::Different(key, vec![difference])
}

/// Counts a row that cannot be converted as missing. The node must have dropped its former value.
fn reject(report: &mut PartReport, error: RowError) {
    report.missing += 1;
    report.add_example(Difference::Rejected(error));
}

/// Sorts ranges, and joins those that meet.
fn joined(mut ranges: Vec<DateRange>) -> Vec<DateRange> {
    ranges.sort_unstable();
    let mut all: Vec<DateRange> = Vec::new();
    for range in ranges {
        let before = all.pop_if(|last| last.end() >= range.start());
        let one = before.and_then(|last| {
            let end = last.end().max(range.end());
            DateRange::new(last.start(), end).ok()
        });
        all.push(one.unwrap_or(range));
    }
    all
}

fn as_text(ranges: &[DateRange]) -> String {
    if ranges.is_empty() {
        return "none".to_owned();
    }
    let ranges = ranges.iter();
    let ranges = ranges.map(|range| format!("{} to {}", range.start(), range.end()));
    ranges.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::Date;

    use crate::wal::row::Value;
    use crate::wal::table::{Table, Tables};

    /// The signal of that name, with its table.
    fn signal(name: &str) -> (DeclaredSignal, Table) {
        let tables = Tables::built_in();
        let signal = tables.signals().find(|it| it.declaration.name == name);
        let signal = signal.unwrap();
        (signal, tables.named(signal.declaration.table).unwrap())
    }

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
        let (nights, bookings) = signal("nights");
        let booking = |key, room, from, to| {
            let (from, to) = (
                Date::of_days(from).to_string(),
                Date::of_days(to).to_string(),
            );
            let room = Key::from_u128(room).to_string();
            row(bookings, key, &[&room, &from, &to, "held"])
        };
        let documents = [(1, 105), (2, 103), (3, 104)];
        let documents = documents.map(|(room, to)| (Key::from_u128(room), vec![stay(100, to)]));
        let mut comparison = DayComparison::new(
            nights,
            BusyDays {
                window: stay(100, 200),
                documents: documents.to_vec(),
            },
        );
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

    #[test]
    fn missing_extra_and_different_numbers_are_shown_and_a_missing_row_is_the_default() {
        let (exposure, table) = signal("exposure");
        let found = [(1, 3.0), (2, 5.0), (3, 1.5)];
        let found = found.map(|(key, number)| (Key::from_u128(key), number));
        let mut comparison = NumberComparison::new(exposure, found.to_vec());
        for (key, drawn) in [(1, "3"), (2, "0.25"), (4, "0"), (5, "7"), (6, "-1")] {
            comparison.expect(row(table, key, &[drawn]));
        }
        let report = comparison.finish();
        assert_eq!(counts(&report), (2, 2, 1, 1));
        let difference = |key, expected: &str, found: &str| {
            let (expected, found) = (expected.to_owned(), found.to_owned());
            different(Key::from_u128(key), exposure, expected, found)
        };
        assert_eq!(report.examples[0], difference(2, "0.25", "5"));
        assert_eq!(report.examples[1], difference(5, "7", "0"));
        assert!(
            matches!(&report.examples[2], Difference::Rejected(error) if error.column == "drawn")
        );
        assert_eq!(report.examples[3], difference(3, "0", "1.5"));
    }
}
