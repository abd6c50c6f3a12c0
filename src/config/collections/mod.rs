//! The collections of the configuration file, each over a table that Roost does not create.

mod field;
mod names;

use std::collections::BTreeMap;

use roost_api::is_common_parameter;
use roost_collections::{
    Declaration, Declared, FieldDeclaration, Source, configured, declared, rooms, venues,
};
use roost_engine::{FieldId, Profile};
use roost_indexer::{Table as FollowedTable, Tables as FollowedTables, Target};
use toml::{Table, Value};

use self::names::{is_identifier, leak, read_column};
use super::profiles::SECTION as PROFILES;
use super::section::{Check, Section, is_plain_name};

/// The name of the section in the file.
pub(super) const SECTION: &str = "collections";

const KEYS: [&str; 6] = ["table", "key", "place", "owner", "profile", "fields"];

/// The collections of the file by name, each with the profile that ranks its documents.
pub(super) type Configured = Vec<(Declared, Profile)>;

/// The profiles that a collection can name.
pub(super) struct Profiles<'a> {
    pub(super) section: Option<&'a Section>,
    pub(super) valid: &'a [Profile],
}

/// Checks every collection; each problem names the key, its value and the expected value.
pub(super) fn check(
    section: &Section,
    profiles: &Profiles<'_>,
    problems: &mut Vec<String>,
) -> Configured {
    let mut check = Check::new(section, problems);
    let Some(collections) = check.table(SECTION, &section.value) else {
        return Vec::new();
    };
    let by_name: BTreeMap<&String, &Value> = collections.iter().collect();
    let mut tables = followed_tables();
    let read = by_name.into_iter().filter_map(|(name, value)| {
        let path = format!("{SECTION}.{name}");
        let reader = Reader {
            check: &mut check,
            settings: value,
            path,
        };
        reader.collection(name, &mut tables, profiles)
    });
    read.collect()
}

/// The tables that are followed anyway, each with its user.
fn followed_tables() -> BTreeMap<String, String> {
    let tables = FollowedTables::built_in();
    let user = |table: FollowedTable| match table.target() {
        Target::Documents(declared) => format!("collection {}", declared.declaration.name),
        Target::LandlordSignals | Target::DocumentSignal(_) => "Roost itself".to_owned(),
    };
    let tables = tables.iter();
    tables
        .map(|table| (table.name().to_owned(), user(table)))
        .collect()
}

/// Reads one collection.
struct Reader<'a, 'b> {
    check: &'a mut Check<'b>,
    settings: &'a Value,
    path: String,
}

