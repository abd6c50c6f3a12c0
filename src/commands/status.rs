//! How is a running node, in words for a person?

use std::fmt::{self, Display, Formatter};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use indicatif::{HumanBytes, HumanCount};
use roost_api::{CollectionStatus, NodeStatus, Phase, RebuildPhase, RebuildReport};
use serde::Deserialize;

use crate::config::Config;

/// A node answers this from memory.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Answer {
    data: NodeStatus,
}

/// A node's state, to be read by a person.
struct Told<'a>(&'a NodeStatus);

/// A new index, to be read by a person.
pub(crate) struct Rebuilding<'a>(pub(crate) &'a RebuildReport);

/// Runs `roost status`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let address = reachable(config.listen);
    say!("Node at {address}: {}", Told(&of_node(config).await?));
    Ok(())
}

/// What the node of this configuration says of itself.
pub(crate) async fn of_node(config: &Config) -> anyhow::Result<NodeStatus> {
    let url = format!("http://{}/api/v1/status", reachable(config.listen));
    let asked = ask(&url).await;
    asked.with_context(|| {
        format!(
            "no node has answered at {url}: expected a running node, and listen ({}) as it has it",
            config.listen
        )
    })
}

async fn ask(url: &str) -> anyhow::Result<NodeStatus> {
    let client = reqwest::Client::builder()
        .timeout(ANSWER_TIME_MAX)
        .no_proxy()
        .build()?;
    let answer = client.get(url).send().await?.error_for_status()?;
    Ok(answer.json::<Answer>().await?.data)
}

/// A node that listens on all addresses is asked on this machine's own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let own: IpAddr = match listen.ip() {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    if listen.ip().is_unspecified() {
        SocketAddr::new(own, listen.port())
    } else {
        listen
    }
}

impl Display for Told<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let NodeStatus { index, .. } = self.0;
        let doing = match self.0.phase {
            Phase::Starting => "starting",
            Phase::Copying => "copying the tables",
            Phase::Following => "following Postgres",
            Phase::Waiting => "waiting for Postgres",
        };
        write!(f, "{doing}")?;
        if let Some(reason) = &self.0.reason {
            write!(f, "; {reason}")?;
        }
        write!(f, "\nPosition: {}", index.position)?;
        if let Some(age_ms) = index.age_ms {
            write!(f, ", all there was {age_ms} ms ago")?;
        }
        if let Some(lag_bytes) = self.0.lag_bytes {
            write!(f, ", {} of log to come", HumanBytes(lag_bytes))?;
        }
        if self.0.dead_letters > 0 {
            let left_out = HumanCount(self.0.dead_letters);
            write!(
                f,
                "\nLeft out: {left_out} rows, see `roost dead-letters list`"
            )?;
        }
        if let Some(slot) = &self.0.stream.slot {
            let held = HumanBytes(slot.retained_wal_bytes);
            write!(
                f,
                "\nSlot: {}, Postgres holds {held} of log for it",
                slot.wal_status
            )?;
        }
        if let Some(rebuild) = &self.0.rebuild {
            write!(f, "\n{}", Rebuilding(rebuild))?;
        }
        for collection in &self.0.collections {
            write_collection(f, collection)?;
        }
        let signals = HumanBytes(self.0.signals_memory_bytes);
        write!(f, "\nSignals: {signals} of memory")
    }
}

impl Display for Rebuilding<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let RebuildReport {
            phase,
            table,
            rows,
            total,
            reason,
        } = self.0;
        write!(f, "New index: ")?;
        match phase {
            RebuildPhase::Requested => write!(f, "about to begin"),
            RebuildPhase::Copying => {
                let (rows, total) = (HumanCount(*rows), HumanCount(*total));
                let table = table.as_deref().unwrap_or("tables");
                write!(f, "copying {table}, {rows} of {total} rows")
            }
            RebuildPhase::CatchingUp => write!(f, "catching up with what has changed since"),
            RebuildPhase::Done => write!(f, "searches see it"),
            RebuildPhase::Failed => {
                let reason = reason.as_deref().unwrap_or_default();
                write!(f, "came to nothing; {reason}")
            }
        }
    }
}

fn write_collection(f: &mut Formatter<'_>, collection: &CollectionStatus) -> fmt::Result {
    let CollectionStatus {
        name,
        documents,
        segments,
        deleted_share,
        memory,
    } = collection;
    let (documents, parts) = (HumanCount(*documents), segments.len());
    write!(f, "\n{name}: {documents} documents in {parts} segments")?;
    write!(f, ", {:.1} % deleted", 100.0 * deleted_share)?;
    let own = memory.columns_bytes
        + memory.trees_bytes
        + memory.term_dictionary_bytes
        + memory.deletes_bytes
        + memory.bounds_bytes
        + memory.nights_bytes;
    let each = memory.bytes_per_document;
    write!(
        f,
        "\n  memory: {}, {each:.0} bytes a document",
        HumanBytes(own)
    )?;
    write!(
        f,
        " (columns {}, trees {}, words {}, deletes {}, bounds {}, nights {})",
        HumanBytes(memory.columns_bytes),
        HumanBytes(memory.trees_bytes),
        HumanBytes(memory.term_dictionary_bytes),
        HumanBytes(memory.deletes_bytes),
        HumanBytes(memory.bounds_bytes),
        HumanBytes(memory.nights_bytes),
    )?;
    for segment in segments {
        let (alive, deleted) = (HumanCount(segment.documents), HumanCount(segment.deleted));
        write!(f, "\n  segment: {alive} documents, {deleted} deleted")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_on_all_addresses_is_asked_on_its_own() {
        let cases = [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.7:80", "10.0.0.7:80"),
        ];
        for (listen, asked) in cases {
            let asked: SocketAddr = asked.parse().unwrap();
            assert_eq!(reachable(listen.parse().unwrap()), asked);
        }
    }
}
