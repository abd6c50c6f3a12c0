//! The table of events: publishes it, and finds out whether it is published.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::config::Name;
use crate::error::SessionError;
use crate::wal::event::{COLUMNS, EVENTS};

/// Changes of a partition are published as changes of the partitioned table, so that a partition
/// that is created later needs no look at the catalog.
const VIA_ROOT: &str = "publish_via_partition_root = true";

/// The events of a database in a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PublishedEvents {
    /// The OID of the table.
    pub(crate) oid: u32,
}

/// What the catalog says of the events and a publication.
struct Found {
    oid: Option<i64>,
    is_member: bool,
    is_published: bool,
}

/// The end of the statement that creates a publication with events, if the database has any.
pub(super) async fn in_new_publication(sql: &mut PgConnection) -> Result<String, SessionError> {
    let exist = sqlx::query_scalar!(r#"SELECT to_regclass($1) IS NOT NULL AS "exist!""#, EVENTS)
        .fetch_one(sql)
        .await
        .map_err(SessionError::sql("looking for the events"))?;
    Ok(match exist {
        true => format!(", {EVENTS} WITH ({VIA_ROOT})"),
        false => String::new(),
    })
}

/// Adds the events to the publication if they are missing, and returns whether they are published.
///
/// Searches do not need them, so a role that may not change the publication is no error: the events
/// do not reach this node then, and it reads from Postgres what it could derive from them.
pub(crate) async fn ensure_events(
    sql: &mut PgConnection,
    publication: &Name,
) -> Result<Option<PublishedEvents>, SessionError> {
    let found = read(sql, publication).await?;
    if found.oid.is_none() || found.is_published {
        return Ok(found.published());
    }
    let statements = statements(publication, found.is_member);
    if let Err(error) = publish(sql, &statements).await {
        // Another node may have added them at the same moment.
        let found = read(sql, publication).await?;
        if found.is_published {
            return Ok(found.published());
        }
        tracing::warn!(
            %error,
            statements,
            "events do not reach this node: let the owner of the tables run the statements"
        );
        return Ok(None);
    }
    tracing::info!(%publication, table = EVENTS, "added a table to the publication");
    published_events(sql, publication).await
}

/// The events in a publication; `None` if it does not contain all of them.
pub(crate) async fn published_events(
    sql: &mut PgConnection,
    publication: &Name,
) -> Result<Option<PublishedEvents>, SessionError> {
    Ok(read(sql, publication).await?.published())
}

impl Found {
    fn published(&self) -> Option<PublishedEvents> {
        let oid = self.oid.filter(|_| self.is_published)?;
        let oid = u32::try_from(oid).ok()?;
        Some(PublishedEvents { oid })
    }
}

fn statements(publication: &Name, is_member: bool) -> String {
    let whole = format!("ALTER PUBLICATION {publication} SET ({VIA_ROOT})");
    match is_member {
        true => whole,
        false => format!("{whole}; ALTER PUBLICATION {publication} ADD TABLE {EVENTS}"),
    }
}

/// Waits for transactions that write events, because those that they have written already would not
/// be published.
async fn publish(sql: &mut PgConnection, statements: &str) -> Result<(), sqlx::Error> {
    let mut sql = sql.begin().await?;
    let statements = format!(
        "SET LOCAL lock_timeout = '10s';
         LOCK TABLE {EVENTS} IN SHARE ROW EXCLUSIVE MODE;
         {statements}"
    );
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(&mut *sql)
        .await?;
    sql.commit().await
}

async fn read(sql: &mut PgConnection, publication: &Name) -> Result<Found, SessionError> {
    let columns = COLUMNS.map(str::to_owned);
    sqlx::query_as!(
        Found,
        r#"
        SELECT
            to_regclass($2)::oid::bigint AS oid,
            EXISTS (
                SELECT FROM pg_publication_rel r
                JOIN pg_publication p ON p.oid = r.prpubid
                WHERE p.pubname = $1 AND r.prrelid = to_regclass($2)
            ) AS "is_member!",
            EXISTS (
                SELECT FROM pg_publication_tables t
                JOIN pg_publication p ON p.pubname = t.pubname
                JOIN pg_namespace n ON n.nspname = t.schemaname
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
                WHERE t.pubname = $1 AND c.oid = to_regclass($2) AND p.pubinsert
                    AND t.rowfilter IS NULL AND t.attnames::text[] @> $3
            ) AS "is_published!"
        "#,
        publication.as_str(),
        EVENTS,
        &columns[..],
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("reading the publication of events"))
}
