//! Tests of the source tree itself: imports, layout, file headers and vocabulary.
//!
//! They need no database.

mod cycles;
mod headers;
mod imports;
mod layout;
mod modules;
mod sources;
mod words;
