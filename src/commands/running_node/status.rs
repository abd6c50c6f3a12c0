//! `roost status`: prints the state of a running node.

use std::fmt::{self, Display, Formatter};

use indicatif::{HumanBytes, HumanCount};
use roost_api::{CollectionStatus, NodeStatus, Phase, RebuildPhase, RebuildReport};

use crate::client::{node_status, reachable};
use crate::config::Config;

/// Runs `roost status`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let address = reachable(config.listen);
    let status = node_status(config).await?;
    say!("Node at {address}: {}", StatusText(&status));
    Ok(())
}

/// The progress of a rebuild as one line of text.
pub(crate) struct RebuildText<'a>(pub(crate) &'a RebuildReport);

impl Display for RebuildText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let RebuildReport {
            phase,
            table,
            rows,
            total,
            reason,
        } = self.0;
        write!(f, "Rebuild: ")?;
        match phase {
            RebuildPhase::Requested => write!(f, "requested"),
            RebuildPhase::Copying => {
                let (rows, total) = (HumanCount(*rows), HumanCount(*total));
                let table = table.as_deref().unwrap_or("tables");
                write!(f, "copying {table}, {rows} of {total} rows")
            }
            RebuildPhase::CatchingUp => write!(f, "catching up with the changes since the copy"),
            RebuildPhase::Done => write!(f, "done, searches use the new index"),
            RebuildPhase::Failed => {
                let reason = reason.as_deref().unwrap_or_default();
                write!(f, "failed: {reason}")
            }
        }
    }
}

/// The state of a node as lines of text.
struct StatusText<'a>(&'a NodeStatus);

impl Display for StatusText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let phase = match self.0.phase {
            Phase::Starting => "starting",
            Phase::Copying => "copying the tables",
            Phase::Following => "following Postgres",
            Phase::Waiting => "waiting for Postgres",
        };
        write!(f, "{phase}")?;
        if let Some(reason) = &self.0.reason {
            write!(f, "; {reason}")?;
        }
        write_position(f, self.0)?;
        if self.0.dead_letters > 0 {
            let count = HumanCount(self.0.dead_letters);
            write!(f, "\nDead letters: {count}, see `roost dead-letters list`")?;
        }
        if let Some(slot) = &self.0.stream.slot {
            let retained = HumanBytes(slot.retained_wal_bytes);
            write!(f, "\nSlot: {}, retains {retained} of WAL", slot.wal_status)?;
        }
        if let Some(rebuild) = &self.0.rebuild {
            write!(f, "\n{}", RebuildText(rebuild))?;
        }
        for collection in &self.0.collections {
            write_collection(f, collection)?;
        }
        let signals = HumanBytes(self.0.signals_memory_bytes);
        write!(f, "\nSignals: {signals} of memory")
    }
}

fn write_position(f: &mut Formatter<'_>, status: &NodeStatus) -> fmt::Result {
    write!(f, "\nPosition: {}", status.index.position)?;
    if let Some(age_ms) = status.index.age_ms {
        write!(f, ", up to date {age_ms} ms ago")?;
    }
    if let Some(lag_bytes) = status.lag_bytes {
        write!(f, ", lag {}", HumanBytes(lag_bytes))?;
    }
    Ok(())
}

fn write_collection(f: &mut Formatter<'_>, collection: &CollectionStatus) -> fmt::Result {
    let CollectionStatus {
        name,
        documents,
        segments,
        deleted_share,
        memory,
    } = collection;
    let (documents, segment_count) = (HumanCount(*documents), segments.len());
    write!(
        f,
        "\n{name}: {documents} documents in {segment_count} segments"
    )?;
    write!(f, ", {:.1} % deleted", 100.0 * deleted_share)?;
    let total_bytes = memory.columns_bytes
        + memory.trees_bytes
        + memory.term_dictionary_bytes
        + memory.deletes_bytes
        + memory.bounds_bytes
        + memory.document_signals_bytes;
    write!(
        f,
        "\n  memory: {}, {:.0} bytes per document",
        HumanBytes(total_bytes),
        memory.bytes_per_document
    )?;
    write!(
        f,
        " (columns {}, trees {}, terms {}, deletes {}, bounds {}, signals {})",
        HumanBytes(memory.columns_bytes),
        HumanBytes(memory.trees_bytes),
        HumanBytes(memory.term_dictionary_bytes),
        HumanBytes(memory.deletes_bytes),
        HumanBytes(memory.bounds_bytes),
        HumanBytes(memory.document_signals_bytes),
    )?;
    for segment in segments {
        let (live, deleted) = (HumanCount(segment.documents), HumanCount(segment.deleted));
        write!(f, "\n  segment: {live} documents, {deleted} deleted")?;
    }
    Ok(())
}
