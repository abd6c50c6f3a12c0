//! Checks a table of the catalog against what is declared, before any row is read.

use roost_collections::{FieldDeclaration, Source};

use super::catalog::{CatalogColumn, CatalogTable};
use crate::wal::identifier::identifier;
use crate::wal::table::{Column, Table, Target};

const POINT: &str = "geography(Point,4326)";

/// Reports everything in a table that does not fit, with what was expected and how to change it.
pub(super) fn check(table: Table, found: &CatalogTable, problems: &mut Vec<String>) {
    let check = Check { table, found };
    if let Some(problem) = check.kind() {
        problems.push(problem);
        return;
    }
    let before = problems.len();
    problems.extend(check.missing_columns());
    if problems.len() > before {
        return;
    }
    problems.extend(check.fields());
    problems.extend(check.key());
}

struct Check<'a> {
    table: Table,
    found: &'a CatalogTable,
}

impl Check<'_> {
    fn kind(&self) -> Option<String> {
        let name = self.table.name();
        let kind = match self.found.kind.as_str() {
            "r" if self.found.has_children => "a table that others inherit from",
            "r" => {
                return self.found.hides_rows.then(|| {
                    format!(
                        "row-level security hides rows of table {name} from this role: expected a \
                         role with BYPASSRLS"
                    )
                });
            }
            "p" => "a partitioned table",
            "v" => "a view",
            "m" => "a materialized view",
            "f" => "a foreign table",
            _ => "no table",
        };
        Some(format!(
            "{name} is {kind}: expected an ordinary table, whose changes Postgres publishes"
        ))
    }

    fn missing_columns(&self) -> impl Iterator<Item = String> {
        let columns = self.table.columns().iter();
        let missing = columns.filter(|column| self.found.column(column.name).is_none());
        missing.map(|column| {
            let (table, name) = (self.table.name(), column.name);
            let remedy = self.table.remedy("add it");
            format!("table {table} has no column {name}: {remedy}")
        })
    }

    fn fields(&self) -> Vec<String> {
        let fields = self.table.fields().into_iter();
        let checked = fields.filter_map(|(field, column)| {
            let found = self.found.column(column.name)?;
            self.field(&field, column, found)
        });
        checked.collect()
    }

    fn field(
        &self,
        field: &FieldDeclaration,
        column: Column,
        found: &CatalogColumn,
    ) -> Option<String> {
        let (table, name) = (self.table, column.name);
        let (table_name, field_name) = (table.name(), field.name);
        if found.is_generated {
            return Some(format!(
                "column {name} of table {table_name} is generated: expected another one for field \
                 {field_name}, because Postgres does not replicate generated columns"
            ));
        }
        if let Some(expected) = expected_type(field.source, found) {
            return Some(format!(
                "column {name} of table {table_name} has the type {}: expected {expected} for \
                 field {field_name}",
                found.base_type
            ));
        }
        if found.is_nullable && !accepts_null(field.source) {
            let (table, column) = (table.sql(), column.sql());
            let is_field = matches!(self.table.target(), Target::Documents(_));
            let declare = match is_field && may_accept_null(field.source) {
                true => format!(", or nullable = true for field {field_name}"),
                false => String::new(),
            };
            return Some(format!(
                "column {name} of table {table_name} may be NULL, and field {field_name} may not: \
                 expected ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL{declare}"
            ));
        }
        None
    }

    /// Without a unique index the stream could change several rows by one key, and without the key
    /// in the replica identity it would not say which row was deleted.
    fn key(&self) -> Option<String> {
        let (name, key) = (self.table.name(), self.table.key());
        let (table, column) = (self.table.sql(), key.sql());
        let Some(index) = &self.found.key_index else {
            return Some(format!(
                "column {} of table {name} is the key and has no unique index of its own: expected \
                 ALTER TABLE {table} ADD UNIQUE ({column})",
                key.name
            ));
        };
        (!self.found.identity_has_key).then(|| {
            format!(
                "the replica identity of table {name} lacks the key {}, so that deleted rows would \
                 not be known: expected ALTER TABLE {table} REPLICA IDENTITY USING INDEX {}",
                key.name,
                identifier(index)
            )
        })
    }
}

/// The expected type of a column, unless its type fits.
fn expected_type(source: Source, found: &CatalogColumn) -> Option<&'static str> {
    // PostGIS may be in a schema that is not in the search path.
    let name = match found.base_type.find("geography(") {
        Some(start) => &found.base_type[start..],
        None => found.base_type.as_str(),
    };
    let is_number = ["smallint", "integer", "bigint", "real", "double precision"].contains(&name)
        || name == "numeric"
        || name.starts_with("numeric(");
    let is_moment = name.starts_with("timestamp") && name.ends_with(" with time zone");
    let (fits, expected) = match source {
        Source::Key | Source::Owner => (name == "uuid", "uuid"),
        Source::Place => (name == POINT, "geography(Point, 4326)"),
        Source::Number { .. } | Source::Reach { .. } => (
            is_number,
            "smallint, integer, bigint, numeric, real or double precision",
        ),
        Source::DateRange { .. } => (name == "date", "date"),
        Source::Time => (is_moment, "timestamptz"),
        Source::Category(_) => (found.is_text, "text or an enum"),
        Source::Texts | Source::Tags(_) => (found.is_text_array, "text[]"),
        Source::IsTrue => (name == "boolean", "boolean"),
        // These read the text that Postgres writes for any type.
        Source::Text { .. } | Source::Name { .. } | Source::IsSet => return None,
    };
    (!fits).then_some(expected)
}

