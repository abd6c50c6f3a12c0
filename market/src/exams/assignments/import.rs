//! Imports of assignments.

use std::collections::HashMap;

use uuid::Uuid;

use super::assignment::no_session;
use super::change::event;
use crate::accounts::Email;
use crate::action::error::{ActionError, FieldError, RowError};
use crate::action::event::Event;
use crate::action::transaction::Transaction;
use crate::exams::access::{require_manager, require_signed_in};
use crate::exams::sessions::Session;
use crate::exams::status::Status;

/// The largest number of rows of one import.
pub const ROWS_MAX: usize = 5_000;

/// What to import into a session.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The rows, at most [`ROWS_MAX`] with those that are rejected.
    pub rows: Vec<ImportedRow>,
    /// Rows that the caller could not read.
    pub rejected: Vec<RowError>,
    /// Whether to write the other rows if some are not accepted.
    pub is_partial: bool,
}

/// One row, not checked yet.
#[derive(Clone, Debug)]
pub struct ImportedRow {
    /// The line of the row in its file, from 1.
    pub line: u64,
    /// The address of the student.
    pub student_email: String,
    /// The id of the venue.
    pub venue_id: String,
}

/// What an import has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The number of new assignments.
    pub created: usize,
    /// The number of students who have another venue now.
    pub moved: usize,
    /// The number of rows that agree with an existing assignment.
    pub unchanged: usize,
    /// The rows that were not accepted, in their order.
    pub rejected: Vec<RowError>,
}

/// A row with valid values.
struct Row {
    line: u64,
    email: String,
    venue: Uuid,
}

/// Assigns students to venues. Each row says where one student sits: it creates the assignment, or
/// moves the student. Students whom no row names keep their assignment. If a row is not accepted,
/// nothing is written, unless the import is partial.
///
/// Imports into one session follow each other.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound` for a session that does not exist;
/// `Forbidden` for an official of another university, and for all but officials, admins and keys
/// with the scope `venues:write`; `Conflict` for an inactive session; `Invalid` for no rows or too
/// many; `InvalidRows` for rows that are not accepted: an address or id of the wrong format, a
/// venue that does not exist or is inactive, and a student of an earlier row.
pub async fn import_assignments(
    transaction: &mut Transaction,
    session: Uuid,
    import: Import,
) -> Result<Imported, ActionError> {
    require_signed_in(transaction.actor())?;
    let found = Session::locked(transaction, session).await?;
    let found = found.ok_or_else(|| no_session(session))?;
    require_manager(transaction.actor(), Some(found.university_id))?;
    if found.status == Status::Inactive {
        return Err(ActionError::conflict("the exam session is inactive"));
    }
    let count = import.rows.len() + import.rejected.len();
    if !(1..=ROWS_MAX).contains(&count) {
        let expected = format!("1 to {ROWS_MAX} rows; split a larger file");
        let value = format!("{count} rows");
        return Err(ActionError::invalid("assignments", value, expected));
    }
    let mut rejected = import.rejected;
    let rows = check(import.rows, &mut rejected);
    let rows = of_active_venues(transaction, rows, &mut rejected).await?;
    rejected.sort_by_key(|row| row.line);
    if !rejected.is_empty() && !import.is_partial {
        return Err(ActionError::InvalidRows(rejected));
    }
    write(transaction, session, rows, rejected).await
}

/// The rows with valid values. Each student may have one.
fn check(rows: Vec<ImportedRow>, rejected: &mut Vec<RowError>) -> Vec<Row> {
    let mut lines: HashMap<String, u64> = HashMap::new();
    let mut checked = Vec::with_capacity(rows.len());
    for row in rows {
        let line = row.line;
        let mut reject = |error| rejected.push(RowError { line, error });
        let email = match Email::new("student_email", &row.student_email) {
            Ok(email) => email.key(),
            Err(error) => {
                reject(field_error(error));
                continue;
            }
        };
        if let Some(before) = lines.get(&email) {
            let expected = format!("a student of no other row; line {before} names the same one");
            reject(error("student_email", row.student_email, expected));
            continue;
        }
        match row.venue_id.trim().parse() {
            Ok(venue) => {
                lines.insert(email.clone(), line);
                checked.push(Row { line, email, venue });
            }
            Err(_) => {
                let expected = "the id of a venue, such as 019b76da-a800-70d2-8655-38fdde9a178b";
                reject(error("venue_id", row.venue_id, expected));
            }
        }
    }
    checked
}

/// The rows whose venue is active.
async fn of_active_venues(
    transaction: &mut Transaction,
    rows: Vec<Row>,
    rejected: &mut Vec<RowError>,
) -> Result<Vec<Row>, ActionError> {
    let named: Vec<Uuid> = rows.iter().map(|row| row.venue).collect();
    let known = sqlx::query!(
        r#"SELECT id, status = 'active' AS "is_active!" FROM exam_venues WHERE id = ANY($1)
        ORDER BY id FOR SHARE"#,
        &named
    )
    .fetch_all(transaction.sql())
    .await?;
    let known: HashMap<Uuid, bool> = known.into_iter().map(|it| (it.id, it.is_active)).collect();
    let mut active = Vec::with_capacity(rows.len());
    for row in rows {
        let expected = match known.get(&row.venue) {
            Some(true) => {
                active.push(row);
                continue;
            }
            Some(false) => "the id of an active venue; this one is inactive",
            None => "the id of a venue",
        };
        rejected.push(RowError {
            line: row.line,
            error: error("venue_id", row.venue.to_string(), expected),
        });
    }
    Ok(active)
}

