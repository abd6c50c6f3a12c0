//! Finds the known name that a misspelt one probably stands for.

/// Names that are less similar than this, of 1, are not suggested.
const SIMILARITY_MIN: f64 = 0.8;

/// The most similar known name, if one is similar enough to be worth a hint.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // The time grows with the product of the lengths.
    let name: String = name.chars().take(64).flat_map(char::to_lowercase).collect();
    let sorted_name = sorted(&name);
    let similarity = |known: &str| {
        let as_written = strsim::jaro_winkler(&name, known);
        as_written.max(strsim::jaro_winkler(&sorted_name, &sorted(known)))
    };
    let best = known.max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(best) > SIMILARITY_MIN).then_some(best)
}

/// The parts of a name in alphabetical order, since `max_price` probably stands for `price_max`.
fn sorted(name: &str) -> String {
    let mut parts: Vec<&str> = name.split('_').collect();
    parts.sort_unstable();
    parts.join("_")
}

/// The hint for a misspelt name.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|name| format!("did you mean {name}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_its_parts_in_another_order_is_recognized() {
        let known = [
            "price_min",
            "price_max",
            "facet_price",
            "radius_m",
            "limit",
            "q",
        ];
        for (name, expected) in [
            ("max_price", Some("price_max")),
            ("min_price", Some("price_min")),
            ("MAX_PRICE", Some("price_max")),
            ("price-max", Some("price_max")),
            ("maxprice", Some("price_max")),
            ("limt", Some("limit")),
            ("price_facet", Some("facet_price")),
            ("colour", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), expected, "{name}");
        }
    }
}