impl Reader<'_, '_> {
    fn collection(
        mut self,
        name: &str,
        tables: &mut BTreeMap<String, String>,
        profiles: &Profiles<'_>,
    ) -> Option<(Declared, Profile)> {
        let problems_before = self.check.problem_count();
        self.name(name);
        let settings = self.check.table(&self.path, self.settings)?;
        self.check.keys(&self.path, settings, &KEYS, "a collection");
        let table = self.table(settings, name, tables);
        let fields = self.fields(settings);
        let profile = self.profile(settings, profiles);
        if self.check.problem_count() > problems_before {
            return None;
        }
        // The engine, the follower and the API refer to declarations, which are constants or, like
        // this one, are read once and stay in memory until the program ends.
        let declaration: &'static Declaration = Box::leak(Box::new(Declaration {
            name: leak(name),
            doc: leak(&format!("A row of {}.", table.as_deref()?)),
            table: leak(&table?),
            fields: fields?.leak(),
            signals: &[],
        }));
        match declaration.declare() {
            Ok(declared) => Some((declared, profile?)),
            Err(error) => {
                self.check
                    .unknown(&self.path, "valid", &format!("a valid schema, but {error}"));
                None
            }
        }
    }

    fn name(&mut self, name: &str) {
        if !is_plain_name(name) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
            let expected = "a name of 1 to 40 of the characters a-z, 0-9 and _, a letter first";
            self.check
                .unknown(&self.path, "a collection's name", expected);
        }
        if declared().iter().any(|it| it.declaration.name == name) {
            let expected = "another name, because this collection is built in";
            self.check.unknown(&self.path, "available", expected);
        }
    }

    fn table(
        &mut self,
        settings: &Table,
        name: &str,
        tables: &mut BTreeMap<String, String>,
    ) -> Option<String> {
        let path = format!("{}.table", self.path);
        let default = Value::String(name.to_owned());
        let value = settings.get("table").unwrap_or(&default);
        let expected = "the name of a table, with its schema if needed, such as public.stations";
        let table = self.check.text(&path, value, expected)?;
        let parts: Vec<&str> = table.split('.').collect();
        if parts.len() > 2 || !parts.iter().all(|part| is_identifier(part)) {
            self.check.invalid(&path, value, expected);
            return None;
        }
        // Two names of one table that differ otherwise are found in the catalog.
        let known = table.strip_prefix("public.").unwrap_or(table);
        if let Some(user) = tables.insert(known.to_owned(), format!("collection {name}")) {
            let expected = format!("another table, because {user} follows this one");
            self.check.invalid(&path, value, &expected);
        }
        Some(table.to_owned())
    }

    /// The key, the owner, the declared fields and the place.
    fn fields(&mut self, settings: &Table) -> Option<Vec<FieldDeclaration>> {
        let key = self.column(settings, "key", Some("id"));
        let place = self.column(settings, "place", Some("location"));
        let owner = self.column(settings, "owner", None);
        if owner.is_some_and(is_common_parameter) {
            let expected = "another column, because every search has a parameter of this name";
            let (path, value) = (format!("{}.owner", self.path), &settings["owner"]);
            self.check.invalid(&path, value, expected);
        }
        let typed: Vec<FieldDeclaration> = [
            key.map(|name| FieldDeclaration::new(name, Source::Key).called("an id")),
            owner.map(|name| FieldDeclaration::new(name, Source::Owner).called("an id")),
            place.map(|name| FieldDeclaration::new(name, Source::Place)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let path = format!("{}.fields", self.path);
        let Some(value) = settings.get("fields") else {
            self.check.missing(
                &path,
                "a table of at least one field, such as name = { kind = \"text\" }",
            );
            return None;
        };
        let fields = self.check.table(&path, value)?;
        if fields.is_empty() || fields.len() > FieldId::MAX {
            let expected = format!("1 to {} fields", FieldId::MAX);
            self.check.invalid(&path, value, &expected);
        }
        let names: Vec<&str> = typed.iter().map(|field| field.name).collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                let expected =
                    format!("another column than {name} for each of key, place and owner");
                self.check.unknown(&self.path, "valid", &expected);
            }
        }
        let read: Vec<FieldDeclaration> = fields
            .iter()
            .filter_map(|(name, value)| field::read(self.check, &path, name, value, &names))
            .collect();
        self.visibility(&path, fields);
        Some(typed.into_iter().chain(read).collect())
    }

    /// Only one category can decide which documents searches find.
    fn visibility(&mut self, path: &str, fields: &Table) {
        let visible = fields.iter().filter_map(|(name, settings)| {
            let visible = settings.get(field::VISIBLE)?;
            Some((name, visible))
        });
        for (name, value) in visible.skip(1) {
            let expected = "no value, because another field of this collection has one";
            self.check.invalid(
                &format!("{path}.{name}.{}", field::VISIBLE),
                value,
                expected,
            );
        }
    }

    fn column(
        &mut self,
        settings: &Table,
        key: &str,
        default: Option<&'static str>,
    ) -> Option<&'static str> {
        match settings.get(key) {
            Some(value) => read_column(self.check, &format!("{}.{key}", self.path), value),
            None => default,
        }
    }

    fn profile(&mut self, settings: &Table, profiles: &Profiles<'_>) -> Option<Profile> {
        let Some(value) = settings.get("profile") else {
            return Some(configured::profile());
        };
        let path = format!("{}.profile", self.path);
        let built_in = [
            configured::profile(),
            rooms::profile(),
            rooms::landlord_profile(),
            venues::profile(),
        ];
        let known: Vec<&Profile> = profiles.valid.iter().chain(&built_in).collect();
        let names: Vec<&str> = known.iter().map(|profile| profile.name()).collect();
        let expected = format!("one of {}, or a name in [{PROFILES}]", names.join(", "));
        let name = self.check.text(&path, value, &expected)?;
        if let Some(found) = known.iter().find(|profile| profile.name() == name) {
            return Some((*found).clone());
        }
        // A profile with a problem of its own is reported there.
        let section = profiles.section.and_then(|section| section.value.get(name));
        if section.is_none() {
            self.check.invalid(&path, value, &expected);
        }
        None
    }
}
