//! An exam session, and changes of it.

use serde_json::{Map, Value, json};
use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::fields::{ENDS_ON, STARTS_ON};
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::edit::Change;
use crate::exams::lookups::lookups;
use crate::exams::status::Status;
use crate::exams::universities::fields::NAME;

/// An exam session.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The id.
    pub id: Uuid,
    /// The university that holds it.
    pub university_id: Uuid,
    /// One line.
    pub name: String,
    /// The first day, in the local calendar of its venues.
    pub starts_on: NaiveDate,
    /// The last day, not before the first.
    pub ends_on: NaiveDate,
    /// Whether it gets new assignments.
    pub status: Status,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last updated.
    pub updated_at: DateTime<Utc>,
    /// Another one after each update.
    pub version: i64,
}

/// Changes of an exam session, a merge patch (RFC 7396). Its values are not checked yet. The
/// university of a session never changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionPatch {
    /// Required.
    pub name: Change<String>,
    /// Required.
    pub starts_on: Change<String>,
    /// Required.
    pub ends_on: Change<String>,
    /// Active if it is removed.
    pub status: Change<String>,
}

/// Which exam sessions to list.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// Only those of this university.
    pub university: Option<Uuid>,
    /// Only those that end on this day or later, as `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Only those that start on this day or earlier, as `YYYY-MM-DD`.
    pub until: Option<String>,
    /// Only those with this status.
    pub status: Option<Status>,
}

struct SessionRow {
    id: Uuid,
    university_id: Uuid,
    name: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    status: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// Selects exam sessions.
macro_rules! select_sessions {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            SessionRow,
            r#"
            SELECT id, university_id, name, starts_on, ends_on, status, created_at, updated_at,
                version
            FROM exam_sessions
            "# + $rest
            $(, $argument)*
        )
    };
}

impl Session {
    lookups!(pub(in crate::exams) select_sessions);

    /// The sessions that pass a filter, the newest first, after the one of an id.
    pub(super) async fn all(
        pool: &PgPool,
        filter: &SessionFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<Self>, ActionError> {
        let (mut from, mut until) = (NaiveDate::MIN, NaiveDate::MAX);
        if let Some(day) = &filter.from {
            STARTS_ON.apply(Change::Set(day.clone()), &mut from)?;
        }
        if let Some(day) = &filter.until {
            ENDS_ON.apply(Change::Set(day.clone()), &mut until)?;
        }
        let rows = select_sessions!(
            "WHERE ($1::uuid IS NULL OR university_id = $1)
                AND ($2::date IS NULL OR ends_on >= $2) AND ($3::date IS NULL OR starts_on <= $3)
                AND ($4::text IS NULL OR status = $4) AND ($5::uuid IS NULL OR id < $5)
            ORDER BY id DESC LIMIT $6",
            filter.university,
            filter.from.is_some().then_some(from),
            filter.until.is_some().then_some(until),
            filter.status.map(Status::as_str),
            after,
            i64::from(limit) + 1
        )
        .fetch_all(pool)
        .await?;
        Page::of(rows, limit).try_map(Self::try_from)
    }

    /// The fields by name, as events have them.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let fields = json!({
            "university_id": self.university_id,
            "name": self.name,
            "starts_on": self.starts_on.to_string(),
            "ends_on": self.ends_on.to_string(),
            "status": self.status.as_str(),
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

impl SessionPatch {
    /// The session after the patch.
    ///
    /// # Errors
    ///
    /// `Invalid` for a value that its field does not accept, the removal of a required field, and a
    /// session that would end before it starts.
    pub(super) fn apply(self, before: &Session) -> Result<Session, ActionError> {
        let mut after = before.clone();
        NAME.apply(self.name, &mut after.name)?;
        STARTS_ON.apply(self.starts_on, &mut after.starts_on)?;
        ENDS_ON.apply(self.ends_on, &mut after.ends_on)?;
        after.status.apply(self.status)?;
        if after.ends_on < after.starts_on {
            let expected = format!("{} or later, because that is starts_on", after.starts_on);
            return Err(ActionError::invalid(
                ENDS_ON.name,
                after.ends_on.to_string(),
                expected,
            ));
        }
        Ok(after)
    }

    /// A new session, whose required fields must be set.
    ///
    /// # Errors
    ///
    /// As [`SessionPatch::apply`].
    pub(super) fn create(self, university_id: Uuid) -> Result<Session, ActionError> {
        let new = Self {
            name: self.name.in_new(),
            starts_on: self.starts_on.in_new(),
            ends_on: self.ends_on.in_new(),
            ..self
        };
        new.apply(&Session {
            id: Uuid::nil(),
            university_id,
            name: String::new(),
            starts_on: NaiveDate::MIN,
            ends_on: NaiveDate::MAX,
            status: Status::Active,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            version: 1,
        })
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = ActionError;

    fn try_from(row: SessionRow) -> Result<Self, ActionError> {
        Ok(Self {
            id: row.id,
            university_id: row.university_id,
            name: row.name,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            status: row.status.parse().map_err(ActionError::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Change<String> {
        Change::Set(text.to_owned())
    }

    #[test]
    fn a_session_does_not_end_before_it_starts() {
        let new = SessionPatch {
            name: set("Semester 1"),
            starts_on: set("2027-05-03"),
            ends_on: set("2027-05-03"),
            ..SessionPatch::default()
        };
        let before = new.create(Uuid::from_u128(1)).unwrap();
        let shortened = SessionPatch {
            ends_on: set("2027-05-02"),
            ..SessionPatch::default()
        };
        let error = shortened.apply(&before).unwrap_err().to_string();
        let expected =
            "ends_on must be 2027-05-03 or later, because that is starts_on, not \"2027-05-02\"";
        assert_eq!(error, expected);
        let moved = SessionPatch {
            starts_on: set("2027-05-01"),
            ends_on: set("2027-05-02"),
            ..SessionPatch::default()
        };
        assert!(moved.apply(&before).is_ok());
    }

    #[test]
    fn a_new_session_needs_a_name_and_both_days() {
        let error = SessionPatch::default().create(Uuid::nil()).unwrap_err();
        assert!(error.to_string().starts_with("name must be"), "{error}");
        let named = SessionPatch {
            name: set("Semester 1"),
            starts_on: set("2027-05-03"),
            ..SessionPatch::default()
        };
        let error = named.create(Uuid::nil()).unwrap_err();
        assert!(error.to_string().starts_with("ends_on must be"), "{error}");
    }
}
