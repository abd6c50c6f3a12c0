//! The HTTP server: its connections, their limits and timeouts, and the memory of its responses.
//!
//! The registry knows all connections. It closes those that wait for their clients: for too long,
//! or for longest when a limit is reached. So a new client always finds a connection, unless the
//! server works for all of them.

mod client_io;
mod connection;
pub(crate) mod connection_memory;
mod exchange;
mod group;
mod options;
mod reason;
mod registry;
mod request_body;
pub(crate) mod serve;
mod turn;

pub use options::ServerOptions;
