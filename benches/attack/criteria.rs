//! What a node must achieve under every attack.

use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::clients::attack::Tally;
use crate::probe::{Measured, Probed};

/// The share of cheap searches that may be rejected.
const REJECTED_SHARE_MAX: f64 = 0.01;

/// The p99 of cheap searches, as a multiple of the p99 without an attack. Where attackers use the
/// processors of the node, the p99 of an echo of another process may be greater than that; then it
/// is a multiple of the echo.
const P99_FACTOR_MAX: f64 = 5.0;

/// Every health check is answered within this time, plus the time of the slowest echo.
const HEALTH_MS_MAX: f64 = 50.0;

/// The peak of the memory, as a multiple of the memory without an attack.
const MEMORY_FACTOR_MAX: f64 = 1.5;

/// A node that is stopped in the middle of half-sent requests ends within this time.
pub(crate) const STOP_TIME_MAX: Duration = Duration::from_secs(5);

/// The node without an attack.
pub(crate) struct Idle {
    p99_ms: f64,
    echo_p99_ms: f64,
    health_ms_max: f64,
    memory_mib: u64,
}

/// What was observed during one kind of attack.
pub(crate) struct Observed {
    pub(crate) tally: Tally,
    pub(crate) probed: Probed,
    /// The peak.
    pub(crate) memory_mib: u64,
    /// The longest time until an inserted row was found, or why one was not.
    pub(crate) rows: Result<Duration, String>,
    /// Why the node does not run properly: it ended, or panicked.
    pub(crate) node_problem: Option<String>,
    /// How long the node took to stop, if it was stopped. The inner error is why it failed.
    pub(crate) stopped_after: Option<Result<Duration, String>>,
}

/// The criteria that an attack violates.
pub(crate) fn failures(idle: &Idle, observed: &Observed) -> Vec<String> {
    let mut failures = observed.tally.problems.clone();
    failures.extend(observed.node_problem.clone());
    failures.extend(observed.rows.clone().err());
    let Probed {
        searches, health, ..
    } = &observed.probed;
    let rejected = share_failed(searches);
    if rejected > REJECTED_SHARE_MAX {
        failures.push(format!(
            "{:.1} % of cheap searches failed, at most {:.0} % may: {}",
            100.0 * rejected,
            100.0 * REJECTED_SHARE_MAX,
            searches.last_failure
        ));
    }
    failures.extend(slowness(idle, observed));
    if health.failed > 0 {
        failures.push(format!(
            "{} of {} health checks failed: {}",
            health.failed, health.sent, health.last_failure
        ));
    }
    let (health_ms, health_ms_max) = (max_ms(health), observed.health_ms_max());
    if health_ms > health_ms_max {
        failures.push(format!(
            "a health check took {health_ms:.1} ms, at most {health_ms_max:.0} ms"
        ));
    }
    if observed.memory_mib > idle.memory_mib_max() {
        failures.push(format!(
            "the node used {} MiB of memory, at most {} MiB",
            observed.memory_mib,
            idle.memory_mib_max()
        ));
    }
    match &observed.stopped_after {
        Some(Err(problem)) => failures.push(problem.clone()),
        Some(Ok(took)) if *took > STOP_TIME_MAX => failures.push(format!(
            "the node took {:.1} s to stop, at most {} s",
            took.as_secs_f64(),
            STOP_TIME_MAX.as_secs()
        )),
        _ => {}
    }
    failures
}

/// Whether an attack violates no criterion but the p99 of cheap searches, which other processes of
/// the machine may have disturbed.
pub(crate) fn is_only_slow(idle: &Idle, observed: &Observed) -> bool {
    slowness(idle, observed).is_some() && failures(idle, observed).len() == 1
}

fn slowness(idle: &Idle, observed: &Observed) -> Option<String> {
    let (p99_ms, p99_ms_max) = (observed.p99_ms(), observed.p99_ms_max(idle));
    (p99_ms > p99_ms_max)
        .then(|| format!("the p99 of cheap searches is {p99_ms:.1} ms, at most {p99_ms_max:.1} ms"))
}

impl Idle {
    pub(crate) fn of(probed: &Probed, memory_mib: u64) -> Result<Self> {
        ensure!(
            probed.searches.failed == 0,
            "a cheap search failed without an attack: {}",
            probed.searches.last_failure
        );
        Ok(Self {
            p99_ms: probed.searches.percentile_ms(0.99),
            echo_p99_ms: probed.echoes.percentile_ms(0.99),
            health_ms_max: max_ms(&probed.health),
            memory_mib,
        })
    }

    /// The memory without an attack.
    pub(crate) fn memory_mib(&self) -> u64 {
        self.memory_mib
    }

    fn memory_mib_max(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "some hundred MiB"
        )]
        let max = (self.memory_mib as f64 * MEMORY_FACTOR_MAX) as u64;
        max
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "idle   cheap p99 {:.2} ms, health at most {:.1} ms, memory {} MiB; echo p99 {:.2} ms",
            self.p99_ms, self.health_ms_max, self.memory_mib, self.echo_p99_ms
        )
    }
}

impl Observed {
    pub(crate) fn p99_ms(&self) -> f64 {
        self.probed.searches.percentile_ms(0.99)
    }

    fn p99_ms_max(&self, idle: &Idle) -> f64 {
        let echo_p99_ms = self.probed.echoes.percentile_ms(0.99);
        P99_FACTOR_MAX * idle.p99_ms.max(echo_p99_ms)
    }

    fn health_ms_max(&self) -> f64 {
        HEALTH_MS_MAX + max_ms(&self.probed.echoes)
    }

    /// The measured values, each with its limit.
    pub(crate) fn line(&self, idle: &Idle) -> String {
        let searches = &self.probed.searches;
        let rows = match &self.rows {
            Ok(longest) => format!("rows found after {:.1} s", longest.as_secs_f64()),
            Err(_) => "rows not found".to_owned(),
        };
        let stopped = match &self.stopped_after {
            Some(Ok(took)) => format!(", stopped after {:.1} s", took.as_secs_f64()),
            _ => String::new(),
        };
        format!(
            "cheap p50 {:.1}, p99 {:.1} of {:.1} ms, {:.1} of {:.0} % failed of {}, health {:.1} of \
             {:.0} ms, memory {} of {} MiB, {rows}{stopped}; answers: {}",
            searches.percentile_ms(0.5),
            self.p99_ms(),
            self.p99_ms_max(idle),
            100.0 * share_failed(searches),
            100.0 * REJECTED_SHARE_MAX,
            searches.sent,
            max_ms(&self.probed.health),
            self.health_ms_max(),
            self.memory_mib,
            idle.memory_mib_max(),
            self.tally
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "some thousand requests")]
fn share_failed(measured: &Measured) -> f64 {
    measured.failed as f64 / measured.sent.max(1) as f64
}

fn max_ms(measured: &Measured) -> f64 {
    measured.percentile_ms(1.0)
}
