//! Reads settings from environment variables, which `make NAME=value` sets.

/// Reads a whole number, with or without underscores, or returns `default` if the variable is not
/// set. Exits if the value is anything else.
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => text.replace('_', "").parse().unwrap_or_else(|_| {
            eprintln!("{name} is {text:?}: expected a whole number");
            std::process::exit(2)
        }),
        _ => default,
    }
}
