//! The match score of a hit in JSON, and its explanation.

use roost_collections::rooms;
use roost_engine::{Collection, Component, Explanation, Hit, MatchedWord, ScorePart};
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::place::rounded_m;
use crate::http::schema;

/// How well a document matches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Score {
    /// Great-circle distance to the place in metres; null for a query without a place.
    #[schema(example = 1204.3)]
    distance_m: Option<f64>,
    /// The match score, 0 to 100.
    #[schema(minimum = 0, maximum = 100, example = 81.25)]
    match_score: f64,
    /// With `explain`: the score of a room whose components are all 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100, example = 0.0)]
    base: Option<f64>,
    /// With `explain`: the components of the score. `base` and their points add up to
    /// `match_score`.
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<ComponentPoints>>,
    /// With `explain`, if the query has words: the term that each word matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<WordMatch>,
}

/// The term of the document that a word of the query matched.
#[derive(Debug, Serialize, ToSchema)]
struct WordMatch {
    #[schema(example = "balkony")]
    word: String,
    /// The matched word of the document, or the words of a phrase or synonym.
    #[schema(example = "balcony")]
    matched: String,
    /// The number of typos between the two.
    #[schema(minimum = 0, maximum = 2, example = 1)]
    typos: u8,
    /// The weight of the match relative to an exact one.
    #[schema(minimum = 0, maximum = 1, example = 0.7)]
    factor: f64,
}

/// One component's share of a score.
#[derive(Debug, Serialize, ToSchema)]
struct ComponentPoints {
    #[schema(value_type = ComponentName)]
    component: &'static str,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1, example = 0.66)]
    value: f64,
    /// Relative to the weights of the other components.
    #[schema(minimum = 0, maximum = 1000, example = 30.0)]
    weight: f64,
    #[schema(minimum = 0, maximum = 100, example = 19.8)]
    points: f64,
}

/// The name of a component of the match score.
struct ComponentName;

impl Score {
    /// Takes the score out of a hit of a collection.
    pub(crate) fn take<Text>(hit: &mut Hit<Text>, collection: Collection) -> Score {
        let words = std::mem::take(&mut hit.matched_words).into_iter();
        Score {
            words: words.map(WordMatch::from).collect(),
            ..Score::of(
                hit.score,
                hit.distance_m,
                hit.explanation.take(),
                collection,
            )
        }
    }

    /// A score of a document of a collection, without words.
    pub(crate) fn of(
        score: f64,
        distance_m: Option<f64>,
        explanation: Option<Explanation>,
        collection: Collection,
    ) -> Score {
        let (base, parts) = explanation.map(|e| (e.base, e.parts)).unzip();
        let points = |parts: Vec<ScorePart>| {
            let parts = parts.iter();
            parts
                .map(|part| ComponentPoints::of(part, collection))
                .collect()
        };
        Score {
            distance_m: distance_m.map(rounded_m),
            match_score: score,
            base,
            components: parts.map(points),
            words: Vec::new(),
        }
    }
}

impl From<MatchedWord> for WordMatch {
    fn from(word: MatchedWord) -> WordMatch {
        WordMatch {
            word: word.word,
            matched: word.term,
            typos: word.typos,
            factor: word.penalty,
        }
    }
}

impl ComponentPoints {
    fn of(part: &ScorePart, collection: Collection) -> ComponentPoints {
        ComponentPoints {
            component: collection.component_name(part.component),
            value: part.value,
            weight: part.weight,
            points: part.points,
        }
    }
}

impl PartialSchema for ComponentName {
    fn schema() -> RefOr<Schema> {
        schema::names(Component::ALL.map(|it| rooms::collection().component_name(it))).into()
    }
}

impl ToSchema for ComponentName {}
