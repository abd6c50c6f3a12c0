//! At which message does the stream go on from a position?

use roost_engine::Position;

use super::message::Origin;
use super::server::{Connection, Stored};
use crate::error::SessionError;

/// Where to read on, so that nothing behind a position is passed over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) sequence: u64,
    /// The slot from which the last message was read.
    pub(crate) slot: Option<String>,
}

/// Finds where to read on; says why the stream does not go on from that position. Positions only ever
/// grow along the stream, so it is looked at in a few places only.
pub(crate) async fn find(
    connection: &Connection,
    origin: &Origin,
    position: Position,
) -> Result<Result<Place, String>, SessionError> {
    let (first, last) = connection.range().await?;
    let end = Place {
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
            "stream {} carries other changes ({}) than those of the database URL ({origin}): see \
             which database `roost publish` follows",
            connection.name, newest.label.origin
        )));
    }
    let slot = Some(newest.label.slot.clone());
    let found = match newest.label.to > position {
        true => first_behind(connection, first, newest, position).await?,
        // Either all is known, or the next transaction has begun to arrive.
        false if newest.label.is_last() => return Ok(Ok(Place { slot, ..end })),
        false => newest,
    };
    let sequence = found.sequence.saturating_sub(found.label.part);
    if found.label.from > position {
        return Ok(Err(format!(
            "stream {} goes on from {} and the index is at {position}: what was between is gone",
            connection.name, found.label.from
        )));
    }
    if sequence < first {
        return Ok(Err(format!(
            "stream {} has no more than the end of the transaction behind {position}",
            connection.name
        )));
    }
    Ok(Ok(Place { sequence, slot }))
}

/// The first message that comes to more than a position, as `newest` does.
async fn first_behind(
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
            // What has just been removed by age was before what is left.
            Some(_) | None => low = middle + 1,
        }
    }
    Ok(found)
}
