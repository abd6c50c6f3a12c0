//! A followed table as the catalog describes it.

use sqlx::PgConnection;

use crate::error::SessionError;
use crate::wal::table::Table;

const READING: &str = "reading the schema of the tables";

/// A table in the catalog.
#[derive(Debug)]
pub(super) struct CatalogTable {
    pub(super) oid: u32,
    /// The `relkind` of `pg_class`.
    pub(super) kind: String,
    /// Whether other tables inherit from it.
    pub(super) has_children: bool,
    /// Whether a policy hides rows from this role.
    pub(super) hides_rows: bool,
    /// The unique index of the key column, the primary key first.
    pub(super) key_index: Option<String>,
    /// Whether the stream names the key of a deleted row.
    pub(super) identity_has_key: bool,
    pub(super) columns: Vec<CatalogColumn>,
}

/// A column in the catalog.
#[derive(Debug)]
pub(super) struct CatalogColumn {
    pub(super) name: String,
    pub(super) type_name: String,
    pub(super) number: i16,
    /// The transaction that last altered it.
    pub(super) altered_by: String,
    /// Its type with modifiers; that below a domain.
    pub(super) base_type: String,
    pub(super) is_text: bool,
    pub(super) is_text_array: bool,
    pub(super) is_nullable: bool,
    pub(super) is_generated: bool,
}

impl CatalogTable {
    /// Reads a table with all of its columns; `None` if there is none of that name.
    pub(super) async fn read(
        sql: &mut PgConnection,
        table: Table,
    ) -> Result<Option<CatalogTable>, SessionError> {
        let found = sqlx::query!(
            r#"
            SELECT
                c.oid::bigint AS "oid!",
                c.relkind::text AS "kind!",
                EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid) AS "has_children!",
                row_security_active(c.oid) AS "hides_rows!",
                (
                    SELECT x.relname::text
                    FROM pg_index i
                    JOIN pg_class x ON x.oid = i.indexrelid
                    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
                        AND i.indpred IS NULL AND i.indexprs IS NULL
                        AND i.indnkeyatts = 1 AND i.indkey[0] = k.attnum
                    ORDER BY i.indisprimary DESC, x.relname
                    LIMIT 1
                ) AS key_index,
                c.relreplident = 'f' OR EXISTS (
                    SELECT FROM pg_index i
                    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
                        AND (
                            c.relreplident = 'd' AND i.indisprimary
                            OR c.relreplident = 'i' AND i.indisreplident
                        )
                        AND k.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
                ) AS "identity_has_key!"
            FROM pg_class c
            LEFT JOIN pg_attribute k
                ON k.attrelid = c.oid AND k.attname = $2 AND k.attnum > 0 AND NOT k.attisdropped
            WHERE c.oid = to_regclass($1)::oid
            "#,
            table.sql(),
            table.key().name,
        )
        .fetch_optional(&mut *sql)
        .await
        .map_err(SessionError::sql(READING))?;
        let Some(found) = found else {
            return Ok(None);
        };
        Ok(Some(CatalogTable {
            oid: u32::try_from(found.oid).unwrap_or_default(),
            kind: found.kind,
            has_children: found.has_children,
            hides_rows: found.hides_rows,
            key_index: found.key_index,
            identity_has_key: found.identity_has_key,
            columns: CatalogColumn::read(sql, found.oid).await?,
        }))
    }

    /// The column of that name.
    pub(super) fn column(&self, name: &str) -> Option<&CatalogColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl CatalogColumn {
    async fn read(sql: &mut PgConnection, table: i64) -> Result<Vec<CatalogColumn>, SessionError> {
        sqlx::query_as!(
            CatalogColumn,
            r#"
            SELECT
                a.attname::text AS "name!",
                format_type(a.atttypid, NULL) AS "type_name!",
                a.attnum AS "number!",
                a.xmin::text AS "altered_by!",
                CASE
                    WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod)
                    ELSE format_type(a.atttypid, a.atttypmod)
                END AS "base_type!",
                base.typcategory IN ('S', 'E') AS "is_text!",
                coalesce(base.typcategory = 'A' AND element.typcategory IN ('S', 'E'), false)
                    AS "is_text_array!",
                NOT (a.attnotnull OR t.typnotnull) AS "is_nullable!",
                a.attgenerated <> '' AS "is_generated!"
            FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            JOIN pg_type base
                ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
            LEFT JOIN pg_type element ON element.oid = base.typelem
            WHERE a.attrelid = $1::bigint::oid AND a.attnum > 0 AND NOT a.attisdropped
            "#,
            table,
        )
        .fetch_all(sql)
        .await
        .map_err(SessionError::sql(READING))
    }
}
