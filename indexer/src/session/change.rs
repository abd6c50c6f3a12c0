//! What does a message of the stream change?

use roost_engine::{Key, Lookup};

use crate::apply::{Applier, SignalChange};
use crate::copy::copy_one;
use crate::error::SessionError;
use crate::postgres::catalog;
use crate::postgres::source::ChangeSource;
use crate::session::stream::Stream;
use crate::wal::convert::stored;
use crate::wal::pgoutput::{Message, Tuple};
use crate::wal::table::{Projection, Row, RowError, Table, Value};

impl<S: ChangeSource> Stream<'_, S> {
    /// Applies a message to the writer. Nothing of it is found before the commit.
    pub(crate) async fn apply(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        let message = Message::decode(bytes)?;
        if let Message::Relation(relation) = &message {
            return self.relations.learn(relation);
        }
        let transaction = self.transaction.as_ref();
        let is_new = transaction.map(|transaction| transaction.is_new);
        if !is_new.ok_or(SessionError::OutOfOrder(
            "a change outside of a transaction",
        ))? {
            return Ok(());
        }
        match message {
            Message::Insert { relation, new } => self.upsert(relation, None, &new).await?,
            Message::Update { relation, old, new } => {
                self.upsert(relation, old.as_ref(), &new).await?;
            }
            Message::Delete { relation, old } => self.delete(relation, &old)?,
            Message::Truncate { relations } => {
                for id in relations {
                    if let Some(table) = self.relations.table(id) {
                        let (applier, signals) = self.parts()?;
                        applier.truncate(table, signals)?;
                    }
                }
            }
            Message::Relation(_)
            | Message::Begin { .. }
            | Message::Commit { .. }
            | Message::Origin
            | Message::Type
            | Message::Logical { .. } => {}
        }
        if self.applier.dead_letters.are_many() {
            self.write_dead_letters().await?;
        }
        Ok(())
    }

    /// Applies a row as it is now, as if it had just changed.
    pub(crate) async fn read_again(&mut self, table: Table, key: &str) -> Result<(), SessionError> {
        let is_new = self.transaction.as_ref().is_some_and(|t| t.is_new);
        let (true, Ok(key)) = (is_new, key.parse()) else {
            return Ok(());
        };
        let row = self.read_now(table, key).await?;
        let (applier, signals) = self.parts()?;
        match row {
            Some(row) => applier.put(row, signals)?,
            None => applier.remove(table, key, signals)?,
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
        let (mut row, old) = match read(projection, old, new) {
            Ok(rows) => rows,
            Err(error) => {
                self.applier.refuse(error);
                return Ok(());
            }
        };
        let (table, key) = (row.table, row.key());
        let key = match key {
            Ok(key) => key,
            Err(error) => {
                self.applier.refuse(error);
                return Ok(());
            }
        };
        let old_key = old.as_ref().and_then(|old| old.key().ok()).unwrap_or(key);
        let is_there = self.complete(&mut row, old.as_ref(), old_key).await?;
        let (applier, signals) = self.parts()?;
        if old_key != key {
            applier.remove(table, old_key, signals)?;
        }
        if is_there {
            applier.put(row, signals)?;
        } else {
            applier.remove(table, key, signals)?;
        }
        Ok(())
    }

    fn delete(&mut self, relation: u32, old: &Tuple<'_>) -> Result<(), SessionError> {
        let Some(projection) = self.relations.projection(relation)? else {
            return Ok(());
        };
        let table = projection.table;
        match projection.row(old).and_then(|row| row.key()) {
            Ok(key) => {
                let (applier, signals) = self.parts()?;
                applier.rows += 1;
                applier.remove(table, key, signals)?;
            }
            Err(error) => self.applier.refuse(error),
        }
        Ok(())
    }

    fn parts(&mut self) -> Result<(&mut Applier, &mut Vec<SignalChange>), SessionError> {
        let transaction = self.transaction.as_mut();
        let outside = SessionError::OutOfOrder("a change outside of a transaction");
        Ok((self.applier, &mut transaction.ok_or(outside)?.signals))
    }

    /// Fills in the large values that an update left as they were, and that the server did not
    /// send: from the old row if that came along, else from the document, else from the table.
    /// Returns whether the row is there at all.
    async fn complete(
        &mut self,
        row: &mut Row,
        old: Option<&Row>,
        old_key: Key,
    ) -> Result<bool, SessionError> {
        if let Some(old) = old {
            // An old row that holds but the key has NULL elsewhere.
            row.fill(|at, _| {
                let value = old.values.get(at);
                value
                    .filter(|value| matches!(value, Value::Text(_)))
                    .cloned()
            });
        }
        let table = row.table;
        if let Some(collection) = table.collection()
            && row.unchanged().next().is_some()
            && let Lookup::Found(document) = self.applier.writer.get(collection, old_key)?
        {
            row.fill(|_, column| stored(&document, table, column));
        }
        if row.unchanged().next().is_none() {
            return Ok(true);
        }
        self.read_ahead(row).await
    }

    /// Takes missing values from the table as it is now.
    async fn read_ahead(&mut self, row: &mut Row) -> Result<bool, SessionError> {
        let Ok(key) = row.key() else {
            return Ok(false);
        };
        let Some(now) = self.read_now(row.table, key).await? else {
            // It has been deleted since, or has another key now; the stream will say.
            return Ok(false);
        };
        row.fill(|at, _| now.values.get(at).cloned());
        Ok(true)
    }

    /// Reads a row from the table as it is now, which may be later than the stream. So nothing is
    /// committed before the stream has come to where the log ends now: then the index shows one
    /// moment again.
    async fn read_now(&mut self, table: Table, key: Key) -> Result<Option<Row>, SessionError> {
        let now = copy_one(&mut self.sql, table, key).await?;
        let end = catalog::log_end(&mut self.sql).await?;
        self.applier.hold(end);
        // On an idle server nothing else might bring the stream there.
        catalog::write_note(&mut self.sql, "read ahead").await?;
        Ok(now)
    }
}

fn read(
    projection: &Projection,
    old: Option<&Tuple<'_>>,
    new: &Tuple<'_>,
) -> Result<(Row, Option<Row>), RowError> {
    let old = old.map(|old| projection.row(old)).transpose()?;
    Ok((projection.row(new)?, old))
}
