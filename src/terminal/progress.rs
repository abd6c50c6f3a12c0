//! How does a person see how far a long step is?
//!
//! On a terminal a bar with rows, rows a second and the time left. Where stderr is a file or a
//! pipe, a plain line every few seconds.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use crate::import::Progress;

/// How often a plain line is written.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Shows one step at a time on stderr.
#[derive(Default)]
pub(crate) struct Display {
    step: Mutex<Option<Step>>,
}

struct Step {
    what: String,
    bar: ProgressBar,
    started: Instant,
    line_due: Instant,
}

impl Progress for Display {
    fn start(&self, what: &str, total: Option<u64>) {
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
        // A hidden bar counts as well, and the plain lines read it.
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_message(what.to_owned());
        let now = Instant::now();
        self.replace(Some(Step {
            what: what.to_owned(),
            bar,
            started: now,
            line_due: now + LINE_INTERVAL,
        }));
    }

    fn advance(&self, rows: u64) {
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = &mut *step {
            step.bar.inc(rows);
            if step.bar.is_hidden() && Instant::now() >= step.line_due {
                step.line_due = Instant::now() + LINE_INTERVAL;
                note!("{}", step.line());
            }
        }
    }

    fn finish(&self) {
        if let Some(step) = self.replace(None) {
            step.bar.finish_and_clear();
            let rows = step.bar.position();
            note!("{}: {}", step.what, amount(rows, step.started.elapsed()));
        }
    }
}

impl Display {
    fn replace(&self, step: Option<Step>) -> Option<Step> {
        std::mem::replace(
            &mut *self.step.lock().unwrap_or_else(PoisonError::into_inner),
            step,
        )
    }
}

impl Step {
    fn line(&self) -> String {
        let rows = self.bar.position();
        let mut line = format!("{}: {}", self.what, amount(rows, self.started.elapsed()));
        if let Some(total) = self.bar.length().filter(|total| *total > rows && rows > 0) {
            let left = self
                .started
                .elapsed()
                .mul_f64((total - rows) as f64 / rows as f64);
            let _infallible = write!(
                line,
                ", {} in all, {} left",
                HumanCount(total),
                HumanDuration(left)
            );
        }
        line
    }
}

fn amount(rows: u64, took: Duration) -> String {
    let rows_per_s = rows as f64 / took.as_secs_f64().max(0.001);
    format!(
        "{} rows in {:.1} s ({} rows/s)",
        HumanCount(rows),
        took.as_secs_f64(),
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
