//! Events of the market, as they are inserted into the table `events`.

use roost_engine::{Key, Position};

use super::pgoutput::{Field, Relation, Tuple};

/// The name of the table.
pub(crate) const EVENTS: &str = "events";

/// The columns that are read, in the order of [`Columns::indexes`].
pub(crate) const COLUMNS: [&str; 8] = [
    "id",
    "occurred_at",
    "actor_kind",
    "actor_id",
    "kind",
    "subject_kind",
    "subject_id",
    "change",
];

/// An event whose transaction has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedEvent {
    /// Searches at or after this position reflect the action. The events of one transaction have
    /// the same position, and arrive in the order in which they were written.
    pub position: Position,
    /// The lower half of the number (xid) of its transaction.
    pub transaction: u32,
    /// The id of the row.
    pub id: i64,
    /// The start of the transaction, as Postgres writes it.
    pub occurred_at: String,
    /// `anonymous`, `user`, `key` or `system`.
    pub actor_kind: String,
    /// The id of a user or key.
    pub actor_id: Option<Key>,
    /// The subject and what happened to it, such as `room.created`.
    pub kind: String,
    /// The kind of the subject, such as `room`.
    pub subject_kind: String,
    /// The id of the subject.
    pub subject_id: Key,
    /// The changed values, a JSON object.
    pub change: String,
}

/// Where the columns of events stand among the columns of the relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    indexes: [usize; COLUMNS.len()],
}

impl Columns {
    /// Finds the columns by their names. The error is the name of a missing column.
    pub(crate) fn of(relation: &Relation<'_>) -> Result<Columns, &'static str> {
        let mut indexes = [0; COLUMNS.len()];
        for (index, name) in indexes.iter_mut().zip(COLUMNS) {
            let found = relation.columns.iter().position(|column| *column == name);
            *index = found.ok_or(name)?;
        }
        Ok(Columns { indexes })
    }

    /// The event of a row. Its position is not known before the commit. `None` if the row is not an
    /// event.
    pub(crate) fn event(&self, tuple: &Tuple<'_>, transaction: u32) -> Option<CommittedEvent> {
        let text = |column: usize| match tuple.0.get(self.indexes[column]) {
            Some(Field::Text(bytes)) => str::from_utf8(bytes).ok(),
            _ => None,
        };
        let actor_id = match tuple.0.get(self.indexes[3])? {
            Field::Null => None,
            _ => Some(text(3)?.parse().ok()?),
        };
        Some(CommittedEvent {
            position: Position(0),
            transaction,
            id: text(0)?.parse().ok()?,
            occurred_at: text(1)?.to_owned(),
            actor_kind: text(2)?.to_owned(),
            actor_id,
            kind: text(4)?.to_owned(),
            subject_kind: text(5)?.to_owned(),
            subject_id: text(6)?.parse().ok()?,
            change: text(7)?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(columns: Vec<&str>) -> Relation<'_> {
        Relation {
            id: 7,
            name: EVENTS,
            columns,
        }
    }

    #[test]
    fn an_event_is_read_by_the_names_of_its_columns() {
        let mut names = COLUMNS.to_vec();
        names.reverse();
        names.insert(0, "later");
        let columns = Columns::of(&relation(names)).unwrap();
        let (id, subject) = (Key::from_u128(1).to_string(), Key::from_u128(2).to_string());
        let mut fields = vec![
            Field::Null,
            Field::Text(b"{\"role\": \"admin\"}"),
            Field::Text(subject.as_bytes()),
            Field::Text(b"user"),
            Field::Text(b"user.role_changed"),
            Field::Text(id.as_bytes()),
            Field::Text(b"user"),
            Field::Text(b"2026-12-01 08:00:00+00"),
            Field::Text(b"17"),
        ];
        let event = columns.event(&Tuple(fields.clone()), 99).unwrap();
        assert_eq!((event.id, event.transaction), (17, 99));
        assert_eq!(event.actor_id, Some(Key::from_u128(1)));
        assert_eq!(event.subject_id, Key::from_u128(2));
        assert_eq!(event.kind, "user.role_changed");
        assert_eq!(event.change, "{\"role\": \"admin\"}");
        fields[5] = Field::Null;
        let event = columns.event(&Tuple(fields.clone()), 99).unwrap();
        assert_eq!(event.actor_id, None);
        for broken in [Field::Null, Field::Unchanged, Field::Text(b"x")] {
            fields[2] = broken;
            assert_eq!(columns.event(&Tuple(fields.clone()), 99), None);
        }
        assert_eq!(columns.event(&Tuple(vec![Field::Null]), 99), None);
    }

    #[test]
    fn a_missing_column_is_named() {
        let names = COLUMNS.into_iter().filter(|name| *name != "change");
        assert_eq!(Columns::of(&relation(names.collect())), Err("change"));
    }
}
