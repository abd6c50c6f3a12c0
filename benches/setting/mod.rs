//! What does the environment set, which `make NAME=value` fills?

/// A whole number, with or without underscores; `default` where nothing is set. Ends the bench where it is
/// something else.
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => text.replace('_', "").parse().unwrap_or_else(|_| {
            eprintln!("{name} is {text:?}: expected a whole number");
            std::process::exit(2)
        }),
        _ => default,
    }
}
