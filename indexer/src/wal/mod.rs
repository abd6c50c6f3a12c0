//! Decodes the write-ahead log: `pgoutput` messages, the columns of each relation, column values,
//! and the conversion of a row into what the engine stores.
//!
//! Nothing here talks to a server. Input is bytes and text; output is engine types.

pub(crate) mod convert;
pub(crate) mod event;
pub(crate) mod ewkb;
pub(crate) mod identifier;
pub(crate) mod literal;
pub(crate) mod pgoutput;
pub(crate) mod relations;
pub(crate) mod row;
pub(crate) mod schema;
pub(crate) mod table;
