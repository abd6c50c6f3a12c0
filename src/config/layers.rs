//! The layers of the configuration: reads them, merges them, and remembers the source of each
//! value.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use roost_collections::declared;
use roost_indexer::Tables;

use super::Config;
use super::environment::Environment;
use super::keys::{Key, keys};
use super::secrets::redacted;
use super::section::Section;
use super::{collections, profiles};

/// The file that is read if it exists and no other is named.
const DEFAULT_FILE: &str = "roost.toml";

/// The tables of the file.
const SECTIONS: [&str; 2] = [profiles::SECTION, collections::SECTION];

/// Values from command-line flags.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    /// The file named by `--config`.
    pub(crate) file: Option<PathBuf>,
    /// Values by key.
    pub(crate) values: Vec<(&'static str, String)>,
    /// Defaults of the subcommand that differ from the general ones.
    pub(crate) defaults: Vec<(&'static str, &'static str)>,
}

/// The value of each key in effect, with its source.
#[derive(Debug)]
pub(crate) struct Layers {
    values: BTreeMap<&'static str, Value>,
    /// The tables of the file, by their names in [`SECTIONS`].
    sections: BTreeMap<&'static str, Section>,
    /// Environment variables that start like those of Roost and are none.
    ignored_variables: Vec<String>,
}

impl Layers {
    /// Reads the file, the environment of this process and the flags.
    pub(crate) fn read(flags: &Flags) -> anyhow::Result<Self> {
        Self::read_from(flags, std::env::vars_os(), Path::new(DEFAULT_FILE))
    }

    /// Like [`Layers::read`] with another environment and default file. Tests use this because they
    /// cannot change the environment of their process.
    pub(super) fn read_from(
        flags: &Flags,
        environment: impl Iterator<Item = (OsString, OsString)>,
        default_file: &Path,
    ) -> anyhow::Result<Self> {
        let environment = Environment::read(environment)?;
        let mut layers = Self {
            values: BTreeMap::new(),
            sections: BTreeMap::new(),
            ignored_variables: environment.ignored,
        };
        let mut problems = Vec::new();
        for key in keys() {
            let own_default = flags.defaults.iter().find(|(name, _)| *name == key.name);
            if let Some(default) = own_default.map(|(_, text)| *text).or(key.default) {
                layers.put(key, default, Source::Default);
            }
        }
        let named = flags
            .file
            .clone()
            .or_else(|| environment.file.map(Into::into));
        if let Some(file) = named.or_else(|| default_file.exists().then(|| default_file.into())) {
            layers.put_file(&file, &mut problems)?;
        }
        for (key, variable, text) in environment.values {
            layers.put(key, &text, Source::Variable(variable));
        }
        problems.extend(environment.problems);
        for (name, text) in &flags.values {
            if let Some(key) = key(name) {
                layers.put(key, text, Source::Flag(key.flag()));
            }
        }
        if problems.is_empty() {
            Ok(layers)
        } else {
            bail!("{}", problems.join("; "))
        }
    }

    /// Checks every value; the error lists all invalid ones.
    pub(crate) fn check(&self) -> anyhow::Result<Config> {
        let mut config = Config::empty();
        let mut problems = Vec::new();
        for key in keys() {
            if let Some(value) = self.values.get(key.name) {
                problems.extend(set(&mut config, key, value));
            }
        }
        self.check_sections(&mut config, &mut problems);
        if problems.is_empty() {
            Ok(config)
        } else {
            bail!("{}", problems.join("; "))
        }
    }

    fn check_sections(&self, config: &mut Config, problems: &mut Vec<String>) {
        let section = self.sections.get(profiles::SECTION);
        if let Some(section) = section {
            config.profiles = profiles::check(section, problems);
        }
        config.collections = declared().into();
        let profiles = collections::Profiles {
            section,
            valid: &config.profiles,
        };
        if let Some(section) = self.sections.get(collections::SECTION) {
            for (declared, profile) in collections::check(section, &profiles, problems) {
                config.collections.push(declared);
                let name = declared.declaration.name;
                config.collection_profiles.insert(name, profile);
            }
        }
        config.tables = Tables::of(&config.collections);
    }

