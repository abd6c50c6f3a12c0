//! How is a running node asked for the signals and nights that it holds in memory?
//!
//! It writes them into a file of its data folder: see [`Marker`] for who asks, and how.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use roost_engine::{BookedNights, Date, Key, Position, Signals, Stay};
use roost_indexer::{FetchMemoryState, MemoryState, MemoryStateHandle};
use serde::{Deserialize, Serialize};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use super::marker::Marker;

const MARKER: &str = "held-wanted";
const ANSWER: &str = "held.json";
/// Between two looks of the node for somebody who asks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What is in the file.
#[derive(Serialize, Deserialize)]
struct Answer {
    position: Position,
    signals: Vec<(Key, Signals)>,
    kept: Days,
    nights: Vec<(Key, Vec<Days>)>,
}

/// Check-in and check-out in days since 1970.
type Days = (i32, i32);

/// Asks the node over this folder.
pub(crate) fn ask_node(data_dir: &Path) -> FetchMemoryState {
    let data_dir = data_dir.to_owned();
    Box::new(move || {
        let data_dir = data_dir.clone();
        Box::pin(async move { Ok(ask(&data_dir).await?) })
    })
}

async fn ask(data_dir: &Path) -> anyhow::Result<MemoryState> {
    let answer = data_dir.join(ANSWER);
    loop {
        let marker = Marker::new(data_dir, MARKER);
        marker.ask("follows its source at the moment").await?;
        let bytes = match tokio::fs::read(&answer).await {
            // Another one who asked at the same time has taken it away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            read => read.with_context(|| format!("cannot read {}", answer.display()))?,
        };
        // What is left behind is replaced by the next answer.
        let _removed = tokio::fs::remove_file(&answer).await;
        let told: Answer = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} was written by another version", answer.display()))?;
        return told.into_state();
    }
}

/// Tells whoever asks, as long as the node runs.
pub(crate) async fn tell(data_dir: &Path, handle: &MemoryStateHandle, shutdown: CancellationToken) {
    let marker = Marker::new(data_dir, MARKER);
    let mut looks = interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        if shutdown.is_cancelled() {
            return;
        }
        if !marker.is_there().await {
            continue;
        }
        // While nothing is followed nobody is answered, and who asked gives up.
        let held = tokio::select! {
            held = handle.fetch() => held,
            () = shutdown.cancelled() => return,
        };
        let Ok(held) = held else { return };
        if !marker.is_there().await {
            continue;
        }
        let told = write(data_dir.join(ANSWER), held).await;
        if let Err(error) = match told {
            Ok(()) => marker.remove().await,
            Err(error) => Err(error),
        } {
            tracing::error!(
                data_dir = %data_dir.display(),
                error = %error,
                "cannot tell signals and nights to `roost verify`; telling them no more"
            );
            return;
        }
    }
}

/// Whole or not at all, since somebody may read what was written before.
async fn write(to: PathBuf, held: MemoryState) -> io::Result<()> {
    let written = tokio::task::spawn_blocking(move || {
        let part = to.with_extension("part");
        std::fs::write(&part, serde_json::to_vec(&Answer::of(held))?)?;
        std::fs::rename(&part, &to)
    });
    written.await?
}

impl Answer {
    fn of(held: MemoryState) -> Answer {
        let days = |stay: Stay| (stay.check_in().days(), stay.check_out().days());
        let nights = held.nights.documents.into_iter();
        let nights = nights.map(|(room, stays)| (room, stays.into_iter().map(days).collect()));
        Answer {
            position: held.position,
            signals: held.signals,
            kept: days(held.nights.window),
            nights: nights.collect(),
        }
    }

    fn into_state(self) -> anyhow::Result<MemoryState> {
        let stay = |(from, to): Days| Stay::new(Date::of_days(from), Date::of_days(to));
        let nights = self.nights.into_iter();
        let nights = nights.map(|(room, stays)| {
            let stays = stays.into_iter().map(stay);
            Ok((room, stays.collect::<Result<_, _>>()?))
        });
        Ok(MemoryState {
            position: self.position,
            signals: self.signals,
            nights: BookedNights {
                window: stay(self.kept)?,
                documents: nights.collect::<anyhow::Result<_>>()?,
            },
        })
    }
}
