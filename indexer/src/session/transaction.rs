//! Applies the changes of one transaction.

use roost_engine::{Key, Lookup};
use sqlx::PgConnection;

use crate::apply::{Applier, SignalChange};
use crate::error::SessionError;
use crate::postgres::copy::copy_one;
use crate::postgres::messages::{READ_AHEAD, emit_message};
use crate::postgres::server::wal_end;
use crate::wal::convert::stored;
use crate::wal::pgoutput::{Message, Tuple};
use crate::wal::relations::Projection;
use crate::wal::relations::Relations;
use crate::wal::row::{Row, RowError, Value};
use crate::wal::table::{Table, Target};

/// The transaction that is arriving.
pub(super) struct Transaction {
    /// Whether the index does not contain it yet.
    pub(super) is_new: bool,
    pub(super) xid: u32,
    /// Its signal changes, which take effect together at its end.
    pub(super) signals: Vec<SignalChange>,
}

/// Where the changes of a transaction are applied.
pub(super) struct TransactionApplier<'a> {
    pub(super) applier: &'a mut Applier,
    pub(super) sql: &'a mut PgConnection,
    pub(super) relations: &'a Relations,
    pub(super) signals: &'a mut Vec<SignalChange>,
}

impl TransactionApplier<'_> {
    /// Applies a change. Searches see its document with the next commit.
    pub(super) async fn apply(&mut self, message: Message<'_>) -> Result<(), SessionError> {
        match message {
            Message::Insert { relation, new } => self.upsert(relation, None, &new).await,
            Message::Update { relation, old, new } => {
                self.upsert(relation, old.as_ref(), &new).await
            }
            Message::Delete { relation, old } => self.delete(relation, &old),
            Message::Truncate { relations } => {
                for id in relations {
                    if let Some(table) = self.relations.table(id) {
                        self.applier.truncate(table, self.signals)?;
                    }
                }
                Ok(())
            }
            Message::Relation(_)
            | Message::Begin { .. }
            | Message::Commit { .. }
            | Message::Origin
            | Message::Type
            | Message::Logical { .. } => Ok(()),
        }
    }

    /// Reads a row from its table, and applies it as if it had just changed.
    pub(super) async fn reread(&mut self, table: Table, key: Key) -> Result<(), SessionError> {
        match self.read_ahead(table, key).await? {
            Some(row) => self.applier.put(row, self.signals)?,
            None => self.applier.remove(table, key, self.signals)?,
        }
        Ok(())
    }

    async fn upsert(
        &mut self,
        relation: u32,
        old: Option<&Tuple<'_>>,
        new: &Tuple<'_>,
    ) -> Result<(), SessionError> {
        let Some(projection) = self.relations.projection(relation)? else {
            return Ok(());
        };
        let (mut row, old) = match read_rows(projection, old, new) {
            Ok(rows) => rows,
            Err(error) => {
                self.applier.reject(error);
                return Ok(());
            }
        };
        let (table, key) = (row.table, row.key());
        let key = match key {
            Ok(key) => key,
            Err(error) => {
                self.applier.reject(error);
                return Ok(());
            }
        };
        let old_key = old.as_ref().and_then(|old| old.key().ok()).unwrap_or(key);
        let exists = self.complete(&mut row, old.as_ref(), old_key).await?;
        if old_key != key {
            self.applier.remove(table, old_key, self.signals)?;
        }
        if exists {
            self.applier.put(row, self.signals)?;
        } else {
            self.applier.remove(table, key, self.signals)?;
        }
        Ok(())
    }

    fn delete(&mut self, relation: u32, old: &Tuple<'_>) -> Result<(), SessionError> {
        let Some(projection) = self.relations.projection(relation)? else {
            return Ok(());
        };
        let table = projection.table;
        match projection.row(old).and_then(|row| row.key()) {
            Ok(key) => self.applier.delete(table, key, self.signals)?,
            Err(error) => self.applier.reject(error),
        }
        Ok(())
    }

    /// Fills in large values that an update did not change and the server therefore did not send:
    /// from the old row if it was sent, else from the document, else from the table. Returns
    /// whether the row still exists.
    async fn complete(
        &mut self,
        row: &mut Row,
        old: Option<&Row>,
        old_key: Key,
    ) -> Result<bool, SessionError> {
        if let Some(old) = old {
            // An old row that contains only the key has NULL in all other columns.
            row.fill(|column| {
                let value = old.values.get(column.index);
                value
                    .filter(|value| matches!(value, Value::Text(_)))
                    .cloned()
            });
        }
        let table = row.table;
        if let Target::Documents(declared) = table.target()
            && row.unchanged().next().is_some()
            && let Lookup::Found(document) =
                self.applier.documents().get(declared.collection, old_key)?
        {
            row.fill(|column| stored(declared, &document, column));
        }
        if row.unchanged().next().is_none() {
            return Ok(true);
        }
        let Ok(key) = row.key() else {
            return Ok(false);
        };
        let Some(now) = self.read_ahead(table, key).await? else {
            // The row has since been deleted or has another key now; the stream will contain that.
            return Ok(false);
        };
        row.fill(|column| now.values.get(column.index).cloned());
        Ok(true)
    }

    /// Reads a row from its table as it is now, which may be later than the stream. So commits are
    /// delayed until the stream has reached the end of the WAL of now: the index then shows one
    /// moment again.
    async fn read_ahead(&mut self, table: Table, key: Key) -> Result<Option<Row>, SessionError> {
        let now = copy_one(self.sql, table, key).await?;
        let end = wal_end(self.sql).await?;
        self.applier.documents_mut().delay_commits_until(end);
        // On an idle server nothing else might move the stream to that position.
        emit_message(self.sql, READ_AHEAD).await?;
        Ok(now)
    }
}

fn read_rows(
    projection: &Projection,
    old: Option<&Tuple<'_>>,
    new: &Tuple<'_>,
) -> Result<(Row, Option<Row>), RowError> {
    let old = old.map(|old| projection.row(old)).transpose()?;
    Ok((projection.row(new)?, old))
}
