//! The assignments of the signed-in student.

use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::action::actor::{Actor, Role};
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::fields::Point;

/// An assignment as its student sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnAssignment {
    /// The id.
    pub id: Uuid,
    /// The exam session.
    pub exam_session_id: Uuid,
    /// Its name.
    pub exam_session_name: String,
    /// Its university.
    pub university_id: Uuid,
    /// The name of the university.
    pub university_name: String,
    /// The first day of the session.
    pub starts_on: NaiveDate,
    /// The last day of the session.
    pub ends_on: NaiveDate,
    /// The venue.
    pub venue_id: Uuid,
    /// Its name.
    pub venue_name: String,
    /// Its street and number.
    pub venue_address: String,
    /// Its town or city.
    pub venue_city: String,
    /// Where it is.
    pub venue_location: Point,
    /// When the student was assigned.
    pub created_at: DateTime<Utc>,
    /// When that last changed.
    pub updated_at: DateTime<Utc>,
}

struct OwnAssignmentRow {
    id: Uuid,
    exam_session_id: Uuid,
    exam_session_name: String,
    university_id: Uuid,
    university_name: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    venue_id: Uuid,
    venue_name: String,
    venue_address: String,
    venue_city: String,
    venue_lat: f64,
    venue_lng: f64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Selects the assignments of the student `$1`: by the confirmed address, or by the id if that was
/// the student's address when it was assigned.
macro_rules! select_own {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            OwnAssignmentRow,
            r#"
            SELECT a.id, s.id AS exam_session_id, s.name AS exam_session_name,
                u.id AS university_id, u.name AS university_name, s.starts_on, s.ends_on,
                v.id AS venue_id, v.name AS venue_name, v.address AS venue_address,
                v.city AS venue_city, ST_Y(v.location::geometry) AS "venue_lat!",
                ST_X(v.location::geometry) AS "venue_lng!", a.created_at, a.updated_at
            FROM venue_assignments a
            JOIN exam_sessions s ON s.id = a.exam_session_id
            JOIN universities u ON u.id = s.university_id
            JOIN exam_venues v ON v.id = a.exam_venue_id
            WHERE (a.student_id = $1 OR a.student_id IS NULL AND a.student_email = (
                SELECT lower(email) FROM users WHERE id = $1 AND email_verified_at IS NOT NULL
            ))
            "# + $rest
            $(, $argument)*
        )
    };
}

/// The assignments of the signed-in student, the newest first: at most `limit` of them, after the
/// one with the id `after`.
///
/// # Errors
///
/// Those of [`Actor::user_of`], and `Internal`.
pub async fn own_assignments(
    pool: &PgPool,
    actor: &Actor,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<OwnAssignment>, ActionError> {
    let student = actor.user_of(Role::Student)?.id;
    let rows = select_own!(
        "AND ($2::uuid IS NULL OR a.id < $2) ORDER BY a.id DESC LIMIT $3",
        student,
        after,
        i64::from(limit) + 1
    )
    .fetch_all(pool)
    .await?;
    Page::of(rows, limit).try_map(|row| Ok(row.into()))
}

/// One assignment of the signed-in student.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound` for an assignment of another student, and
/// for every one if the actor is no student.
pub async fn own_assignment(
    pool: &PgPool,
    actor: &Actor,
    id: Uuid,
) -> Result<OwnAssignment, ActionError> {
    let student = match actor {
        Actor::Anonymous => return Err(ActionError::sign_in_required()),
        Actor::User(user) if user.role == Role::Student => user.id,
        Actor::User(_) | Actor::Key(_) | Actor::System => return Err(not_found(id)),
    };
    let mut connection = pool.acquire().await?;
    let found = own_assignment_in(&mut connection, student, id).await?;
    found.ok_or_else(|| not_found(id))
}

/// One assignment of a student, in a transaction; `None` if the student has no such one.
pub(crate) async fn own_assignment_in(
    sql: &mut PgConnection,
    student: Uuid,
    id: Uuid,
) -> Result<Option<OwnAssignment>, ActionError> {
    let row = select_own!("AND a.id = $2", student, id);
    let row = row.fetch_optional(sql).await?;
    Ok(row.map(OwnAssignment::from))
}

fn not_found(id: Uuid) -> ActionError {
    let expected = "the id of an assignment of yours; /api/v1/me/assignments lists them";
    ActionError::not_found("assignment", id, expected)
}

impl From<OwnAssignmentRow> for OwnAssignment {
    fn from(row: OwnAssignmentRow) -> Self {
        Self {
            id: row.id,
            exam_session_id: row.exam_session_id,
            exam_session_name: row.exam_session_name,
            university_id: row.university_id,
            university_name: row.university_name,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            venue_id: row.venue_id,
            venue_name: row.venue_name,
            venue_address: row.venue_address,
            venue_city: row.venue_city,
            venue_location: Point {
                lat: row.venue_lat,
                lng: row.venue_lng,
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
