//! Maps the relation ids and column order of the stream to the followed tables and their columns.
//!
//! Each `Relation` message resolves the columns that are read to indexes, once; every tuple after
//! it is read by index.

use std::collections::HashMap;

use super::pgoutput::{Field, Relation, Tuple};
use super::row::{Row, RowError, Value};
use super::schema::Schema;
use super::table::Table;
use crate::error::SessionError;

/// The relations that the stream has described so far.
#[derive(Clone, Debug)]
pub(crate) struct Relations {
    schema: Schema,
    projections: HashMap<u32, Projection>,
}

/// Where the columns that are read stand among a relation's columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Projection {
    pub(crate) table: Table,
    /// An index into a tuple for each of [`Table::columns`].
    indexes: Vec<usize>,
}

impl Relations {
    pub(crate) fn new(schema: Schema) -> Relations {
        Relations {
            schema,
            projections: HashMap::new(),
        }
    }

    /// The followed tables as they were when the session started.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Resolves the columns of a relation for the tuples that follow.
    pub(crate) fn describe(&mut self, relation: &Relation<'_>) -> Result<(), SessionError> {
        if let Some(table) = self.schema.table(relation.id) {
            let projection = Projection::new(table, &relation.columns).map_err(|column| {
                SessionError::Changed(format!(
                    "table {} has lost its column {column}",
                    relation.name
                ))
            })?;
            self.projections.insert(relation.id, projection);
        }
        Ok(())
    }

    /// How to read a tuple of that relation; `None` if its table is not followed.
    pub(crate) fn projection(&self, id: u32) -> Result<Option<&Projection>, SessionError> {
        match (self.schema.table(id), self.projections.get(&id)) {
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

impl Projection {
    /// Finds each column that is read by its name. The error is the name of a missing column.
    pub(crate) fn new(table: Table, names: &[&str]) -> Result<Projection, &'static str> {
        let mut indexes = Vec::with_capacity(table.columns().len());
        for column in table.columns() {
            let index = names.iter().position(|name| *name == column.name);
            indexes.push(index.ok_or(column.name)?);
        }
        Ok(Projection { table, indexes })
    }

    /// The columns of a tuple that are read.
    pub(crate) fn row(&self, tuple: &Tuple<'_>) -> Result<Row, RowError> {
        let mut row = Row {
            table: self.table,
            values: Vec::with_capacity(self.indexes.len()),
        };
        for (&index, column) in self.indexes.iter().zip(self.table.columns()) {
            let Some(field) = tuple.0.get(index) else {
                // Never NULL: a value that the server did not send is not known.
                let reason = "is missing in the row that the server sent".to_owned();
                return Err(row.error(column.name, "", reason));
            };
            row.values.push(match field {
                Field::Null => Value::Null,
                Field::Unchanged => Value::Unchanged,
                Field::Text(bytes) => match str::from_utf8(bytes) {
                    Ok(text) => Value::Text(text.to_owned()),
                    Err(error) => {
                        let shown = String::from_utf8_lossy(bytes);
                        let reason = format!("is not UTF-8 ({error})");
                        return Err(row.error(column.name, &shown, reason));
                    }
                },
            });
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Tables, landlords};
    use super::*;

    fn names(table: Table) -> Vec<&'static str> {
        table.columns().iter().map(|column| column.name).collect()
    }

    #[test]
    fn columns_are_found_by_name_wherever_they_stand() {
        let mut names = names(Table::landlords());
        names.reverse();
        names.insert(0, "user_id");
        let projection = Projection::new(Table::landlords(), &names).unwrap();
        let mut fields = vec![Field::Null; names.len()];
        fields[names.len() - 1] = Field::Text(b"0190");
        fields[1] = Field::Unchanged;
        let row = projection.row(&Tuple(fields)).unwrap();
        assert_eq!(row.key_text(), "0190");
        assert_eq!(row.values[6], Value::Unchanged);
        assert_eq!(
            row.unchanged().collect::<Vec<_>>(),
            [landlords::RESPONSE_TIME_S_AVERAGE]
        );
    }

    #[test]
    fn a_missing_column_is_named() {
        let names = ["id", "total_capacity", "is_available"];
        let missing = Projection::new(Table::landlords(), &names);
        assert_eq!(missing, Err("active_contracts"));
    }

    #[test]
    fn a_tuple_that_ends_early_is_an_error_and_not_null() {
        let projection = Projection::new(Table::landlords(), &names(Table::landlords())).unwrap();
        let mut fields = vec![Field::Text(b"7"); landlords::RESPONSE_TIME_S_AVERAGE.index];
        let error = projection.row(&Tuple(fields.clone())).unwrap_err();
        assert_eq!(
            (error.key.as_str(), error.column),
            ("7", "response_time_s_average")
        );
        fields.push(Field::Null);
        assert!(projection.row(&Tuple(fields)).is_ok());
    }

    #[test]
    fn a_text_that_is_not_utf8_is_an_error_of_its_column() {
        let venues = Tables::built_in().named("exam_venues").unwrap();
        let projection = Projection::new(venues, &names(venues)).unwrap();
        let mut fields = vec![Field::Null; venues.columns().len()];
        fields[0] = Field::Text(b"7");
        let name = venues
            .columns()
            .iter()
            .find(|it| it.name == "name")
            .unwrap();
        fields[name.index] = Field::Text(b"caf\xe9");
        let error = projection.row(&Tuple(fields)).unwrap_err();
        assert_eq!((error.key.as_str(), error.column), ("7", "name"));
    }
}
