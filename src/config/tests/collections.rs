//! Tests of the collections in the configuration file.

use std::path::Path;

use roost_collections::{FacetValues, Source, configured, declared};

use super::super::layers::Flags;
use super::{SAMPLE, layers, read, without_path};

const STATIONS: &str = r#"
[collections.stations]
table = "public.stations"
key = "code"
place = "position"
owner = "operator_id"
profile = "near"
[collections.stations.fields]
name = { kind = "text", weight = 3 }
notes = { kind = "text", weight = 1, nullable = true }
aliases = { kind = "texts", weight = 2 }
line = { kind = "name", facet = true }
platforms = { kind = "number", min = 1, max = 100, whole = true, facet = [1, 2, 5], sort = "descending" }
state = { kind = "category", values = ["closed", "open"], visible = "open" }
features = { kind = "tags", values = ["lift", "toilet"], facet = true, weight = 1 }
staffed = { kind = "is_set", column = "staffed_since" }
covered = { kind = "flag", facet = true }
service = { kind = "date_range", column = "from_day", end_column = "to_day", nullable = true }
reach_m = { kind = "reach" }
opened_at = { kind = "time", sort = "descending" }
[profiles.near]
weights = { distance = 1 }
"#;

#[test]
fn a_section_declares_a_collection_after_the_built_in_ones() {
    let config = read(STATIONS, &[], &[]).unwrap();
    let stations = config.collections[declared().len()];
    let declaration = stations.declaration;
    assert_eq!(
        (declaration.name, declaration.table),
        ("stations", "public.stations")
    );
    let columns: Vec<&str> = declaration.columns().map(|(_, column)| column).collect();
    assert_eq!(
        columns.join(" "),
        "code operator_id position name notes aliases line platforms state features \
         staffed_since covered from_day to_day reach_m opened_at"
    );
    let field = |name| declaration.field(name);
    assert_eq!(field("code").source, Source::Key);
    assert_eq!(field("operator_id").source, Source::Owner);
    assert_eq!(field("notes").source, Source::Text { is_nullable: true });
    assert_eq!(field("name").weight, 3);
    assert_eq!(
        field("platforms").facet,
        Some(FacetValues::Between(&[1.0, 2.0, 5.0]))
    );
    assert_eq!(
        field("platforms").order_doc,
        "highest platforms first, unknown values last"
    );
    assert_eq!(
        field("opened_at").order_doc,
        "latest opened_at first, unknown values last"
    );
    assert_eq!(field("state").names(), ["open", "closed"]);
    assert_eq!(
        stations.collection.visibility(),
        Some(declaration.id("state"))
    );
    assert_eq!(config.collection_profiles["stations"].name(), "near");
}

#[test]
fn missing_keys_of_a_collection_have_defaults_and_collections_are_in_order_of_name() {
    let file = "[collections.b]\nfields = { name = { kind = 'text' } }\n\
                [collections.a]\ntable = 'c'\nfields = { size = { kind = 'number' } }";
    let config = read(file, &[], &[]).unwrap();
    let [a, b] = config.collections[declared().len()..] else {
        panic!("{:?}", config.collections)
    };
    assert_eq!((a.declaration.name, a.declaration.table), ("a", "c"));
    assert_eq!((b.declaration.name, b.declaration.table), ("b", "b"));
    let columns: Vec<&str> = b.declaration.columns().map(|(_, column)| column).collect();
    assert_eq!(columns, ["id", "location", "name"]);
    assert_eq!(config.collection_profiles["b"], configured::profile());
    assert_eq!(read("", &[], &[]).unwrap().collections, declared());
}

