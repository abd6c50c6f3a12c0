//! How is it told which way a search went?

use std::borrow::Cow;

use roost_engine::{PlanName, Trace};
use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The way that a search went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    /// `best_first`: by the best score possible below each node of the index. `words_best_first`:
    /// the same with bounds of the words. `postings`: through the rooms that hold the words.
    /// `scan`: through every room that place and filters leave over.
    #[schema(value_type = PlanWord)]
    name: &'static str,
    /// Nodes of the index that were judged, for the hits and the total together.
    #[schema(example = 96)]
    nodes_visited: u64,
    /// Rooms whose score was computed.
    #[schema(example = 151)]
    documents_scored: u64,
    /// What nothing unseen could exceed when the search stopped, in what `sort` goes by: the score,
    /// the distance or the price negated, or the smoothed rating. Null if nothing was left.
    #[schema(example = 71.5)]
    bound_at_stop: Option<f64>,
    /// How many more words of the index those of `q` could have been meant as than were looked at:
    /// the farthest off, in the fewest rooms.
    #[schema(example = 0)]
    expansions_dropped: u64,
}

/// The name of a plan.
struct PlanWord;

impl From<Trace> for Plan {
    fn from(trace: Trace) -> Plan {
        Plan {
            name: trace.plan.name(),
            nodes_visited: trace.nodes_visited,
            documents_scored: trace.documents_scored,
            bound_at_stop: trace.bound_at_stop,
            expansions_dropped: trace.expansions_dropped,
        }
    }
}

impl PartialSchema for PlanWord {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(PlanName::ALL.map(PlanName::name)));
        Schema::Object(schema.build()).into()
    }
}

impl ToSchema for PlanWord {
    fn name() -> Cow<'static, str> {
        "PlanName".into()
    }
}
