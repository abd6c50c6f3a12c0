//! Draws latency by radius and by number of rooms as an SVG with a light and a dark theme.

use std::fmt::Write;

use crate::measure::Measured;

/// A point on the horizontal axis.
pub(crate) struct Point {
    label: String,
    p50_us: f64,
    p99_us: f64,
}

impl Point {
    pub(crate) fn of(label: String, measured: &Measured) -> Point {
        Point {
            label,
            p50_us: measured.latencies.percentile_us(0.5),
            p99_us: measured.latencies.percentile_us(0.99),
        }
    }
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 340.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 282.0;
const PANEL_WIDTH: f64 = 290.0;
const LEFTS: [f64; 2] = [64.0, 444.0];

const STYLE: &str = "
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 14px; font-weight: 600; }
  .paper { fill: #ffffff; }
  .grid { stroke: #d1d9e0; }
  .line { fill: none; stroke-width: 2; }
  .p50 { stroke: #0969da; } .p50.dot, .p50.name { fill: #0969da; }
  .p99 { stroke: #bc4c00; } .p99.dot, .p99.name { fill: #bc4c00; }
  .name { stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .paper { fill: #0d1117; }
    .grid { stroke: #3d444d; }
    .p50 { stroke: #58a6ff; } .p50.dot, .p50.name { fill: #58a6ff; }
    .p99 { stroke: #f0883e; } .p99.dot, .p99.name { fill: #f0883e; }
    .name { stroke: none; }
  }
";

/// Draws both panels with the same scale.
pub(crate) fn draw(title: &str, rooms: u64, by_radius: &[Point], by_rooms: &[Point]) -> String {
    let scale = Scale::of(by_radius.iter().chain(by_rooms));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"{title}: latency by radius and by number of rooms\">\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n\
         <text class=\"title\" x=\"16\" y=\"24\">{title}: latency in µs, logarithmic</text>\n"
    );
    let radius_axis = format!("radius in km, {} rooms", short(rooms));
    panel(&mut svg, LEFTS[0], &scale, by_radius, &radius_axis);
    panel(
        &mut svg,
        LEFTS[1],
        &scale,
        by_rooms,
        "number of rooms, radius 5 km",
    );
    svg + "</svg>\n"
}

/// Abbreviates a number of rooms, such as 10k or 1M.
pub(crate) fn short(number: u64) -> String {
    match number {
        1_000_000.. if number.is_multiple_of(1_000_000) => format!("{}M", number / 1_000_000),
        1_000.. if number.is_multiple_of(1_000) => format!("{}k", number / 1_000),
        _ => number.to_string(),
    }
}

/// Decades of microseconds, from the bottom to the top of a panel.
struct Scale {
    low: i32,
    high: i32,
}

impl Scale {
    fn of<'a>(points: impl Iterator<Item = &'a Point>) -> Scale {
        let (mut low, mut high) = (f64::INFINITY, 1.0f64);
        for point in points {
            low = low.min(point.p50_us);
            high = high.max(point.p99_us);
        }
        let low = low.max(0.1).log10().floor() as i32;
        Scale {
            low,
            high: (high.log10().ceil() as i32).max(low + 1),
        }
    }

    fn y(&self, us: f64) -> f64 {
        let share = (us.max(0.1).log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        BOTTOM - share * (BOTTOM - TOP)
    }
}

fn panel(svg: &mut String, left: f64, scale: &Scale, points: &[Point], axis: &str) {
    for decade in scale.low..=scale.high {
        let us = 10f64.powi(decade);
        let (y, right) = (scale.y(us), left + PANEL_WIDTH);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{us}</text>\n",
            left - 6.0,
            y + 4.0,
        );
    }
    let step = (PANEL_WIDTH - 60.0) / points.len().saturating_sub(1).max(1) as f64;
    let xs: Vec<f64> = (0..points.len())
        .map(|at| left + 20.0 + step * at as f64)
        .collect();
    for (x, point) in xs.iter().zip(points) {
        let (y, label) = (BOTTOM + 18.0, &point.label);
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{label}</text>"
        );
    }
    let (x, y) = (left + PANEL_WIDTH / 2.0, BOTTOM + 40.0);
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{axis}</text>"
    );
    line(
        svg,
        "p50",
        &xs,
        points.iter().map(|point| scale.y(point.p50_us)),
    );
    line(
        svg,
        "p99",
        &xs,
        points.iter().map(|point| scale.y(point.p99_us)),
    );
}

/// Draws a line with a dot at each point and its name at the end.
fn line(svg: &mut String, name: &str, xs: &[f64], ys: impl Iterator<Item = f64>) {
    let points: Vec<(f64, f64)> = xs.iter().copied().zip(ys).collect();
    let path: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let _ = writeln!(
        svg,
        "<polyline class=\"{name} line\" points=\"{}\"/>",
        path.join(" ")
    );
    for (x, y) in &points {
        let _ = writeln!(
            svg,
            "<circle class=\"{name} dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"
        );
    }
    if let Some((x, y)) = points.last() {
        let (x, y) = (x + 8.0, y + 4.0);
        let _ = writeln!(
            svg,
            "<text class=\"{name} name\" x=\"{x:.1}\" y=\"{y:.1}\">{name}</text>"
        );
    }
}
