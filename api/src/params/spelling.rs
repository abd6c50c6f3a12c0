//! Finds the known name that a misspelt one probably stands for.

/// Names that are less similar than this, of 1, are not suggested.
const SIMILARITY_MIN: f64 = 0.8;

/// The most similar known name, if one is similar enough to be worth a hint.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // The time grows with the product of the lengths.
    let name: String = name.chars().take(64).flat_map(char::to_lowercase).collect();
    let similarity = |known: &str| strsim::jaro_winkler(&name, known);
    let best = known.max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(best) > SIMILARITY_MIN).then_some(best)
}

/// The hint for a misspelt name.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|name| format!("did you mean {name}?"))
}
