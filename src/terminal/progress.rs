//! Progress of long steps on stderr.
//!
//! On a terminal, a bar with rows, rows per second and the time left. In a file or a pipe, a plain
//! line every few seconds.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use crate::import::Progress;

/// How often a plain line is written.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Shows one step at a time.
#[derive(Default)]
pub(crate) struct ProgressDisplay {
    step: Mutex<Option<Step>>,
}

impl Progress for ProgressDisplay {
    fn start(&self, name: &str, total: Option<u64>) {
        let bar = if !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else if let Some(total) = total {
            ProgressBar::new(total).with_style(style(
                "{msg} {wide_bar} {human_pos} of {human_len} rows, {rows_per_s} rows/s, {eta} left",
            ))
        } else {
            ProgressBar::new_spinner().with_style(style(
                "{msg} {spinner} {human_pos} rows, {rows_per_s} rows/s",
            ))
        };
        // A hidden bar counts too; the plain lines read its position.
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_message(name.to_owned());
        let now = Instant::now();
        self.replace(Some(Step {
            name: name.to_owned(),
            bar,
            started_at: now,
            next_line_at: now + LINE_INTERVAL,
        }));
    }

    fn advance(&self, rows: u64) {
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = &mut *step {
            step.bar.inc(rows);
            if step.bar.is_hidden() && Instant::now() >= step.next_line_at {
                step.next_line_at = Instant::now() + LINE_INTERVAL;
                note!("{}", step.line());
            }
        }
    }

    fn finish(&self) {
        if let Some(step) = self.replace(None) {
            step.bar.finish_and_clear();
            let speed = speed(step.bar.position(), step.started_at.elapsed());
            note!("{}: {speed}", step.name);
        }
    }
}

impl ProgressDisplay {
    fn replace(&self, step: Option<Step>) -> Option<Step> {
        std::mem::replace(
            &mut *self.step.lock().unwrap_or_else(PoisonError::into_inner),
            step,
        )
    }
}

struct Step {
    name: String,
    bar: ProgressBar,
    started_at: Instant,
    next_line_at: Instant,
}

impl Step {
    fn line(&self) -> String {
        let (rows, elapsed) = (self.bar.position(), self.started_at.elapsed());
        let mut line = format!("{}: {}", self.name, speed(rows, elapsed));
        if let Some(total) = self.bar.length().filter(|total| *total > rows && rows > 0) {
            let left = elapsed.mul_f64((total - rows) as f64 / rows as f64);
            let _infallible = write!(
                line,
                ", {} in total, {} left",
                HumanCount(total),
                HumanDuration(left)
            );
        }
        line
    }
}

fn speed(rows: u64, elapsed: Duration) -> String {
    let rows_per_s = rows as f64 / elapsed.as_secs_f64().max(0.001);
    format!(
        "{} rows in {:.1} s ({} rows/s)",
        HumanCount(rows),
        elapsed.as_secs_f64(),
        HumanCount(rows_per_s as u64)
    )
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key(
            "rows_per_s",
            |state: &ProgressState, text: &mut dyn Write| {
                let _infallible = write!(text, "{}", HumanCount(state.per_sec() as u64));
            },
        )
}
