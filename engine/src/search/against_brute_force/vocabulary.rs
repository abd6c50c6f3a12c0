//! The words, names and tags of all test documents, and the time at which queries run.

pub(super) const NOW_S: i64 = 1_800_000_000;

/// The words of all texts, a rare one last. Many are within a typo or two of each other.
pub(super) const WORDS: [&str; 16] = [
    "quiet", "quite", "room", "rooms", "bathroom", "bedrooms", "garden", "gardener", "desk",
    "disk", "wifi", "near", "café", "campus", "compass", "rare",
];

/// All indexed words: those above, the names of tags, and a very rare word that is two others
/// without a space.
pub(super) const VOCABULARY: [&str; 18] = [
    "quiet", "quite", "room", "rooms", "bathroom", "bedrooms", "garden", "gardener", "desk",
    "disk", "wifi", "near", "cafe", "campus", "compass", "rare", "tv", "nearcafe",
];

/// Localities and cities, made of the same words. Some documents have none.
pub(super) const NAMES: [&str; 6] = [
    "",
    "Garden",
    "Quiet Campus",
    "Café",
    "Compass Garden",
    "Rare",
];

/// The tags that documents have.
pub(super) const NAMED_TAGS: [&str; 4] = ["wifi", "desk", "garden", "tv"];
