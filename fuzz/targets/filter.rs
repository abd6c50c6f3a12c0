//! Every text parses as a filter or is rejected at one of its characters, and a parsed filter
//! displays with the same meaning.

#![no_main]

use libfuzzer_sys::fuzz_target;
use roost_api::Filter;

/// The parser rejects longer filters. A displayed filter may become longer than the parsed one.
const CHARS_MAX: usize = 4_000;

fuzz_target!(|text: &str| {
    match text.parse::<Filter>() {
        Ok(filter) => {
            let written = filter.to_string();
            if written.chars().count() <= CHARS_MAX {
                assert_eq!(written.parse::<Filter>(), Ok(filter), "{written}");
            }
        }
        Err(error) => {
            let from: String = text.chars().skip(error.position - 1).collect();
            assert!(from.starts_with(&error.found), "{error}");
            assert_eq!(from.is_empty(), error.found.is_empty(), "{error}");
        }
    }
});
