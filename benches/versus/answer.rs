//! Answers of the compared sides, and when two of them agree.

use serde_json::Value;
use uuid::Uuid;

/// The answer of one side to a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) hits: Vec<Hit>,
    pub(crate) total: Option<u64>,
}

/// A room in an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    pub(crate) id: Uuid,
    pub(crate) score: f64,
}

/// Scores within this distance are equal, because two systems round the last bits of a sum
/// differently.
const SCORE_EPSILON: f64 = 1e-6;

impl Answer {
    /// Parses a response of the API.
    pub(crate) fn from_json(body: &Value) -> Option<Answer> {
        let hits = body["data"].as_array()?.iter().map(|hit| {
            Some(Hit {
                id: hit["room"]["id"].as_str()?.parse().ok()?,
                score: hit["match_score"].as_f64()?,
            })
        });
        Some(Answer {
            hits: hits.collect::<Option<_>>()?,
            total: body["meta"]["total"].as_u64(),
        })
    }

    /// Whether both have the same total and the same rooms in the same order with equal scores.
    /// Rooms with equal scores may swap positions, also across the end of the page.
    pub(crate) fn agrees_with(&self, other: &Answer) -> bool {
        let pairs = self.hits.iter().zip(&other.hits);
        self.total == other.total
            && self.hits.len() == other.hits.len()
            && pairs.clone().all(|(a, b)| is_equal(a.score, b.score))
            && pairs
                .filter(|(a, b)| a.id != b.id)
                .all(|(a, b)| other.may_contain(a) && self.may_contain(b))
    }

    /// Whether the room is here with an equal score, or may be on another page because of equal
    /// scores.
    fn may_contain(&self, hit: &Hit) -> bool {
        let here = self.hits.iter().find(|here| here.id == hit.id);
        let edges = [self.hits.first(), self.hits.last()];
        match here {
            Some(here) => is_equal(here.score, hit.score),
            None => edges
                .iter()
                .flatten()
                .any(|edge| is_equal(edge.score, hit.score)),
        }
    }
}

fn is_equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= SCORE_EPSILON
}
