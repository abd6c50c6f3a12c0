//! Many nodes follow Postgres through one slot and a stream of NATS JetStream.
//!
//! A [`Publisher`] reads the changes from Postgres and publishes each transaction to the stream. A
//! [`JetstreamSource`] delivers them to a node as if they came from a slot of its own. Each message
//! contains the positions that it continues from and leads to, so the messages form a chain. A
//! reader of the chain detects a missing, repeated or reordered message whatever happened to the
//! stream, and a node needs to know no more than the position of its index.

mod message;
mod origin;
mod outbox;
mod publisher;
mod publishing;
mod resume;
mod server;
mod source;

pub use publisher::Publisher;

pub(crate) use server::Connection;
pub(crate) use source::JetstreamSource;