/// Each mistake within a collection with one good field, and the start of the problem.
const MISTAKES: &[(&str, &str)] = &[
    (
        "tablo = 'x'",
        ".tablo (in FILE) is not a key of a collection: expected one of table, key,",
    ),
    (
        "table = 'a.b.c'",
        ".table is \"a.b.c\" (from FILE): expected the name of a table",
    ),
    (
        "table = 'x y'",
        ".table is \"x y\" (from FILE): expected the name of a table",
    ),
    (
        "table = 'rooms'",
        ".table is \"rooms\" (from FILE): expected another table, because collec",
    ),
    (
        "table = 'public.bookings'",
        ".table is \"public.bookings\" (from FILE): expected another ta",
    ),
    (
        "key = 7",
        ".key is 7 (from FILE): expected the name of a column",
    ),
    (
        "place = ''",
        ".place is \"\" (from FILE): expected the name of a column",
    ),
    (
        "owner = 'id'",
        " (in FILE) is not valid: expected another column than id for each of key,",
    ),
    (
        "owner = 'lat'",
        ".owner is \"lat\" (from FILE): expected another column, because every se",
    ),
    (
        "profile = 'far'",
        ".profile is \"far\" (from FILE): expected one of place, room, landlord,",
    ),
    ("fields = 5", ".fields is 5 (from FILE): expected a table"),
    (
        "fields = {}",
        ".fields is {} (from FILE): expected 1 to 64 fields",
    ),
    (
        "",
        ".fields is missing (in FILE): expected a table of at least one field",
    ),
];

/// Each mistake of a field `f`, and the start of the problem.
const FIELD_MISTAKES: &[(&str, &str)] = &[
    (
        "weight = 1",
        ".kind is missing (in FILE): expected one of text, texts, name, number, categ",
    ),
    (
        "kind = 'txt'",
        ".kind is \"txt\" (from FILE): expected one of text, texts,",
    ),
    (
        "kind = 'text', wight = 1",
        ".wight (in FILE) is not a key of a field of kind text: expected o",
    ),
    (
        "kind = 'number', weight = 1",
        ".weight (in FILE) is not a key of a field of kind number: ex",
    ),
    (
        "kind = 'text', weight = 21",
        ".weight is 21 (from FILE): expected a number from 0 to 20",
    ),
    (
        "kind = 'text', weight = 1.5",
        ".weight is 1.5 (from FILE): expected a whole number from 0",
    ),
    (
        "kind = 'text', nullable = 1",
        ".nullable is 1 (from FILE): expected true or false",
    ),
    (
        "kind = 'text', column = 'a-b'",
        ".column is \"a-b\" (from FILE): expected the name of a col",
    ),
    (
        "kind = 'number', min = 5, max = 4",
        ".max is 4 (from FILE): expected a number of at least mi",
    ),
    (
        "kind = 'number', min = nan",
        ".min is nan (from FILE): expected a number from -1000",
    ),
    (
        "kind = 'number', max = 1.5, whole = true",
        ".max is 1.5 (from FILE): expected a whole number",
    ),
    (
        "kind = 'number', facet = [2, 1]",
        ".facet is [2, 1] (from FILE): expected 1 to 20 ascending",
    ),
    (
        "kind = 'number', facet = true",
        ".facet is true (from FILE): expected 1 to 20 ascending",
    ),
    (
        "kind = 'number', sort = 'up'",
        ".sort is \"up\" (from FILE): expected ascending or desc",
    ),
    (
        "kind = 'name', facet = [1]",
        ".facet is [1] (from FILE): expected true or false",
    ),
    (
        "kind = 'tags'",
        ".values is missing (in FILE): expected 1 to 64 different texts",
    ),
    (
        "kind = 'tags', values = ['a', 'a']",
        ".values is [\"a\", \"a\"] (from FILE): expected 1 to 64",
    ),
    (
        "kind = 'category', values = []",
        ".values is [] (from FILE): expected 1 to 63 different te",
    ),
    (
        "kind = 'category', values = ['a'], visible = 'b'",
        ".visible is \"b\" (from FILE): expected o",
    ),
    (
        "kind = 'date_range'",
        ".end_column is missing (in FILE): expected the column with the day a",
    ),
];

