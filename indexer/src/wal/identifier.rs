//! Writes names of tables and columns as SQL identifiers.

/// A name as an SQL identifier. Only a name that Postgres would read otherwise is put in quotes, so
/// that statements in messages stay readable.
pub(crate) fn identifier(name: &str) -> String {
    let is_plain_byte =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let starts_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    if starts_plain && name.bytes().all(is_plain_byte) && !RESERVED.contains(&name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name of a table as SQL, which may start with its schema and a dot.
pub(crate) fn table_identifier(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(identifier).collect();
    parts.join(".")
}

/// The keywords that are no identifiers without quotes: those of the categories R and T of
/// `pg_get_keywords()` in PostgreSQL 15 to 18.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_need_quotes_have_them() {
        for (name, expected) in [
            ("rooms", "rooms"),
            ("_private2", "_private2"),
            ("order", "\"order\""),
            ("Stations", "\"Stations\""),
            ("2nd", "\"2nd\""),
            (
                "a\"; DROP TABLE rooms; --",
                "\"a\"\"; DROP TABLE rooms; --\"",
            ),
            ("", "\"\""),
        ] {
            assert_eq!(identifier(name), expected);
        }
    }

    #[test]
    fn schema_and_table_are_quoted_separately() {
        assert_eq!(table_identifier("rooms"), "rooms");
        assert_eq!(table_identifier("public.Order"), "public.\"Order\"");
        assert_eq!(table_identifier("user.table"), "\"user\".\"table\"");
    }
}
