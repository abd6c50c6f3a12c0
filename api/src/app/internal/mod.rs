//! Routes for other commands of the same node, such as `roost verify`: not part of the public API.
//!
//! They are absent from `/openapi.json` and require the node's token. Being on the same machine is
//! no proof of who calls: behind a reverse proxy every request comes from there.

mod lines;
mod memory_state;
mod token;

pub use lines::{MemoryState, MemoryStateDecoder, MemoryStateFormatError, SignalState};
pub use memory_state::{InternalRoutes, MEMORY_STATE_PATH, MemoryStateFuture, MemoryStateSource};
pub use token::Token;

pub(crate) use memory_state::routes;
