//! Maps the amenities that hosts enter to the amenities of the schema.

/// Phrases and the amenities that they indicate. A listed amenity may contain several of them.
/// Brand names may precede or follow ("Samsung refrigerator"), so a match anywhere counts.
const PHRASES: [(&str, &str); 46] = [
    ("air conditioning", "air_conditioning"),
    ("ac - ", "air_conditioning"),
    ("private bathroom", "attached_bathroom"),
    ("ensuite", "attached_bathroom"),
    ("balcony", "balcony"),
    ("breakfast", "breakfast"),
    ("security camera", "cctv"),
    ("coffee", "coffee"),
    ("cooking basics", "cooking_allowed"),
    ("clothing storage", "cupboard"),
    ("wardrobe", "cupboard"),
    ("dedicated workspace", "desk"),
    ("laptop friendly workspace", "desk"),
    ("laptop-friendly workspace", "desk"),
    ("elevator", "elevator"),
    ("lift", "elevator"),
    ("ceiling fan", "fan"),
    ("portable fan", "fan"),
    ("fire extinguisher", "fire_extinguisher"),
    ("first aid kit", "first_aid_kit"),
    ("garden", "garden"),
    ("backyard", "garden"),
    ("gym", "gym"),
    ("heating", "heating"),
    ("hot water", "hot_water"),
    ("housekeeping", "housekeeping"),
    ("cleaning available", "housekeeping"),
    ("kitchen", "kitchen"),
    ("washer", "laundry"),
    ("laundromat", "laundry"),
    ("mosquito net", "mosquito_net"),
    ("parking", "parking"),
    ("pets allowed", "pets_allowed"),
    ("pool", "pool"),
    ("generator", "power_backup"),
    ("refrigerator", "refrigerator"),
    ("fridge", "refrigerator"),
    ("doorman", "security"),
    ("self check-in", "self_check_in"),
    ("smoke alarm", "smoke_alarm"),
    ("smoke detector", "smoke_alarm"),
    ("smoking allowed", "smoking_allowed"),
    ("step-free", "step_free"),
    ("tv", "tv"),
    ("wifi", "wifi"),
    ("iron", "ironing"),
];

/// Phrases that contain one of the above but indicate something else.
const EXCEPTIONS: [&str; 8] = [
    "dishwasher",
    "hot water kettle",
    "pool table",
    "coffee table",
    "indoor fireplace",
    "pool view",
    "garden view",
    "environment",
];

/// Parses a list such as `["Wifi", "Hot water"]` or, in older files, `{Wifi,"Hot water"}`. Returns
/// none if the text is not a list. The result is sorted, without duplicates and unknown amenities.
pub(super) fn parse_list(list: &str) -> Option<Vec<&'static str>> {
    let names: Vec<String> = match list
        .strip_prefix('{')
        .and_then(|inner| inner.strip_suffix('}'))
    {
        Some(inner) => inner
            .split(',')
            .map(|name| name.trim_matches('"').to_owned())
            .collect(),
        None => serde_json::from_str(list).ok()?,
    };
    let mut found: Vec<&'static str> = names.iter().flat_map(|name| amenities_in(name)).collect();
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn amenities_in(name: &str) -> Vec<&'static str> {
    let name = name.to_lowercase();
    if EXCEPTIONS.iter().any(|other| name.contains(other)) {
        return Vec::new();
    }
    let found = PHRASES
        .iter()
        .filter(|(phrase, _)| contains_phrase(&name, phrase));
    found.map(|(_, amenity)| *amenity).collect()
}

/// Whether the text contains the phrase at the start of a word, so that "facelift" does not contain
/// "lift". Only "tv" also matches within a word, as in "HDTV with 40 channels".
fn contains_phrase(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        phrase == "tv" || !before.is_some_and(char::is_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::AMENITIES;

    #[test]
    fn every_phrase_indicates_a_known_amenity() {
        assert!(
            PHRASES
                .iter()
                .all(|(_, amenity)| AMENITIES.contains(amenity))
        );
    }

    #[test]
    fn both_list_formats_are_parsed() {
        let new =
            r#"["Fast wifi \u2013 90 Mbps", "55\" HDTV", "Free street parking", "Dishwasher"]"#;
        assert_eq!(parse_list(new).unwrap(), ["parking", "tv", "wifi"]);
        assert_eq!(
            parse_list(r#"{TV,"Air conditioning",Kitchen}"#).unwrap(),
            ["air_conditioning", "kitchen", "tv"]
        );
        assert_eq!(parse_list("[]").unwrap(), Vec::<&str>::new());
        assert!(parse_list("Wifi, TV").is_none());
    }

    #[test]
    fn phrases_within_words_and_exceptions_do_not_match() {
        assert!(
            parse_list(
                r#"["Facelift", "Environmental toiletries", "Pool table", "Hot water kettle"]"#
            )
            .unwrap()
            .is_empty()
        );
    }
}
