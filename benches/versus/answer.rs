//! When do two answers agree?

use serde_json::Value;
use uuid::Uuid;

/// What one side answers to one search.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) hits: Vec<Hit>,
    pub(crate) total: Option<u64>,
}

/// A room of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    pub(crate) id: Uuid,
    pub(crate) score: f64,
}

/// Scores of the same formula that are no further apart than this are equal: two systems round the
/// last bits of a sum differently.
const SCORE_EPSILON: f64 = 1e-6;

impl Answer {
    /// The answer of the API.
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

    /// Whether the totals are the same, and the same rooms stand in the same order with the same
    /// scores. Rooms of equal scores may have traded places, also across the end of the page.
    pub(crate) fn agrees_with(&self, other: &Answer) -> bool {
        let pairs = self.hits.iter().zip(&other.hits);
        self.total == other.total
            && self.hits.len() == other.hits.len()
            && pairs.clone().all(|(a, b)| is_equal(a.score, b.score))
            && pairs
                .filter(|(a, b)| a.id != b.id)
                .all(|(a, b)| other.may_hold(a) && self.may_hold(b))
    }

    /// Whether the room is here with its score, or may have been cut off by rooms of the same score.
    fn may_hold(&self, hit: &Hit) -> bool {
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
