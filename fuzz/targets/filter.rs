//! Is every text understood as a filter or refused at one of its characters, and does a filter that
//! is written out say the same?

#![no_main]

use libfuzzer_sys::fuzz_target;
use roost_api::Filter;

/// Filters that are longer are refused. Written out, one may become so.
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
