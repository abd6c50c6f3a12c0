//! The in-memory state of a running node, on both ends of its internal route: the node returns it,
//! and `roost verify` fetches it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use reqwest::StatusCode;
use roost_api::{
    MEMORY_STATE_PATH, MemoryState, MemoryStateDecoder, MemoryStateFuture, MemoryStateSource,
    SignalState,
};
use roost_indexer::{FetchMemoryState, MemoryStateHandle};
use tokio::time::sleep;

use super::node_file::NodeFile;
use crate::client::reachable;

/// The follower's state, for the API.
pub(crate) struct NodeMemoryState(pub(crate) MemoryStateHandle);

/// A node that starts, or that waits for Postgres, gets this long.
const RESPONSE_TIME_MAX: Duration = Duration::from_secs(30);
/// Between two attempts.
const RETRY_EVERY: Duration = Duration::from_millis(250);
/// A node that sends nothing for so long is gone. Longer than it waits for its follower.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// Far more than any node has; a larger response is not one.
const RESPONSE_BYTES_MAX: usize = 4 << 30;

/// One attempt to fetch the state.
enum Attempt {
    Fetched(MemoryState),
    /// Another attempt may succeed.
    NotYet(anyhow::Error),
}

impl MemoryStateSource for NodeMemoryState {
    fn fetch(&self) -> MemoryStateFuture<'_> {
        Box::pin(async move {
            let state = self.0.fetch().await?;
            Ok(MemoryState {
                position: state.position,
                signals: state.signals,
                days: state.days.into_iter().map(of_api).collect(),
                numbers: state.numbers.into_iter().map(of_api).collect(),
            })
        })
    }
}

/// Fetches the state of the node that runs over this folder.
pub(crate) fn fetch_from_node(data_dir: &Path) -> FetchMemoryState {
    let data_dir = data_dir.to_owned();
    Box::new(move || {
        let data_dir = data_dir.clone();
        Box::pin(async move {
            let state = fetch(&data_dir).await?;
            Ok(roost_indexer::MemoryState {
                position: state.position,
                signals: state.signals,
                days: state.days.into_iter().map(of_indexer).collect(),
                numbers: state.numbers.into_iter().map(of_indexer).collect(),
            })
        })
    })
}

fn of_api<V>(state: roost_indexer::SignalState<V>) -> SignalState<V> {
    SignalState {
        collection: state.collection,
        signal: state.signal,
        values: state.values,
    }
}

fn of_indexer<V>(state: SignalState<V>) -> roost_indexer::SignalState<V> {
    roost_indexer::SignalState {
        collection: state.collection,
        signal: state.signal,
        values: state.values,
    }
}

async fn fetch(data_dir: &Path) -> anyhow::Result<MemoryState> {
    let started = Instant::now();
    loop {
        let error = match attempt(data_dir).await? {
            Attempt::Fetched(state) => return Ok(state),
            Attempt::NotYet(error) => error,
        };
        if started.elapsed() >= RESPONSE_TIME_MAX {
            return Err(error.context(format!(
                "no node over {} has returned its signals within {} s",
                data_dir.display(),
                RESPONSE_TIME_MAX.as_secs()
            )));
        }
        sleep(RETRY_EVERY).await;
    }
}

async fn attempt(data_dir: &Path) -> anyhow::Result<Attempt> {
    let file = NodeFile::read(data_dir);
    let file = file.with_context(|| format!("cannot read node.json in {}", data_dir.display()))?;
    let Some(file) = file else {
        let missing = anyhow!("there is no node.json: the node has not opened its index yet");
        return Ok(Attempt::NotYet(missing));
    };
    let url = format!("http://{}{MEMORY_STATE_PATH}", reachable(file.address));
    let client = reqwest::Client::builder()
        .connect_timeout(SILENCE_MAX)
        .read_timeout(SILENCE_MAX)
        .no_proxy()
        .build()?;
    let response = match client.get(&url).bearer_auth(&file.token).send().await {
        Ok(response) => response,
        Err(error) => return Ok(Attempt::NotYet(error.into())),
    };
    match response.status() {
        StatusCode::OK => read(response).await,
        // Another process listens there now, or the node follows nothing at the moment.
        status => Ok(Attempt::NotYet(anyhow!("{url} has answered {status}"))),
    }
}

async fn read(mut response: reqwest::Response) -> anyhow::Result<Attempt> {
    let mut decoder = MemoryStateDecoder::default();
    let mut bytes = 0;
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                bytes += chunk.len();
                ensure!(
                    bytes <= RESPONSE_BYTES_MAX,
                    "the node's response is longer than {RESPONSE_BYTES_MAX} bytes"
                );
                decoder
                    .push(&chunk)
                    .context("the node runs another version")?;
            }
            Ok(None) => break,
            Err(error) => return Ok(Attempt::NotYet(error.into())),
        }
    }
    Ok(Attempt::Fetched(decoder.finish()?))
}
