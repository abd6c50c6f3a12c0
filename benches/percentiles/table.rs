//! Formats results as Markdown tables, and as one line of JSON each for programs.

use serde_json::json;

use crate::measure::{Latencies, Measured, Work};
use crate::queries::Target;
use crate::rooms::Rooms;

const PERCENTILES: [f64; 4] = [0.5, 0.95, 0.99, 1.0];

/// All types of queries over one index.
pub(crate) fn of_searches(rooms: &Rooms, all: &[Measured]) -> String {
    let sizes = rooms.segment_sizes();
    let mut text = format!(
        "{} rooms in {} segments of {} to {}, one thread, {} queries of each type, latencies in µs:\n\n",
        rooms.count,
        sizes.len(),
        sizes.last().unwrap_or(&0),
        sizes.first().unwrap_or(&0),
        all.first().map_or(0, |measured| measured.latencies.len()),
    );
    let head = [
        "query",
        "p50",
        "p95",
        "p99",
        "max",
        "nodes",
        "scored",
        "plan",
        "target p50 / p99",
    ];
    let rows = all.iter().map(|measured| {
        let mut row = vec![measured.name.clone()];
        row.extend(PERCENTILES.map(|share| us(measured.latencies.percentile_us(share))));
        row.extend([
            measured.work.nodes_p50.to_string(),
            measured.work.scored_p50.to_string(),
            plans(&measured.work),
            target(measured, rooms.count),
        ]);
        row
    });
    text += &table(&head, rows.collect());
    for measured in all {
        let line = json!({
            "query": measured.name,
            "rooms": rooms.count,
            "segments": sizes.len(),
            "p50_us": measured.latencies.percentile_us(0.5),
            "p95_us": measured.latencies.percentile_us(0.95),
            "p99_us": measured.latencies.percentile_us(0.99),
            "max_us": measured.latencies.percentile_us(1.0),
            "nodes_p50": measured.work.nodes_p50,
            "scored_p50": measured.work.scored_p50,
        });
        text += &format!("{line}\n");
    }
    text + "\n"
}

/// One type of query over indexes of several sizes.
pub(crate) fn of_sizes(sizes: &[(u64, Measured)]) -> String {
    let head = ["rooms", "query", "p50", "p95", "p99", "max"];
    let rows = sizes.iter().map(|(rooms, measured)| {
        let mut row = vec![rooms.to_string(), measured.name.clone()];
        row.extend(PERCENTILES.map(|share| us(measured.latencies.percentile_us(share))));
        row
    });
    table(&head, rows.collect())
}

/// Operations that take milliseconds, with their targets in milliseconds.
pub(crate) fn of_writes(writes: &[(String, Latencies, Option<Target>)]) -> String {
    let head = [
        "operation",
        "runs",
        "p50 ms",
        "p99 ms",
        "max ms",
        "target p50 / p99",
    ];
    let ms = |us: f64| format!("{:.1}", us / 1_000.0);
    let rows = writes.iter().map(|(name, latencies, target)| {
        let mut row = vec![name.clone(), latencies.len().to_string()];
        row.extend([0.5, 0.99, 1.0].map(|share| ms(latencies.percentile_us(share))));
        row.push(target.map_or(String::new(), |target| {
            let (p50, p99) = (ms(target.p50_us), ms(target.p99_us));
            format!("{p50} / {p99}, {}", result(latencies, target))
        }));
        row
    });
    table(&head, rows.collect())
}

/// A Markdown table with padded columns, which is readable without rendering.
pub(crate) fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let rule: Vec<String> = head.iter().map(|_| "---".to_owned()).collect();
    let rows = [vec![head, rule], rows].concat();
    let columns = rows[0].len();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("| {} |\n", cells.join(" | "))
    };
    rows.iter().map(line).collect()
}

/// Formats microseconds with the significant digits only.
pub(crate) fn us(us: f64) -> String {
    if us < 100.0 {
        format!("{us:.1}")
    } else {
        format!("{us:.0}")
    }
}

/// The plans that ran, the most frequent first.
pub(crate) fn plans(work: &Work) -> String {
    let all: usize = work.plans.values().sum();
    let mut plans: Vec<_> = work.plans.iter().collect();
    plans.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    let share = |times: usize| 100 * times / all.max(1);
    let names = plans.iter().map(|(plan, times)| {
        if **times == all {
            plan.name().to_owned()
        } else {
            format!("{} {} %", plan.name(), share(**times))
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

/// The target and whether it is met, at the number of rooms that it applies to.
fn target(measured: &Measured, rooms: u64) -> String {
    let target = match rooms {
        1_000_000 => measured.target,
        10_000_000 if measured.name == "radius 5 km" => Target::us(60.0, 300.0),
        _ => None,
    };
    let Some(target) = target else {
        return String::new();
    };
    let result = result(&measured.latencies, target);
    let p99 = match target.p99_us.is_finite() {
        true => target.p99_us.to_string(),
        false => "-".to_owned(),
    };
    format!("{} / {p99}, {result}", target.p50_us)
}

fn result(latencies: &Latencies, target: Target) -> &'static str {
    let is_met = latencies.percentile_us(0.5) <= target.p50_us
        && latencies.percentile_us(0.99) <= target.p99_us;
    if is_met { "met" } else { "missed" }
}
