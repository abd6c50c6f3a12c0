//! How is this process asked to end?

use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit code of a process that a signal ended, as shells have it for Ctrl-C.
const EXIT_BY_SIGNAL: i32 = 130;

/// Some wrappers send the signal of one key press twice, to the process and to its group.
const SAME_REQUEST: Duration = Duration::from_millis(500);

/// Is cancelled by the first Ctrl-C or SIGTERM; repeating that signal ends the process at once.
pub(crate) fn on_signal() -> anyhow::Result<CancellationToken> {
    on(&[SignalKind::interrupt(), SignalKind::terminate()])
}

/// The same, and by the end of the terminal: for what should not outlive the person's session.
pub(crate) fn on_signal_or_hangup() -> anyhow::Result<CancellationToken> {
    on(&[
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ])
}

fn on(kinds: &[SignalKind]) -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    for kind in kinds {
        let mut signals = signal(*kind).context("cannot wait for signals")?;
        let token = token.clone();
        tokio::spawn(async move {
            let mut first = None;
            while signals.recv().await.is_some() {
                let now = Instant::now();
                let since_first = now - *first.get_or_insert(now);
                if token.is_cancelled() && since_first > SAME_REQUEST {
                    std::process::exit(EXIT_BY_SIGNAL);
                }
                token.cancel();
            }
        });
    }
    Ok(token)
}