fn accepts_null(source: Source) -> bool {
    match source {
        Source::Text { is_nullable }
        | Source::Name { is_nullable }
        | Source::Number { is_nullable, .. }
        | Source::Reach { is_nullable }
        | Source::DateRange { is_nullable, .. } => is_nullable,
        Source::IsSet => true,
        _ => false,
    }
}

/// Whether a declaration of this kind can accept NULL.
fn may_accept_null(source: Source) -> bool {
    matches!(
        source,
        Source::Text { .. }
            | Source::Number { .. }
            | Source::Reach { .. }
            | Source::DateRange { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wal::table::Tables;
    use roost_collections::Declaration;

    const STATIONS: Declaration = Declaration {
        name: "stations",
        doc: "",
        table: "public.Stations",
        fields: &[
            FieldDeclaration::new("code", Source::Key),
            FieldDeclaration::new("place", Source::Place),
            FieldDeclaration::text("name"),
            FieldDeclaration::new("lines", Source::Tags(&["red", "blue"])),
            FieldDeclaration::whole("platforms", 100),
            FieldDeclaration::new("staffed", Source::IsTrue),
        ],
        signals: &[],
    };

    const TYPES: [(&str, &str); 6] = [
        ("code", "uuid"),
        ("place", "public.geography(Point,4326)"),
        ("name", "character varying(80)"),
        ("lines", "text[]"),
        ("platforms", "numeric(4,0)"),
        ("staffed", "boolean"),
    ];

    fn column(name: &str, base_type: &str) -> CatalogColumn {
        CatalogColumn {
            name: name.to_owned(),
            type_name: base_type.to_owned(),
            number: 1,
            altered_by: "700".to_owned(),
            base_type: base_type.to_owned(),
            is_text: base_type.starts_with("character"),
            is_text_array: base_type == "text[]",
            is_nullable: false,
            is_generated: false,
        }
    }

    /// The problems of a table that fits, apart from `change`.
    fn problems(change: impl FnOnce(&mut CatalogTable)) -> Vec<String> {
        static DECLARATION: Declaration = STATIONS;
        let declared = DECLARATION.declare().unwrap();
        let mut found = CatalogTable {
            oid: 7,
            kind: "r".to_owned(),
            has_children: false,
            hides_rows: false,
            key_index: Some("stations_key".to_owned()),
            identity_has_key: true,
            columns: TYPES
                .map(|(name, type_name)| column(name, type_name))
                .into(),
        };
        change(&mut found);
        let table = Tables::of(&[declared]).named("public.Stations").unwrap();
        let mut problems = Vec::new();
        check(table, &found, &mut problems);
        problems
    }

    #[test]
    fn a_table_that_fits_has_no_problem() {
        assert_eq!(problems(|_| {}), [""; 0]);
    }

    #[test]
    fn every_missing_column_is_named() {
        let found = problems(|table| table.columns.truncate(4));
        let remedy = "add it, or correct collection stations in the configuration";
        assert_eq!(
            found,
            ["platforms", "staffed"]
                .map(|name| format!("table public.Stations has no column {name}: {remedy}"))
        );
    }

    #[test]
    fn a_column_of_another_type_is_named_with_both_types() {
        for (index, other, expected) in [
            (0, "text", "uuid"),
            (1, "geography", "geography(Point, 4326)"),
            (1, "geography(Polygon,4326)", "geography(Point, 4326)"),
            (1, "geometry(Point,4326)", "geography(Point, 4326)"),
            (3, "integer[]", "text[]"),
            (4, "money", "smallint, integer"),
            (5, "text", "boolean"),
        ] {
            let name = TYPES[index].0;
            let found = problems(|table| table.columns[index] = column(name, other));
            let problem = format!(
                "column {name} of table public.Stations has the type {other}: expected {expected}"
            );
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with(&problem), "{found:?}");
        }
    }

    #[test]
    fn a_nullable_column_names_the_ways_to_a_table_that_fits() {
        let nullable = |index: usize| problems(|table| table.columns[index].is_nullable = true);
        let alter = "expected ALTER TABLE public.\"Stations\" ALTER COLUMN";
        assert_eq!(
            nullable(2),
            [format!(
                "column name of table public.Stations may be NULL, and field name may not: {alter} \
                 name SET NOT NULL, or nullable = true for field name"
            )]
        );
        assert!(nullable(3)[0].ends_with(&format!("{alter} lines SET NOT NULL")));
        assert!(nullable(1)[0].ends_with(&format!("{alter} place SET NOT NULL")));
    }

    #[test]
    fn a_key_needs_a_unique_index_and_the_replica_identity() {
        let found = problems(|table| table.key_index = None);
        assert!(
            found[0].ends_with("expected ALTER TABLE public.\"Stations\" ADD UNIQUE (code)"),
            "{found:?}"
        );
        let found = problems(|table| table.identity_has_key = false);
        assert!(
            found[0].ends_with("REPLICA IDENTITY USING INDEX stations_key"),
            "{found:?}"
        );
    }

    #[test]
    fn only_an_ordinary_table_whose_rows_are_all_visible_can_be_followed() {
        for (kind, shown) in [("p", "a partitioned table"), ("v", "a view")] {
            let found = problems(|table| table.kind = kind.to_owned());
            assert!(
                found[0].contains(&format!("is {shown}: expected")),
                "{found:?}"
            );
        }
        let found = problems(|table| table.has_children = true);
        assert!(found[0].contains("that others inherit from"), "{found:?}");
        let found = problems(|table| table.hides_rows = true);
        assert!(found[0].contains("row-level security"), "{found:?}");
        let found = problems(|table| table.columns[2].is_generated = true);
        assert!(found[0].contains("is generated"), "{found:?}");
    }
}