async fn write(
    transaction: &mut Transaction,
    session: Uuid,
    rows: Vec<Row>,
    rejected: Vec<RowError>,
) -> Result<Imported, ActionError> {
    let emails: Vec<String> = rows.iter().map(|row| row.email.clone()).collect();
    let existing = sqlx::query!(
        r#"SELECT id, exam_venue_id, student_email AS "student_email!" FROM venue_assignments
        WHERE exam_session_id = $1 AND student_email = ANY($2)"#,
        session,
        &emails
    )
    .fetch_all(transaction.sql())
    .await?;
    let existing = existing.into_iter();
    let existing: HashMap<String, (Uuid, Uuid)> = existing
        .map(|it| (it.student_email, (it.id, it.exam_venue_id)))
        .collect();
    let (mut new_emails, mut new_venues) = (Vec::new(), Vec::new());
    let (mut moved_ids, mut moved_venues) = (Vec::new(), Vec::new());
    let total = rows.len();
    for row in rows {
        match existing.get(&row.email) {
            None => {
                new_emails.push(row.email);
                new_venues.push(row.venue);
            }
            Some((id, venue)) if *venue != row.venue => {
                moved_ids.push(*id);
                moved_venues.push(row.venue);
            }
            Some(_) => {}
        }
    }
    let created = create(transaction, session, &new_emails, &new_venues).await?;
    let moved = relocate(transaction, session, &moved_ids, &moved_venues).await?;
    transaction.record_all(&created).await?;
    transaction.record_all(&moved).await?;
    Ok(Imported {
        created: created.len(),
        moved: moved.len(),
        unchanged: total - new_emails.len() - moved_ids.len(),
        rejected,
    })
}

/// Inserts assignments, and returns their events.
async fn create(
    transaction: &mut Transaction,
    session: Uuid,
    emails: &[String],
    venues: &[Uuid],
) -> Result<Vec<Event>, ActionError> {
    let created = sqlx::query!(
        "INSERT INTO venue_assignments (exam_session_id, exam_venue_id, student_email)
        SELECT $1, venue, email FROM UNNEST($2::text[], $3::uuid[]) AS row (email, venue)
        RETURNING id, exam_venue_id",
        session,
        emails,
        venues
    )
    .fetch_all(transaction.sql())
    .await?;
    let created = created.into_iter();
    Ok(created
        .map(|it| event("assignment.created", it.id, session, it.exam_venue_id))
        .collect())
}

/// Gives assignments other venues, and returns the events.
async fn relocate(
    transaction: &mut Transaction,
    session: Uuid,
    ids: &[Uuid],
    venues: &[Uuid],
) -> Result<Vec<Event>, ActionError> {
    let moved = sqlx::query!(
        "UPDATE venue_assignments a SET exam_venue_id = row.venue
        FROM UNNEST($1::uuid[], $2::uuid[]) AS row (id, venue) WHERE a.id = row.id
        RETURNING a.id, a.exam_venue_id",
        ids,
        venues
    )
    .fetch_all(transaction.sql())
    .await?;
    let moved = moved.into_iter();
    Ok(moved
        .map(|it| event("assignment.changed", it.id, session, it.exam_venue_id))
        .collect())
}

fn error(field: &'static str, value: String, expected: impl Into<String>) -> FieldError {
    FieldError {
        field: field.into(),
        value: Some(value),
        expected: expected.into().into(),
    }
}

/// The field of an error of the market's own checks.
fn field_error(error: ActionError) -> FieldError {
    match error {
        ActionError::Invalid(error) => error,
        other => FieldError {
            field: "student_email".into(),
            value: None,
            expected: other.to_string().into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u64, student_email: &str, venue_id: &str) -> ImportedRow {
        ImportedRow {
            line,
            student_email: student_email.to_owned(),
            venue_id: venue_id.to_owned(),
        }
    }

    #[test]
    fn each_row_is_checked_by_itself_and_a_student_may_have_one() {
        let venue = "019b76da-a800-70d2-8655-38fdde9a178b";
        let mut rejected = Vec::new();
        let rows = vec![
            row(2, "asha@example.com", venue),
            row(3, "asha", venue),
            row(4, "ravi@example.com", "IIT Bombay"),
            row(5, " ASHA@example.com ", venue),
            row(6, "ravi@example.com", venue),
        ];
        let checked = check(rows, &mut rejected);
        let accepted: Vec<(u64, &str)> = checked.iter().map(|it| (it.line, &*it.email)).collect();
        assert_eq!(accepted, [(2, "asha@example.com"), (6, "ravi@example.com")]);
        let messages: Vec<String> = rejected.iter().map(RowError::to_string).collect();
        for (message, start) in messages.iter().zip([
            "line 3: student_email must be an e-mail address",
            "line 4: venue_id must be the id of a venue, such as",
            "line 5: student_email must be a student of no other row; line 2 names the same one",
        ]) {
            assert!(message.starts_with(start), "{message}");
        }
        assert_eq!(messages.len(), 3);
    }
}
