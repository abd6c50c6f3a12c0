//! Which layer does each value come from?

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::Config;
use super::profiles::{SECTION, Section};
use super::settings::{KEYS, Key, blank};
use super::show::shown;

/// The file that is read when nobody names one and it exists.
const DEFAULT_FILE: &str = "roost.toml";

/// Variables that begin with `ROOST_` and are not keys: the file's name, and what tests are told.
const OTHER_VARIABLES: &[&str] = &["ROOST_CONFIG", "ROOST_TEST_DATABASE_URL", CRASH_AT];

/// Where a test wants the process to end.
const CRASH_AT: &str = "ROOST_TEST_CRASH_AT";

/// Where a test wants the process to end: see `roost_engine::arm_crash_point`.
pub(crate) fn crash_at() -> Option<String> {
    std::env::var(CRASH_AT).ok()
}

/// Values that flags gave, by key, and the file that `--config` named.
#[derive(Default)]
pub(crate) struct Flags {
    pub(crate) file: Option<PathBuf>,
    pub(crate) values: Vec<(&'static str, String)>,
    /// Defaults of this subcommand that differ from the general ones.
    pub(crate) defaults: Vec<(&'static str, &'static str)>,
}

/// Every value that is in force, with the layer that it comes from.
#[derive(Debug)]
pub(crate) struct Layers {
    values: BTreeMap<&'static str, Value>,
    profiles: Option<Section>,
}

impl Layers {
    /// Reads the file, this process's environment and the flags.
    pub(crate) fn read(flags: &Flags) -> anyhow::Result<Self> {
        Self::read_from(flags, std::env::vars_os(), Path::new(DEFAULT_FILE))
    }

    /// The same with any environment and any default file: tests cannot change the process's own.
    pub(super) fn read_from(
        flags: &Flags,
        environment: impl Iterator<Item = (OsString, OsString)>,
        default_file: &Path,
    ) -> anyhow::Result<Self> {
        let environment = variables(environment)?;
        let mut layers = Self {
            values: BTreeMap::new(),
            profiles: None,
        };
        let mut problems = Vec::new();
        for key in KEYS {
            let own = flags.defaults.iter().find(|(name, _)| *name == key.name);
            if let Some(default) = own.map(|(_, text)| *text).or(key.default) {
                layers.put(key, default, Source::Default);
            }
        }
        let named = flags
            .file
            .clone()
            .or_else(|| environment.get("ROOST_CONFIG").map(Into::into));
        if let Some(file) = named.or_else(|| default_file.exists().then(|| default_file.into())) {
            layers.put_file(&file, &mut problems)?;
        }
        layers.put_environment(&environment, &mut problems);
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

    /// Checks every value; the error names each one that is wrong, not only the first.
    pub(crate) fn check(&self) -> anyhow::Result<Config> {
        let mut config = blank();
        let mut problems = Vec::new();
        for (key, value) in self.iter() {
            if let Some(value) = value
                && !(key.put)(&mut config, &value.text)
            {
                problems.push(format!(
                    "{} is {:?} (from {}): expected {}",
                    key.name,
                    shown(key.name, &value.text),
                    value.source,
                    key.expected
                ));
            }
        }
        if let Some(section) = &self.profiles {
            config.profiles = section.check(&mut problems);
        }
        if problems.is_empty() {
            Ok(config)
        } else {
            bail!("{}", problems.join("; "))
        }
    }

    /// Every key in its order, with its value where it has one.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static Key, Option<&Value>)> {
        KEYS.iter().map(|key| (key, self.values.get(key.name)))
    }

    pub(super) fn profiles(&self) -> Option<&Section> {
        self.profiles.as_ref()
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
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the configuration file {shown}"))?;
        let table: toml::Table =
            toml::from_str(&text).with_context(|| format!("{shown} is not valid TOML"))?;
        for (name, value) in table {
            if name == SECTION {
                let file = file.to_owned();
                self.profiles = Some(Section { file, value });
                continue;
            }
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                // No key takes these; the check below says what the key expects instead.
                other => other.to_string(),
            };
            match key(&name) {
                Some(key) => self.put(key, &text, Source::File(file.to_owned())),
                None => problems.push(format!(
                    "{name} (in {shown}) is not a key: expected one of {}, {SECTION}",
                    names(|key| key.name.to_owned())
                )),
            }
        }
        Ok(())
    }

    fn put_environment(
        &mut self,
        environment: &BTreeMap<String, String>,
        problems: &mut Vec<String>,
    ) {
        // Many tools know this name, so ours beats it and it beats the file.
        if let (Some(url), Some(key)) = (environment.get("DATABASE_URL"), key("database_url")) {
            self.put(key, url, Source::Variable("DATABASE_URL".to_owned()));
        }
        for (name, text) in environment {
            if !name.starts_with("ROOST_") || OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            match KEYS.iter().find(|key| key.variable() == *name) {
                Some(key) => self.put(key, text, Source::Variable(name.clone())),
                None => problems.push(format!(
                    "{name} (in the environment) is not a variable of roost: expected one of {}, {}",
                    OTHER_VARIABLES.join(", "),
                    names(Key::variable)
                )),
            }
        }
    }
}

/// One value as it was given.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) source: Source,
}

/// Who gave a value.
#[derive(Debug)]
pub(super) enum Source {
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

/// Keeps what concerns us. An empty variable counts as not set, as most shells' users mean it.
fn variables(
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for (name, text) in environment {
        let Some(name) = name.to_str() else { continue };
        if !name.starts_with("ROOST_") && name != "DATABASE_URL" {
            continue;
        }
        let Ok(text) = text.into_string() else {
            bail!("{name} (in the environment) is not valid UTF-8: expected text");
        };
        if !text.is_empty() {
            found.insert(name.to_owned(), text);
        }
    }
    Ok(found)
}

fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

fn names(of: impl Fn(&Key) -> String) -> String {
    KEYS.iter().map(of).collect::<Vec<_>>().join(", ")
}
