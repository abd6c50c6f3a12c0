//! Which table and columns do the numbers of the stream mean?

use std::collections::HashMap;

use super::pgoutput::Relation;
use super::schema::Schema;
use super::table::{Projection, Table};
use crate::error::SessionError;

/// What the stream has said of the followed tables.
#[derive(Clone, Debug)]
pub(crate) struct Relations {
    schema: Schema,
    known: HashMap<u32, Projection>,
}

impl Relations {
    pub(crate) fn new(schema: Schema) -> Relations {
        Relations {
            schema,
            known: HashMap::new(),
        }
    }

    /// The tables as they were when the session began.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Takes in how a table's columns are numbered from here on.
    pub(crate) fn learn(&mut self, relation: &Relation<'_>) -> Result<(), SessionError> {
        let Some(table) = self.schema.table(relation.id) else {
            return Ok(());
        };
        let names = relation.columns.iter().copied();
        let projection = Projection::new(table, names).map_err(|column| {
            SessionError::Changed(format!(
                "table {} has lost its column {column}",
                relation.name
            ))
        })?;
        self.known.insert(relation.id, projection);
        Ok(())
    }

    /// How to read a change of that relation; `None` if its table is not followed.
    pub(crate) fn projection(&self, id: u32) -> Result<Option<&Projection>, SessionError> {
        match (self.schema.table(id), self.known.get(&id)) {
            (None, _) => Ok(None),
            (Some(_), Some(projection)) => Ok(Some(projection)),
            (Some(_), None) => Err(SessionError::Protocol(
                "a change of a table before the table's columns",
            )),
        }
    }

    /// The table of that relation; `None` if it is not followed.
    pub(crate) fn table(&self, id: u32) -> Option<Table> {
        self.schema.table(id)
    }
}
