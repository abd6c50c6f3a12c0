//! Events of rental requests.

use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::status::Status;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};

/// An event of a request, which also names its student, its state and the landlords that it was
/// matched with, so that a reader of events looks nothing up.
pub(super) fn of_request(
    kind: &'static str,
    id: Uuid,
    student_id: Uuid,
    status: Status,
    landlord_ids: &[Uuid],
    mut change: Map<String, Value>,
) -> Event {
    change.insert("student_id".to_owned(), json!(student_id));
    change.insert("status".to_owned(), json!(status.as_str()));
    change.insert("landlord_ids".to_owned(), json!(landlord_ids));
    Event::new(kind, Subject::new("request", id)).with_change(Value::Object(change))
}

/// The landlords that requests were matched with, at most 100 for each, by request.
pub(super) async fn matched_landlords(
    sql: &mut PgConnection,
    requests: &[Uuid],
) -> Result<Vec<(Uuid, Vec<Uuid>)>, ActionError> {
    let rows = sqlx::query!(
        r#"SELECT request_id,
            (array_agg(landlord_id ORDER BY rank NULLS LAST))[1:100] AS "landlords!"
        FROM matches WHERE request_id = ANY ($1) GROUP BY request_id"#,
        requests
    )
    .fetch_all(sql)
    .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.request_id, row.landlords)).collect())
}
