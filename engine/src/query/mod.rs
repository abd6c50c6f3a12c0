//! Queries: terms, place, filters, sort order and page of a search.

mod condition;
mod facet;
mod forward;
mod probes;
mod words;

use std::sync::Arc;
use std::time::Instant;

use self::forward::ForwardConditions;
use crate::availability::DateRange;
use crate::control::search_budget::SearchBudget;
use crate::document::Document;
use crate::geo::area::{BoundingBox, Polygon};
use crate::geo::{LatLng, Radius};
use crate::ranking::profile::Profile;
use crate::schema::{Category, FieldId, Key, Matching, Tags};

pub use condition::{Condition, Interval};
pub use facet::{Edges, EdgesError, Facet};
pub use probes::{Probes, ProbesError};
pub use words::{MatchMode, Words, WordsError};

/// A search over one collection.
#[derive(Clone, Debug)]
pub struct Query {
    /// The terms to find.
    pub text: Option<Words>,
    /// The point that distances are measured from.
    pub center: Option<LatLng>,
    /// The maximum distance from `center`; without a center it is ignored.
    pub radius: Option<Radius>,
    /// The minimum distance from `center`; without a center it is ignored.
    pub radius_min: Option<Radius>,
    /// The filters that a document must pass.
    pub filters: Filters,
    /// The probes of a reverse search: at least one must meet the conditions of a document.
    /// Distance, budget, preferred tags, rating and signals of the score are then those of the
    /// pair of a document and its best probe.
    pub probes: Option<Arc<Probes>>,
    /// Tags that raise the score of a document that has them.
    pub preferred_tags: Tags,
    /// What the user would spend; enables the budget component.
    pub budget: Option<f64>,
    /// The weights of the score components.
    pub profile: Profile,
    /// The order of the hits.
    pub sort: Sort,
    /// The hit after which the page starts.
    pub after: Option<SearchAfter>,
    /// The number of best hits to skip.
    pub offset: usize,
    /// The number of hits to return.
    pub limit: usize,
    /// How far to count matches.
    pub count: Count,
    /// The facets to count all matches by.
    pub facets: Vec<Facet>,
    /// Whether each hit explains its score.
    pub explain: bool,
    /// The searched texts of each hit to highlight.
    pub highlight: Vec<FieldId>,
    /// The moment for which owners' activity is computed, in seconds since 1970.
    pub now_s: i64,
    /// When to stop, and to return the best of the documents visited by then.
    pub deadline: Option<Instant>,
    /// The number of steps after which to stop in the same way, see [`Cost`](crate::Cost).
    pub steps_max: Option<u64>,
    /// The plan to run; `None` leaves the choice to the planner. All plans return the same hits, so
    /// only tests and benches have a reason to choose.
    pub plan: Option<PlanName>,
}

/// A way to execute a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlanName {
    /// Visits tree nodes in the order of their upper bounds, the best first.
    BestFirst,
    /// The same, with upper bounds of what each term adds below a node.
    WordsBestFirst,
    /// Walks the postings of the terms in document order, inside the nodes that the filter does not
    /// exclude.
    Postings,
    /// Scores every document of the nodes that the filter does not exclude.
    Scan,
}

/// The filters of a search. A document must pass all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Conditions on single fields, all of which must hold. A [`Facet`] ignores those on its own
    /// field, unless that is a field of tags.
    pub attributes: Vec<Condition>,
    /// Any of these categories of the visibility field; empty for the first one only.
    pub visibility: Vec<Category>,
    /// Any of these owners; empty for all, and for documents without one.
    pub owners: Vec<Key>,
    /// None of these documents.
    pub exclude: Vec<Key>,
    /// Within this polygon.
    pub polygon: Option<Polygon>,
    /// Within this box of coordinates.
    pub bounding_box: Option<BoundingBox>,
    /// None of these days may be busy. Days outside of
    /// [`Reader::availability_window`](crate::Reader::availability_window) count as free.
    pub free: Option<DateRange>,
    /// A condition that must be satisfied as well.
    pub condition: Option<Condition>,
    /// The documents that the caller may know of at all: a condition that must be satisfied
    /// besides the one that the caller has chosen. No part of an answer depends on other documents,
    /// but for the statistics of terms that scores contain.
    pub restriction: Option<Condition>,
}

impl Filters {
    /// All conditions that must be satisfied.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let Filters {
            attributes,
            condition,
            restriction,
            ..
        } = self;
        attributes.iter().chain(condition).chain(restriction)
    }
}

/// The order of the hits. Ties break by key, lowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Highest match score first.
    #[default]
    Match,
    /// Nearest first; needs a center.
    Distance,
    /// Lowest number first; documents without one last.
    Ascending(FieldId),
    /// Highest number first; documents without one last.
    Descending(FieldId),
    /// Highest smoothed rating first.
    Rating,
}

/// The last hit of a page, after which the next page starts. A document whose rank value does not
/// change is neither repeated nor skipped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchAfter {
    /// The last hit's [`Hit::rank_value`](crate::Hit::rank_value).
    pub rank_value: f64,
    /// The last hit's key.
    pub key: Key,
    /// The optional terms, one bit each by position in the query: the next page has the same ones.
    pub optional_words: u32,
}

/// How far to count matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Not at all.
    None,
    /// Exactly up to this number; above it, as a lower bound.
    UpTo(u64),
    /// Exactly.
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
            probes: None,
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
            steps_max: None,
            plan: None,
        }
    }

    /// The search for the candidates that a document matches, the forward direction of a reverse
    /// search: with the document's place, conditions, preferred tags and budget instead of those of
    /// this query. The components of the score that a pair has in both directions have the same
    /// values, to the last bit.
    #[must_use]
    pub fn for_document(self, document: &Document, matching: &Matching) -> Query {
        let conditions = ForwardConditions::of(document, matching);
        Query {
            center: Some(document.place),
            radius: conditions.radius,
            radius_min: None,
            filters: Filters {
                attributes: conditions.attributes,
                free: conditions.free,
                ..Filters::default()
            },
            preferred_tags: match matching.preferred_tags {
                Some(pair) => document.tags(pair.document),
                None => self.preferred_tags,
            },
            budget: match matching.budget {
                Some(pair) => document.number(pair.document),
                None => self.budget,
            },
            ..self
        }
    }

    /// The budget of the whole request.
    pub(crate) fn search_budget(&self) -> SearchBudget {
        SearchBudget::new(self.deadline, self.steps_max)
    }

    /// The number of best hits up to the end of the page.
    pub(crate) fn page_end(&self) -> usize {
        self.offset.saturating_add(self.limit)
    }
}
