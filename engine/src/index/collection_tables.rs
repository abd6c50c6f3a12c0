//! The tables of a collection that its segments refer to.

use std::sync::Arc;

use super::columns::name_table::NameTable;
use crate::control::tuning::Tuning;
use crate::schema::Collection;
use crate::signals::{DocumentSignals, SignalTable};

/// What loading a segment needs beside the segment's files.
#[derive(Clone, Copy)]
pub(crate) struct CollectionTables<'a> {
    pub(crate) collection: Collection,
    pub(crate) signals: &'a SignalTable,
    pub(crate) document_signals: &'a Arc<DocumentSignals>,
    pub(crate) names: &'a Arc<NameTable>,
    pub(crate) tuning: &'a Tuning,
}
