//! What is asked?

mod condition;
mod facet;
mod language;
mod syntax;
mod words;

use std::time::Instant;

use crate::availability::Stay;
use crate::collection::{Category, Status, Tags};
use crate::document::Key;
use crate::geo::area::{BoundingBox, Polygon};
use crate::geo::{LatLng, Radius};
use crate::profile::Profile;
use crate::search::TextField;

pub use condition::{Condition, Interval, Number};
pub use facet::{Edges, EdgesError, Facet};
pub use language::{Language, LanguageError};
pub(crate) use words::Wanted;
pub use words::{MatchMode, Typos, Words, WordsError};

/// A search over one collection.
#[derive(Clone, Debug)]
pub struct Query {
    /// The words to find.
    pub text: Option<Words>,
    /// Where distance counts from.
    pub center: Option<LatLng>,
    /// How far from `center` a document may be; without a center it has no meaning.
    pub radius: Option<Radius>,
    /// How near to `center` a document may be; without a center it has no meaning.
    pub radius_min: Option<Radius>,
    /// What a document must be.
    pub filters: Filters,
    /// Tags that raise the score of a document that has them.
    pub preferred_tags: Tags,
    /// What the asker would pay; turns the price component on.
    pub budget: Option<f64>,
    /// What counts how much.
    pub profile: Profile,
    /// The order of the answer.
    pub sort: Sort,
    /// Continue behind this hit.
    pub after: Option<SearchAfter>,
    /// Leave out this many of the best hits.
    pub offset: usize,
    /// How many hits to return.
    pub limit: usize,
    /// How far to count the matches.
    pub count: Count,
    /// By what to count all matches.
    pub facets: Vec<Facet>,
    /// Whether each hit tells how its score came about.
    pub explain: bool,
    /// In which texts of each hit the words are marked.
    pub highlight: Vec<TextField>,
    /// The moment at which the owners' activity is judged, in seconds since 1970.
    pub now_s: i64,
    /// When to stop, and to answer with the best of what was visited by then.
    pub deadline: Option<Instant>,
    /// How to go about it; `None` leaves that to the planner. The answer is the same either way,
    /// so only tests and benches have a reason to say.
    pub plan: Option<PlanName>,
}

/// A way to find the best documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlanName {
    /// Nodes of the tree by the best that a document below could reach, the best first.
    BestFirst,
    /// The same, where the bound of a node knows for each word the most that it adds below there.
    WordsBestFirst,
    /// The postings of the words in the order of documents, inside the nodes that filters and
    /// radius leave over.
    Postings,
    /// Every document of the nodes that filters and radius leave over.
    Scan,
}

/// What a document must be to match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Least price; a document without a price does not match.
    pub price_min: Option<f64>,
    /// Highest price; a document without a price does not match.
    pub price_max: Option<f64>,
    /// How many people it must hold.
    pub occupants: Option<u16>,
    /// Any of these categories; empty for all.
    pub categories: Vec<Category>,
    /// All of these tags.
    pub tags: Tags,
    /// Any of these statuses; empty for listed documents only.
    pub statuses: Vec<Status>,
    /// Whether it must be verified.
    pub verified: bool,
    /// Any of these owners; empty for all, and for documents without one.
    pub owners: Vec<Key>,
    /// None of these documents.
    pub exclude: Vec<Key>,
    /// Within this polygon.
    pub polygon: Option<Polygon>,
    /// Within this box of coordinates.
    pub bounding_box: Option<BoundingBox>,
    /// None of these nights may be taken, and it must be let for so few. Nights outside of
    /// [`Reader::availability_window`](crate::Reader::availability_window) count as free.
    pub stay: Option<Stay>,
    /// This has to be met as well.
    pub condition: Option<Condition>,
}

/// The order of the answer. Ties break by key, lowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Highest match score first.
    #[default]
    Match,
    /// Nearest first; needs a center.
    Distance,
    /// Lowest price first; documents without a price last.
    Price,
    /// Highest smoothed rating first.
    Rating,
}

/// Where a page ended: the next one starts behind it. A document whose rank value did not change
/// is neither repeated nor skipped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchAfter {
    /// The last hit's [`Hit::rank_value`](crate::Hit::rank_value).
    pub rank_value: f64,
    /// The last hit's key.
    pub key: Key,
    /// The words that matches need not hold, a bit each by their place in the query: the next page goes
    /// by the same ones.
    pub optional_words: u32,
}

/// How far to count the matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Not at all.
    None,
    /// Exactly up to so many, then "at least".
    UpTo(u64),
    /// All of them.
    Exact,
}

impl PlanName {
    /// Every plan.
    pub const ALL: [PlanName; 4] = [
        PlanName::BestFirst,
        PlanName::WordsBestFirst,
        PlanName::Postings,
        PlanName::Scan,
    ];

    /// The name in explanations.
    pub fn name(self) -> &'static str {
        match self {
            PlanName::BestFirst => "best_first",
            PlanName::WordsBestFirst => "words_best_first",
            PlanName::Postings => "postings",
            PlanName::Scan => "scan",
        }
    }
}

impl Query {
    /// All documents, best match first, the first 20, by this profile.
    pub fn all(profile: Profile, now_s: i64) -> Query {
        Query {
            text: None,
            center: None,
            radius: None,
            radius_min: None,
            filters: Filters::default(),
            preferred_tags: Tags::NONE,
            budget: None,
            profile,
            sort: Sort::Match,
            after: None,
            offset: 0,
            limit: 20,
            count: Count::UpTo(10_000),
            facets: Vec::new(),
            explain: false,
            highlight: Vec::new(),
            now_s,
            deadline: None,
            plan: None,
        }
    }
}