#[test]
fn every_mistake_names_the_key_its_value_the_file_and_the_expected_values() {
    for (lines, expected) in MISTAKES {
        let fields = match lines.contains("fields") || lines.is_empty() {
            true => "",
            false => "fields.name = { kind = 'text' }",
        };
        expect(
            &format!("[collections.stations]\n{lines}\n{fields}"),
            &format!("collections.stations{expected}"),
        );
    }
    for (settings, expected) in FIELD_MISTAKES {
        expect(
            &format!("[collections.stations.fields]\nf = {{ {settings} }}"),
            &format!("collections.stations.fields.f{expected}"),
        );
    }
    let good = "fields.name = { kind = 'text' }";
    for (file, expected) in [
        (
            "collections = 5".to_owned(),
            "collections is 5 (from FILE): expected a table",
        ),
        (
            format!("[collections.1st]\ntable = 't'\n{good}"),
            "collections.1st (in FILE) is not a collection's name: expected a name of 1 to 40",
        ),
        (
            format!("[collections.venues]\ntable = 't'\n{good}"),
            "collections.venues (in FILE) is not available: expected another name",
        ),
        (
            format!(
                "[collections.a]\ntable = 't'\n{good}\n[collections.b]\ntable = 'public.t'\n{good}"
            ),
            "collections.b.table is \"public.t\" (from FILE): expected another table, because coll",
        ),
        (
            "[collections.a.fields]\nid = { kind = 'text' }".to_owned(),
            "collections.a.fields.id (in FILE) is not available: expected another name",
        ),
        (
            "[collections.a.fields]\ndistance = { kind = 'text' }".to_owned(),
            "collections.a.fields.distance (in FILE) is not a field's name: expected a name of 1",
        ),
        (
            "[collections.a.fields]\nx = { kind = 'category', values = ['p'], visible = 'p' }\n\
             y = { kind = 'category', values = ['p'], visible = 'p' }"
                .to_owned(),
            "collections.a.fields.y.visible is \"p\" (from FILE): expected no value, because",
        ),
    ] {
        expect(&file, expected);
    }
}

fn expect(file: &str, expected: &str) {
    let error = read(file, &[], &[]).unwrap_err();
    let error = without_path(&error);
    assert!(error.starts_with(expected), "{file}: {error}");
    assert!(!error.contains("; "), "one mistake, one problem: {error}");
}

#[test]
fn all_mistakes_are_listed_together_and_too_many_values_are_one() {
    let many: Vec<String> = (0..65).map(|n| format!("'v{n}'")).collect();
    let many = many.join(", ");
    let file = format!(
        "slot = 'A'\n[collections.a]\nkey = 1\nprofile = 'near'\n[collections.a.fields]\n\
         x = {{ kind = 'tags', values = [{many}] }}\ny = {{ kind = 'number', sort = 1, facet = 2 }}\n\
         [profiles.near]\nbase = 5"
    );
    let error = read(&file, &[], &[]).unwrap_err();
    let problems: Vec<&str> = error.split("; ").collect();
    let starts = [
        "slot is",
        "profiles.near.weights is missing",
        "collections.a.key is 1",
        "collections.a.fields.x.values is",
        "collections.a.fields.y.facet is 2",
        "collections.a.fields.y.sort is 1",
    ];
    assert_eq!(problems.len(), starts.len(), "{error}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn printed_collections_parse_to_the_same_declarations() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roost.toml");
    std::fs::write(&file, STATIONS).unwrap();
    let flags = Flags {
        file: Some(file),
        ..Flags::default()
    };
    let layers = layers(&flags, &[], Path::new("/nowhere")).unwrap();
    let again = read(&layers.to_string(), &[], &[]).unwrap().collections;
    let collections = layers.check().unwrap().collections;
    assert_eq!(again.len(), collections.len());
    for (again, before) in again.iter().zip(collections) {
        assert_eq!(again.declaration.fields, before.declaration.fields);
    }
}

#[test]
fn the_sections_of_the_documents_are_valid() {
    let page = include_str!("../../../docs/collections.md");
    let (_, section) = page.split_once("```toml\n").unwrap();
    let (section, _) = section.split_once("```").unwrap();
    let (_, sample) = SAMPLE.split_once("# [collections").unwrap();
    let (sample, _) = sample.split_once("\n\n").unwrap();
    let sample = format!("[collections{}", sample.replace("\n# ", "\n"));
    for section in [section, &sample] {
        let config = read(section, &[], &[]).unwrap();
        let stations = config.collections.last().unwrap();
        assert_eq!(stations.declaration.name, "stations");
    }
}
