//! Parses values in Postgres' text format: times, arrays, booleans and numbers.
//!
//! The texts come from the output functions of the types, under the settings that every session
//! pins (see [`crate::config::SESSION_SETTINGS`]).

use roost_engine::Date;

/// The Unix time of a `timestamptz` in seconds, rounded down. The infinities become the minimum and
/// maximum.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    match text {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        _ => {}
    }
    let (text, before_christ) = match text.strip_suffix(" BC") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (date, time) = text.split_once(' ')?;
    let [year, month, day] = split_numbers(date, '-')?;
    // There is no year 0: 1 BC comes before 1 AD.
    let year = if before_christ { 1 - year } else { year };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let sign_at = time.find(['+', '-'])?;
    let (clock, offset) = time.split_at(sign_at);
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let [hour, minute, second] = split_numbers(clock, ':')?;
    let offset_s = offset_s(offset)?;
    let days = i64::from(Date::of_civil(year, month, day).days());
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset_s)
}

/// The elements of a one-dimensional `text[]`, `None` for NULL.
pub(crate) fn array(text: &str) -> Option<Vec<Option<String>>> {
    // Bounds come first where an array does not start at 1.
    let text = match text.split_once('=') {
        Some((bounds, rest)) if bounds.starts_with('[') => rest,
        _ => text,
    };
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let mut elements = Vec::new();
    let mut characters = inner.chars().peekable();
    loop {
        elements.push(match characters.next_if_eq(&'"') {
            Some(_) => Some(quoted(&mut characters)?),
            None => unquoted(&mut characters)?,
        });
        match characters.next() {
            Some(',') => {}
            None => return Some(elements),
            Some(_) => return None,
        }
    }
}

/// Writes a one-dimensional `text[]` as Postgres does.
pub(crate) fn write_array<'a>(elements: impl IntoIterator<Item = &'a str>) -> String {
    let quote = |element: &str| {
        let escaped = element.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    };
    let elements: Vec<String> = elements.into_iter().map(quote).collect();
    format!("{{{}}}", elements.join(","))
}

/// A `boolean`.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "t" => Some(true),
        "f" => Some(false),
        _ => None,
    }
}

/// A `numeric` or a floating-point number that is finite.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn quoted(characters: &mut Characters<'_>) -> Option<String> {
    let mut element = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(element),
            '\\' => element.push(characters.next()?),
            character => element.push(character),
        }
    }
}

fn unquoted(characters: &mut Characters<'_>) -> Option<Option<String>> {
    let mut element = String::new();
    while let Some(character) = characters.next_if(|&character| character != ',') {
        match character {
            // An array within an array.
            '{' | '}' | '"' => return None,
            '\\' => element.push(characters.next()?),
            character => element.push(character),
        }
    }
    match element.as_str() {
        "" => None,
        "NULL" => Some(None),
        _ => Some(Some(element)),
    }
}

fn split_numbers(text: &str, by: char) -> Option<[i64; 3]> {
    let mut parts = text.split(by);
    let numbers = [parts.next()?, parts.next()?, parts.next()?];
    let parse = |part: &str| match part.bytes().all(|byte| byte.is_ascii_digit()) {
        true if part.len() <= 6 => part.parse::<i64>().ok(),
        _ => None,
    };
    match parts.next() {
        Some(_) => None,
        None => Some([parse(numbers[0])?, parse(numbers[1])?, parse(numbers[2])?]),
    }
}

fn offset_s(text: &str) -> Option<i64> {
    let sign = match text.chars().next()? {
        '-' => -1,
        _ => 1,
    };
    // The parts after the hour are written only where they are not 0.
    let mut clock = text[1..].to_owned();
    for _ in clock.matches(':').count()..2 {
        clock.push_str(":0");
    }
    let [hour, minute, second] = split_numbers(&clock, ':')?;
    Some(sign * (hour * 3600 + minute * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The expected seconds are those of `extract(epoch FROM ...)` in Postgres.
    #[test]
    fn a_time_is_read_as_postgres_writes_it() {
        let times = [
            ("1970-01-01 00:00:00+00", 0),
            ("2026-11-21 12:05:34.123456+00", 1_795_262_734),
            ("1969-12-31 23:59:59.5+00", -1),
            ("2024-02-29 23:30:00-03:30", 1_709_262_000),
            ("1800-01-01 05:53:28+05:53:28", -5_364_662_400),
            ("0044-03-15 00:00:00+00 BC", -63_517_824_000),
            ("12000-01-01 00:00:00.5+00", 316_516_204_800),
            ("infinity", i64::MAX),
            ("-infinity", i64::MIN),
        ];
        for (text, expected) in times {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        let invalid = [
            "",
            "2026-11-21",
            "2026-11-21 12:05:34",
            "2026-13-01 00:00:00+00",
            "21/11/2026 12:05:34 UTC",
            "2026-11-21 12:05+00",
            "2026-11-21 12:05:34+é",
        ];
        for text in invalid {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn an_array_is_read_as_postgres_writes_it() {
        let text = |element: &str| Some(element.to_owned());
        assert_eq!(array("{}"), Some(vec![]));
        assert_eq!(array("{wifi,desk}"), Some(vec![text("wifi"), text("desk")]));
        assert_eq!(
            array(r#"{"a\"b","c\\d","","NULL","x y",Zürich,NULL}"#),
            Some(vec![
                text("a\"b"),
                text("c\\d"),
                text(""),
                text("NULL"),
                text("x y"),
                text("Zürich"),
                None
            ])
        );
        assert_eq!(array("[2:3]={a,b=c}"), Some(vec![text("a"), text("b=c")]));
        for invalid in ["", "{", "a,b", "{{a},{b}}", "{a,}", r#"{"a}"#, r#"{"a"b}"#] {
            assert_eq!(array(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn only_finite_numbers_are_numbers() {
        assert_eq!(number("1234.50"), Some(1234.5));
        assert_eq!(number("-1e-7"), Some(-1e-7));
        for invalid in ["", "NaN", "Infinity", "12,5", "1 "] {
            assert_eq!(number(invalid), None, "{invalid}");
        }
        assert_eq!(boolean("t"), Some(true));
        assert_eq!(boolean("true"), None);
    }

    proptest! {
        #[test]
        fn an_array_reads_back_as_written(elements in prop::collection::vec(".*", 0..5)) {
            let written = write_array(elements.iter().map(String::as_str));
            let expected: Vec<Option<String>> = elements.into_iter().map(Some).collect();
            prop_assert_eq!(array(&written), Some(expected));
        }

        #[test]
        fn any_text_is_parsed_or_rejected(text in ".{0,40}", near in "[0-9:. +-]{0,30}") {
            let _ = (seconds(&text), array(&text), array(&format!("{{{text}}}")), seconds(&near));
        }
    }
}
