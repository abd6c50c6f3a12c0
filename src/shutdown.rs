//! Shutdown requests: signals to this process.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit code that shells use for Ctrl-C.
const EXIT_BY_SIGNAL: i32 = 130;

/// Some wrappers send the signal of one key press twice, to the process and to its group.
const DUPLICATE_WINDOW: Duration = Duration::from_millis(500);

/// Returns a token that the first Ctrl-C or SIGTERM cancels; a second signal ends the process at
/// once.
pub(crate) fn on_signal() -> anyhow::Result<CancellationToken> {
    on(&[SignalKind::interrupt(), SignalKind::terminate()])
}

/// Like [`on_signal`], and also when the terminal closes: for commands that should not outlive it.
pub(crate) fn on_signal_or_hangup() -> anyhow::Result<CancellationToken> {
    on(&[
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ])
}

/// Runs work that may be cancelled at any point.
pub(crate) async fn run_until<T>(
    shutdown: &CancellationToken,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        result = work => result,
        () = shutdown.cancelled() => bail!("stopped by a signal"),
    }
}

fn on(kinds: &[SignalKind]) -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    for kind in kinds {
        let mut signals = signal(*kind).context("cannot handle signals")?;
        let token = token.clone();
        tokio::spawn(async move {
            let mut first = None;
            while signals.recv().await.is_some() {
                let now = Instant::now();
                let since_first = now - *first.get_or_insert(now);
                if token.is_cancelled() && since_first > DUPLICATE_WINDOW {
                    std::process::exit(EXIT_BY_SIGNAL);
                }
                token.cancel();
            }
        });
    }
    Ok(token)
}
