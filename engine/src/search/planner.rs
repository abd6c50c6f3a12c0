//! Which way is the cheapest for a query?

use super::filter::Verdict;
use super::judge::Judge;
use super::text::Text;
use crate::index::Snapshot;
use crate::query::{PlanName, Query};

/// The plan to take, or the one that was asked for where it applies.
pub(crate) fn choose(
    snapshot: &Snapshot,
    judge: &Judge<'_>,
    query: &Query,
    text: Option<&Text>,
) -> PlanName {
    let _ = (snapshot, judge, Verdict::Inside);
    match (text, query.plan) {
        (None, Some(PlanName::Scan)) => PlanName::Scan,
        (None, _) => PlanName::BestFirst,
        (Some(_), Some(PlanName::BestFirst | PlanName::WordsBestFirst)) => PlanName::WordsBestFirst,
        (Some(_), Some(PlanName::Postings | PlanName::Scan)) => PlanName::Postings,
        (Some(_), None) => if query.radius.is_some() { PlanName::Postings } else { PlanName::WordsBestFirst },
    }
}
