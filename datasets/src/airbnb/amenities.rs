//! Which of our amenities does a host's own wording mean?

/// Words that a listed amenity must contain, and what it is then. More than one may apply. Names
/// of brands ("Samsung refrigerator") come before and after, so containing is what counts.
const MEANINGS: [(&str, &str); 46] = [
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

/// Wordings that contain one of the above and mean something else.
const NOT_MEANT: [&str; 8] = [
    "dishwasher",
    "hot water kettle",
    "pool table",
    "coffee table",
    "indoor fireplace",
    "pool view",
    "garden view",
    "environment",
];

/// The amenities of a list such as `["Wifi", "Hot water"]` or, in older files, `{Wifi,"Hot water"}`;
/// none if it is no list. Sorted, each once; what we have no word for is left out.
pub(super) fn of_list(list: &str) -> Option<Vec<&'static str>> {
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
    let mut found: Vec<&'static str> = names.iter().flat_map(|name| meanings(name)).collect();
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn meanings(name: &str) -> Vec<&'static str> {
    let name = name.to_lowercase();
    if NOT_MEANT.iter().any(|other| name.contains(other)) {
        return Vec::new();
    }
    let meant = MEANINGS
        .iter()
        .filter(|(words, _)| contains_words(&name, words));
    meant.map(|(_, amenity)| *amenity).collect()
}

/// Whether these words stand in the text at the start of a word: "tv" is in "HDTV with 40 channels"
/// for nobody's good, but "lift" must not be in "facelift".
fn contains_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        words == "tv" || !before.is_some_and(char::is_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::AMENITIES;

    #[test]
    fn every_meaning_is_in_the_vocabulary() {
        assert!(
            MEANINGS
                .iter()
                .all(|(_, amenity)| AMENITIES.contains(amenity))
        );
    }

    #[test]
    fn both_forms_of_lists_are_read() {
        let new =
            r#"["Fast wifi \u2013 90 Mbps", "55\" HDTV", "Free street parking", "Dishwasher"]"#;
        assert_eq!(of_list(new).unwrap(), ["parking", "tv", "wifi"]);
        assert_eq!(
            of_list(r#"{TV,"Air conditioning",Kitchen}"#).unwrap(),
            ["air_conditioning", "kitchen", "tv"]
        );
        assert_eq!(of_list("[]").unwrap(), Vec::<&str>::new());
        assert!(of_list("Wifi, TV").is_none());
    }

    #[test]
    fn words_inside_words_are_not_meant() {
        assert!(
            of_list(
                r#"["Facelift", "Environmental toiletries", "Pool table", "Hot water kettle"]"#
            )
            .unwrap()
            .is_empty()
        );
    }
}
