//! Suggest queries and suggestions.

use std::time::Instant;

use crate::geo::LatLng;
use crate::query::{Condition, Words};
use crate::ranking::profile::Profile;
use crate::schema::{Collection, Key};
use crate::search::collector::Total;

/// A request for suggestions.
#[derive(Clone, Debug)]
pub struct SuggestQuery {
    /// What the user has typed. The last term is a prefix.
    pub words: Words,
    /// The collection whose places and words are suggested.
    pub searched: Collection,
    /// The collection whose documents are suggested by their titles.
    pub titled: Collection,
    /// The profile by which these documents are ranked.
    pub titled_profile: Profile,
    /// Where the user is, if that is known.
    pub near: Option<LatLng>,
    /// The documents of `searched` that the caller may know of, if not all. No other document
    /// contributes a place, a word, a number or a location.
    pub restriction: Option<Condition>,
    /// The kinds of suggestions to return.
    pub kinds: Vec<SuggestionKind>,
    /// The maximum number of suggestions.
    pub limit: usize,
    /// The moment for which owners' activity is computed, in seconds since 1970.
    pub now_s: i64,
    /// When to stop, and to return what has been found.
    pub deadline: Option<Instant>,
    /// The number of steps after which to stop in the same way, see [`Cost`](crate::Cost).
    pub steps_max: Option<u64>,
}

/// Suggestions for an incomplete query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// The best first.
    pub suggestions: Vec<Suggestion>,
    /// Whether the deadline has cut the search for them short.
    pub is_partial: bool,
}

/// The kind of a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuggestionKind {
    /// The title of a document.
    Title,
    /// A part of a city where there are documents.
    Locality,
    /// A city where there are documents.
    City,
    /// A completed query that documents match.
    Word,
}

/// A suggestion.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// What it is.
    pub kind: SuggestionKind,
    /// Its name, or the completed query.
    pub text: String,
    /// The city of a document or locality.
    pub city: Option<String>,
    /// The key of the document whose title it is.
    pub key: Option<Key>,
    /// Its place; of a locality or city the middle of its documents.
    pub place: Option<LatLng>,
    /// The distance from the user, in metres.
    pub distance_m: Option<f64>,
    /// The number of its documents; of a locality or city all listed ones. `None` for a title.
    pub documents: Option<Total>,
    /// How well it fits, 0 to 1.
    pub score: f64,
}

impl SuggestionKind {
    /// Every kind. Suggestions of equal score are in this order.
    pub const ALL: [SuggestionKind; 4] = [
        SuggestionKind::Title,
        SuggestionKind::Locality,
        SuggestionKind::City,
        SuggestionKind::Word,
    ];
}
