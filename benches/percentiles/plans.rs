//! Compares the planner's choice with every plan, forced in turn over the same queries.

use std::time::{Duration, Instant};

use roost_collections::rooms;
use roost_engine::{PlanName, Query, Ranking};

use crate::measure::{Latencies, Work};
use crate::queries::{self, QueryType};
use crate::rooms::Rooms;
use crate::table;

/// The target for the planner's choice, relative to the fastest plan.
const RATIO_MAX: f64 = 1.5;

/// Returns a table of the median latency of each plan, and of the planner's choice, for each query
/// type.
///
/// # Panics
/// If two plans return different answers to the same query.
pub(crate) fn compare(rooms: &Rooms, each: usize) -> String {
    let mut head = vec!["query"];
    head.extend(PlanName::ALL.map(PlanName::name));
    head.extend(["planner", "choice", "planner / fastest"]);
    let mut worst: (f64, &str) = (0.0, "");
    let mut rows = Vec::new();
    for query_type in &queries::all(rooms, each) {
        let compared = Compared::of(rooms, query_type);
        if compared.ratio() > worst.0 {
            worst = (compared.ratio(), query_type.name);
        }
        let row = compared.row(query_type.name);
        eprintln!("  {}", row.join(" | "));
        rows.push(row);
    }
    format!(
        "{} rooms in {} segments, {each} queries of each type, p50 in µs; \"-\" where a plan does \
         not apply:\n\n{}\nThe planner's choice takes at most {:.2} times as long as the \
         fastest plan, for {}; the target is at most {RATIO_MAX}.\n",
        rooms.count,
        rooms.segment_sizes().len(),
        table::table(&head, rows),
        worst.0,
        worst.1,
    )
}

struct Compared {
    /// `None` where the plan does not apply.
    forced_us: [Option<f64>; 4],
    planner_us: f64,
    work: Work,
}

impl Compared {
    fn of(rooms: &Rooms, query_type: &QueryType) -> Compared {
        let choices: Vec<Option<PlanName>> =
            [None].into_iter().chain(PlanName::ALL.map(Some)).collect();
        let mut latencies = vec![Vec::new(); choices.len()];
        let mut ran = [0usize; 4];
        let mut traces = Vec::new();
        for (number, query) in query_type.queries.iter().enumerate() {
            let mut first: Option<Ranking> = None;
            // The choices rotate, because each run finds caches and branch predictors as the
            // previous one left them.
            for turn in 0..choices.len() {
                let at = (number + turn) % choices.len();
                let (ranking, took) = run(rooms, query, choices[at]);
                latencies[at].push(took);
                if choices[at].is_none() {
                    traces.push(ranking.trace);
                } else if choices[at] == Some(ranking.trace.plan) {
                    ran[at - 1] += 1;
                }
                match &first {
                    None => first = Some(ranking),
                    Some(first) => assert_eq!(
                        first.ranked, ranking.ranked,
                        "two plans return different answers to {query:?}"
                    ),
                }
            }
        }
        let mut p50_us = latencies
            .into_iter()
            .map(|latencies| Latencies::of(latencies).percentile_us(0.5));
        let planner_us = p50_us.next().expect("the planner's choice");
        // If a plan fell back to another for some queries, its median would mix both.
        let forced: Vec<Option<f64>> = p50_us
            .zip(ran)
            .map(|(p50_us, ran)| (ran == query_type.queries.len()).then_some(p50_us))
            .collect();
        Compared {
            forced_us: forced.try_into().expect("as many as there are plans"),
            planner_us,
            work: Work::of(&traces),
        }
    }

    fn ratio(&self) -> f64 {
        let best_us = self.forced_us.iter().flatten().copied();
        self.planner_us / best_us.fold(f64::INFINITY, f64::min)
    }

    fn row(&self, name: &str) -> Vec<String> {
        let mut row = vec![name.to_owned()];
        row.extend(
            self.forced_us
                .map(|p50_us| p50_us.map_or("-".to_owned(), table::us)),
        );
        row.push(table::us(self.planner_us));
        row.push(table::plans(&self.work));
        let remark = if self.ratio() > RATIO_MAX {
            ", too slow"
        } else {
            ""
        };
        row.push(format!("{:.2}{remark}", self.ratio()));
        row
    }
}

/// Returns the faster of two runs. The first may miss caches that the second hits, and no plan
/// should suffer from running first.
fn run(rooms: &Rooms, query: &Query, plan: Option<PlanName>) -> (Ranking, Duration) {
    let query = Query {
        plan,
        ..query.clone()
    };
    let once = || {
        let start = Instant::now();
        let ranking = rooms.reader.rank(rooms::collection(), &query);
        let took = start.elapsed();
        (ranking.expect("an answer"), took)
    };
    let (_, first) = once();
    let (ranking, second) = once();
    (ranking, first.min(second))
}
