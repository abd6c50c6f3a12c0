//! The source tree itself: imports, layout, file headers, vocabulary, and paths named in documents.
//!
//! These tests need no database.

mod cycles;
mod docs;
mod headers;
mod imports;
mod layering;
mod layout;
mod modules;
mod sources;
mod words;
