//! `POST /api/v1/exam-sessions/{id}/assignments`.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use roost_market::exams::{Import, import_assignments};
use roost_market::{ActionError, RowError};
use serde::Serialize;
use utoipa::ToSchema;

use super::rows::{of_csv, of_json};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::body::{is_csv, read_csv_or_json};
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, Code, ErrorEnvelope};
use crate::http::row_error::{ROWS_MAX, RowErrorJson};
use crate::http::write::headers::IdempotencyKeyHeader;
use crate::http::write::{Reply, WriteRequest};
use crate::params::declaration::{Documented, Group, Param, QueryParams, params};
use crate::params::path_id::PathId;
use crate::params::presence::WithDefault;
use crate::params::scalar::Flag;

params! {
    /// What happens to the other rows.
    const PARTIALLY;

    /// Whether to write the other rows if some are not accepted. By default nothing is written
    /// then.
    PARTIAL: WithDefault<Flag> = Param::new("partial", Flag).default(false).example("true");
}

/// The query parameters of an import.
struct ImportParams;

impl QueryParams for ImportParams {
    const GROUPS: &'static [Group] = &[PARTIALLY];
}

/// The body of an import as JSON.
#[derive(Debug, ToSchema)]
#[schema(as = AssignmentImport, example = json!({"assignments": [{
    "student_email": "nina@example.com", "venue_id": "019b76da-a800-70d2-8655-38fdde9a178b"
}]}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct ImportBody {
    #[schema(min_items = 1, max_items = 5_000)]
    assignments: Vec<ImportItem>,
}

/// Where one student sits.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct ImportItem {
    /// The address of the student, who may have no account yet.
    #[schema(max_length = 254)]
    student_email: String,
    /// The id of an active venue.
    venue_id: String,
}

/// What an import has done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedAssignments)]
pub(crate) struct ImportedJson {
    /// The number of new assignments.
    #[schema(example = 480)]
    created: usize,
    /// The number of students who have another venue now.
    #[schema(example = 3)]
    moved: usize,
    /// The number of rows that agree with an existing assignment.
    #[schema(example = 20)]
    unchanged: usize,
    /// With `partial=true`: the number of rows that were not accepted.
    #[schema(example = 1)]
    rejected: usize,
    /// These rows, the first 100.
    errors: Vec<RowErrorJson>,
}

/// Assign students to venues.
///
/// A CSV file in UTF-8 with the columns `student_email` and `venue_id`, in any order and among
/// others, or the same as JSON: at most 5,000 rows and 256 KiB. Each row says where one student
/// sits, and creates the assignment or moves the student. If a row is not accepted, nothing is
/// written, unless `partial=true`. For admins, and officials of the university.
///
/// A student who has no account yet sees the assignment once it has registered with this address.
/// The answer is the same in both cases.
#[utoipa::path(
    post,
    path = "/api/v1/exam-sessions/{id}/assignments",
    operation_id = "import_assignments",
    tag = "exams",
    security(("access_token" = []), ("api_key" = [])),
    params(
        ("id" = Uuid, Path, description = "The exam session's id.", example = "019b76da-a700-7d31-8a55-2f0c4be1b001"),
        Documented<ImportParams>,
        IdempotencyKeyHeader,
    ),
    request_body(content(
        (ImportBody = "application/json"),
        (String = "text/csv", example = "student_email,venue_id\nnina@example.com,019b76da-a800-70d2-8655-38fdde9a178b\n"),
    )),
    responses(
        (status = 200, description = "What was written, with `roost-position`.", body = Answer<ImportedJson, NoMeta>),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither admin nor official of its university: `forbidden`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such exam session: `not_found`.", body = ErrorEnvelope),
        (status = 409, description = "The exam session is inactive: `conflict`.", body = ErrorEnvelope),
        (status = 422, description = "The key was used for another request: `idempotency_key_reused`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn import(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let params = ImportParams::parse(raw.as_deref())?;
    let is_partial = PARTIAL.read(&params)?;
    let (pool, actor) = (app.market().pool(), caller.signed_in()?);
    let is_csv = is_csv(&request);
    let write = WriteRequest::read(pool, actor, request, read_csv_or_json).await?;
    let rows = match is_csv {
        true => of_csv(write.body())?,
        false => of_json(write.body())?,
    };
    let columns = rows.columns;
    let import = Import {
        rows: rows.rows,
        rejected: rows.rejected,
        is_partial,
    };
    write
        .run(async |transaction| {
            let imported = import_assignments(transaction, id, import).await;
            let imported = imported.map_err(|error| explain(error, &columns))?;
            let answer = ImportedJson {
                created: imported.created,
                moved: imported.moved,
                unchanged: imported.unchanged,
                rejected: imported.rejected.len(),
                errors: listed(imported.rejected, &columns),
            };
            Reply::plain(StatusCode::OK, answer)
        })
        .await
}

/// The error of an import, whose rows name their columns.
fn explain(error: ActionError, columns: &[(String, usize)]) -> ApiError {
    let message = error.to_string();
    match error {
        ActionError::InvalidRows(rows) => {
            let rows = listed(rows, columns);
            ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidRows, message)
                .with_hint("with partial=true the other rows are written")
                .with_rows(rows)
        }
        other => other.into(),
    }
}

/// The first of the rows, with the numbers of their columns.
fn listed(rows: Vec<RowError>, columns: &[(String, usize)]) -> Vec<RowErrorJson> {
    let column = |field: &str| {
        let found = columns.iter().find(|(name, _)| name == field);
        found.map(|(_, number)| *number)
    };
    let rows = rows.into_iter().take(ROWS_MAX);
    rows.map(|row| {
        let column = column(&row.error.field);
        RowErrorJson::new(row, column)
    })
    .collect()
}
