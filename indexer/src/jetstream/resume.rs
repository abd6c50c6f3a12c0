//! Finds the sequence number of the message at which a node resumes from a WAL position.

use roost_engine::Position;

use super::origin::Origin;
use super::server::{Connection, Stored};
use crate::error::SessionError;

/// Where a node resumes so that it misses no change after its position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ResumePoint {
    /// The sequence number of the first message to read.
    pub(crate) sequence: u64,
    /// The slot that the last message was read from.
    pub(crate) slot: Option<String>,
}

/// Finds the first message after a position, or the reason why the stream does not continue from
/// there. Positions only increase along the stream, so a binary search reads few messages.
pub(crate) async fn find(
    connection: &Connection,
    origin: &Origin,
    position: Position,
) -> Result<Result<ResumePoint, String>, SessionError> {
    let (first, last) = connection.range().await?;
    let end = ResumePoint {
        sequence: last + 1,
        slot: None,
    };
    if first > last {
        return Ok(Ok(end));
    }
    let Some(newest) = connection.stored(last).await? else {
        return Ok(Ok(end));
    };
    if newest.label.origin != *origin {
        return Err(SessionError::Setup(format!(
            "stream {} carries other changes ({}) than those of the database URL ({origin}): check \
             which database `roost publish` follows",
            connection.name, newest.label.origin
        )));
    }
    let slot = Some(newest.label.slot.clone());
    let found = match newest.label.to > position {
        true => first_after(connection, first, newest, position).await?,
        // The position is the end of the stream, unless a part of the next transaction has arrived.
        false if newest.label.is_last() => return Ok(Ok(ResumePoint { slot, ..end })),
        false => newest,
    };
    let sequence = found.sequence.saturating_sub(found.label.part);
    if found.label.from > position {
        return Ok(Err(format!(
            "stream {} continues from {} and the index is at {position}: the changes in between are gone",
            connection.name, found.label.from
        )));
    }
    if sequence < first {
        return Ok(Err(format!(
            "stream {} has only the end of the transaction after {position}",
            connection.name
        )));
    }
    Ok(Ok(ResumePoint { sequence, slot }))
}

/// The first message that leads past a position; `newest` does.
async fn first_after(
    connection: &Connection,
    first: u64,
    newest: Stored,
    position: Position,
) -> Result<Stored, SessionError> {
    let (mut low, mut found) = (first, newest);
    while low < found.sequence {
        let middle = low + (found.sequence - low) / 2;
        match connection.stored(middle).await? {
            Some(stored) if stored.label.to > position => found = stored,
            // A message that was just removed by age came before the remaining ones.
            Some(_) | None => low = middle + 1,
        }
    }
    Ok(found)
}
