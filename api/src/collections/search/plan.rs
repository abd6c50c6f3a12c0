//! How a search was executed, in JSON.

use std::borrow::Cow;

use roost_engine::{Cost, PlanName, Trace};
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::schema;

/// How the search was executed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    /// `best_first`: visits the nodes of the segment tree by their upper bounds, best first.
    /// `words_best_first`: the same, with upper bounds of the terms. `postings`: through the
    /// postings of the terms. `scan`: every document that place and filters leave over.
    #[schema(value_type = PlanNames)]
    name: &'static str,
    /// Visited nodes of the segment tree, for the hits and the total together.
    #[schema(example = 96)]
    nodes_visited: u64,
    /// Documents whose score was computed.
    #[schema(example = 151)]
    documents_scored: u64,
    /// The upper bound of all unvisited documents when the search stopped, in the unit of `sort`:
    /// the score, the negated distance, the number of the field, negated if the lowest comes first,
    /// or the smoothed rating. Null if nothing was left.
    #[schema(example = 71.5)]
    bound_at_stop: Option<f64>,
    /// Term expansions dropped because a query term had more than the limit; those with the most
    /// typos and the lowest document frequency go first.
    #[schema(example = 0)]
    expansions_dropped: u64,
    /// The work that was estimated before the search started, in steps. A step is a visited node or
    /// document, and anything else that takes as long.
    #[schema(example = 3080)]
    steps_estimated: u64,
    /// The work that the search took, in steps.
    #[schema(example = 3240)]
    steps: u64,
}

/// The name of a plan.
struct PlanNames;

impl Plan {
    pub(crate) fn new(trace: Trace, estimate: Cost) -> Plan {
        Plan {
            name: trace.plan.name(),
            nodes_visited: trace.nodes_visited,
            documents_scored: trace.documents_scored,
            bound_at_stop: trace.bound_at_stop,
            expansions_dropped: trace.expansions_dropped,
            steps_estimated: estimate.steps,
            steps: trace.steps,
        }
    }
}

impl PartialSchema for PlanNames {
    fn schema() -> RefOr<Schema> {
        schema::names(PlanName::ALL.map(PlanName::name)).into()
    }
}

impl ToSchema for PlanNames {
    fn name() -> Cow<'static, str> {
        "PlanName".into()
    }
}