    /// Environment variables that start like those of Roost and are none, in one line.
    pub(crate) fn ignored_variables(&self) -> Option<String> {
        let names = &self.ignored_variables;
        (!names.is_empty()).then(|| names.join(", "))
    }

    fn put(&mut self, key: &Key, text: &str, source: Source) {
        self.values.insert(
            key.name,
            Value {
                text: text.to_owned(),
                source,
            },
        );
    }

    fn put_file(&mut self, file: &Path, problems: &mut Vec<String>) -> anyhow::Result<()> {
        let name = file.display();
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the configuration file {name}"))?;
        let table: toml::Table =
            toml::from_str(&text).with_context(|| format!("{name} is not valid TOML"))?;
        for (key_name, value) in table {
            if let Some(section) = SECTIONS.into_iter().find(|section| *section == key_name) {
                let file = file.to_owned();
                self.sections.insert(section, Section { file, value });
                continue;
            }
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                // No key has such a type; the check reports what the key expects.
                other => other.to_string(),
            };
            match key(&key_name) {
                Some(key) => self.put(key, &text, Source::File(file.to_owned())),
                None => problems.push(format!(
                    "{key_name} (in {name}) is not a key: expected one of {}, {}",
                    names(|key| key.name.to_owned()),
                    SECTIONS.join(", ")
                )),
            }
        }
        Ok(())
    }
}

/// Prints valid TOML, with the source of each value as a comment.
impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in keys() {
            let value = self.values.get(key.name);
            match value {
                Some(value) => {
                    let text = redacted(key.name, &value.text);
                    let toml = match text.parse::<i64>() {
                        Ok(number) => toml::Value::Integer(number),
                        Err(_) => toml::Value::String(text),
                    };
                    writeln!(f, "{} = {toml}  # {}", key.name, value.source)?;
                }
                None => writeln!(f, "# {} is not set", key.name)?,
            }
        }
        let mut sections = self.sections.iter();
        sections.try_for_each(|(name, section)| write_section(f, name, section))
    }
}

/// Sections come last, because the top-level keys of a TOML file end at its first table.
fn write_section(f: &mut fmt::Formatter<'_>, section_name: &str, section: &Section) -> fmt::Result {
    for (name, settings) in section.value.as_table().into_iter().flatten() {
        writeln!(f, "\n[{section_name}.{name}]  # {}", section.file.display())?;
        for (key, value) in settings.as_table().into_iter().flatten() {
            writeln!(f, "{key} = {value}")?;
        }
    }
    Ok(())
}

/// A value as it was set.
#[derive(Debug)]
struct Value {
    text: String,
    source: Source,
}

/// The layer of a value.
#[derive(Debug)]
enum Source {
    Default,
    File(PathBuf),
    Variable(String),
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Flag(flag) => write!(f, "the flag {flag}"),
        }
    }
}

/// Sets a key, and returns a message if the value is invalid.
fn set(config: &mut Config, key: &Key, value: &Value) -> Option<String> {
    let is_valid = (key.set)(config, &value.text);
    let (name, source) = (key.name, &value.source);
    let is_set = !matches!(source, Source::Default);
    match key.feature.filter(|feature| is_set && !feature.is_enabled) {
        Some(feature) => Some(format!(
            "{name} is set (by {source}): expected no value, because this build of roost lacks the \
             cargo feature {}",
            feature.name
        )),
        None if is_valid => None,
        None => Some(format!(
            "{name} is {:?} (from {source}): expected {}",
            redacted(name, &value.text),
            key.expected
        )),
    }
}

fn key(name: &str) -> Option<&'static Key> {
    keys().find(|key| key.name == name)
}

fn names(of: impl Fn(&Key) -> String) -> String {
    keys().map(of).collect::<Vec<_>>().join(", ")
}
