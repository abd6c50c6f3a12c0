//! The tables as of a position after a snapshot: the snapshot with the later changes laid over it.

use std::collections::{BTreeMap, HashSet};

use futures_util::TryStreamExt;
use roost_engine::{Key, Position};
use sqlx::PgConnection;

use crate::config::Name;
use crate::error::SessionError;
use crate::postgres::copy::copy_one;
use crate::wal::pgoutput::{Message, Tuple};
use crate::wal::relations::Relations;
use crate::wal::row::{Row, Value};
use crate::wal::schema::Schema;
use crate::wal::table::Table;

/// The last state of every row that changed before the position. Changes that the snapshot already
/// contains may be among them, and lead to the same last state.
#[derive(Debug)]
pub(crate) struct Overlay {
    relations: Relations,
    changed: BTreeMap<(Table, Key), Change>,
    /// Truncated tables: they have none of the snapshot's rows.
    truncated: HashSet<Table>,
}

#[derive(Clone, Debug)]
enum Change {
    Deleted,
    /// The row. Values that updates left unchanged are those of the snapshot's row with the second
    /// key.
    Put(Row, Key),
}

impl Overlay {
    /// Reads the changes of all transactions that ended before `until`.
    pub(crate) async fn read(
        sql: &mut PgConnection,
        slot: &str,
        publication: &Name,
        schema: Schema,
        until: Position,
    ) -> Result<Overlay, SessionError> {
        let doing = "reading the changes since the snapshot";
        let mut overlay = Overlay {
            relations: Relations::new(schema),
            changed: BTreeMap::new(),
            truncated: HashSet::new(),
        };
        let mut messages = sqlx::query_scalar!(
            r#"
            SELECT data AS "data!"
            FROM pg_logical_slot_peek_binary_changes(
                $1, $2::text::pg_lsn, NULL, 'proto_version', '1', 'publication_names', $3
            )
            "#,
            slot,
            until.to_string(),
            publication.as_str(),
        )
        .fetch(sql);
        let mut is_within = false;
        while let Some(bytes) = messages
            .try_next()
            .await
            .map_err(SessionError::sql(doing))?
        {
            match Message::decode(&bytes)? {
                // The server may also return the transaction after the last one.
                Message::Begin { commit_at, .. } => is_within = commit_at < until,
                Message::Relation(relation) => overlay.relations.describe(&relation)?,
                message if is_within => overlay.take(message)?,
                _ => {}
            }
        }
        Ok(overlay)
    }

    /// Whether the snapshot's row changed later.
    pub(crate) fn touches(&self, row: &Row) -> bool {
        let key = row.key();
        self.truncated.contains(&row.table)
            || key.is_ok_and(|key| self.changed.contains_key(&(row.table, key)))
    }

    /// The rows that changed and still exist, with all of their values.
    pub(crate) async fn rows(
        &self,
        table: Table,
        snapshot: &mut PgConnection,
    ) -> Result<Vec<Row>, SessionError> {
        let mut rows = Vec::new();
        for ((of, _), change) in &self.changed {
            let Change::Put(row, base) = change else {
                continue;
            };
            if *of != table {
                continue;
            }
            let mut row = row.clone();
            if row.unchanged().next().is_some()
                && let Some(base) = copy_one(snapshot, table, *base).await?
            {
                row.fill(|column| base.values.get(column.index).cloned());
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn take(&mut self, message: Message<'_>) -> Result<(), SessionError> {
        match message {
            Message::Insert { relation, new } => self.put(relation, None, &new),
            Message::Update { relation, old, new } => self.put(relation, old.as_ref(), &new),
            Message::Delete { relation, old } => {
                if let Some(row) = self.row(relation, &old)? {
                    let key = key(&row)?;
                    self.changed.insert((row.table, key), Change::Deleted);
                }
                Ok(())
            }
            Message::Truncate { relations } => {
                for table in relations
                    .into_iter()
                    .filter_map(|id| self.relations.table(id))
                {
                    self.changed.retain(|(of, _), _| *of != table);
                    self.truncated.insert(table);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn put(
        &mut self,
        relation: u32,
        old: Option<&Tuple<'_>>,
        new: &Tuple<'_>,
    ) -> Result<(), SessionError> {
        let Some(mut row) = self.row(relation, new)? else {
            return Ok(());
        };
        let old = match old {
            Some(old) => self.row(relation, old)?,
            None => None,
        };
        let key = key(&row)?;
        let old_key = match &old {
            Some(old) => self::key(old)?,
            None => key,
        };
        if let Some(old) = &old {
            row.fill(|column| {
                let value = old.values.get(column.index);
                value
                    .filter(|value| matches!(value, Value::Text(_)))
                    .cloned()
            });
        }
        let before = self.changed.get(&(row.table, old_key));
        let mut base = old_key;
        if let Some(Change::Put(before, its_base)) = before {
            row.fill(|column| before.values.get(column.index).cloned());
            base = *its_base;
        }
        if old_key != key {
            self.changed.insert((row.table, old_key), Change::Deleted);
        }
        self.changed
            .insert((row.table, key), Change::Put(row, base));
        Ok(())
    }

    fn row(&self, relation: u32, tuple: &Tuple<'_>) -> Result<Option<Row>, SessionError> {
        match self.relations.projection(relation)? {
            None => Ok(None),
            // The database's encoding is UTF-8, so an error here does not concern one row only.
            Some(projection) => match projection.row(tuple) {
                Ok(row) => Ok(Some(row)),
                Err(_) => Err(SessionError::Protocol("a row that cannot be read")),
            },
        }
    }
}

fn key(row: &Row) -> Result<Key, SessionError> {
    row.key()
        .map_err(|_| SessionError::Protocol("a row without a key"))
}
