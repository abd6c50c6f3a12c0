//! Reads the environment variables of Roost, and tells settings, likely typos and variables of
//! other programs apart.
//!
//! Other programs set variables that start with `ROOST_` too. Kubernetes gives every container the
//! addresses of the services of its namespace, so a service called `roost` brings `ROOST_PORT` and
//! others. So an unknown variable is a reason to warn, and only a likely typo is an error.

use std::collections::BTreeMap;
use std::ffi::OsString;

use anyhow::bail;

use super::keys::{Key, keys};

/// How the name of each variable of Roost starts.
const PREFIX: &str = "ROOST_";

/// Many tools use this variable. It overrides the file, and `ROOST_DATABASE_URL` overrides it.
const DATABASE_URL: &str = "DATABASE_URL";

/// Names the configuration file.
const CONFIG: &str = "ROOST_CONFIG";

/// Names the point at which a test crashes the process.
const CRASH_AT: &str = "ROOST_TEST_CRASH_AT";

/// Variables of Roost that are not keys.
const OTHER_VARIABLES: [&str; 3] = [CONFIG, "ROOST_TEST_DATABASE_URL", CRASH_AT];

/// A name with at most this many typos is a likely typo of a key; keys of at least
/// [`TWO_TYPOS_MIN_CHARS`] may have two.
const TYPOS_MAX: usize = 1;
const TWO_TYPOS_MIN_CHARS: usize = 8;

/// Returns the point at which a test crashes the process: see `roost_engine::arm_crash_point`.
pub(crate) fn crash_at() -> Option<String> {
    std::env::var(CRASH_AT).ok()
}

/// The variables of a process that concern Roost. An empty one counts as not set, as is usual in
/// shells.
#[derive(Default)]
pub(super) struct Environment {
    /// The value of each key, and the name of its variable.
    pub(super) values: Vec<(&'static Key, String, String)>,
    /// The configuration file.
    pub(super) file: Option<String>,
    /// One message for each variable that is a likely typo.
    pub(super) problems: Vec<String>,
    /// Variables that are not settings of Roost.
    pub(super) ignored: Vec<String>,
}

impl Environment {
    /// Reads the variables.
    pub(super) fn read(
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> anyhow::Result<Self> {
        let mut environment = Self::default();
        let mut found = BTreeMap::new();
        for (name, text) in variables {
            let Some(name) = name.to_str().filter(|name| concerns_roost(name)) else {
                continue;
            };
            if !text.is_empty() {
                found.insert(name.to_owned(), text);
            }
        }
        // In the order of the alphabet, DATABASE_URL comes before ROOST_DATABASE_URL.
        for (name, text) in found {
            match Meaning::of(&name) {
                Meaning::Key(key) => {
                    let text = utf8(&name, text)?;
                    environment.values.push((key, name, text));
                }
                Meaning::Other if name == CONFIG => {
                    environment.file = Some(utf8(&name, text)?);
                }
                Meaning::Other => {}
                Meaning::Typo(meant) => environment.problems.push(format!(
                    "{name} (in the environment) is not a variable of roost: expected {meant}, or \
                     another name if it is not meant for roost"
                )),
                Meaning::Unknown => environment.ignored.push(name),
            }
        }
        Ok(environment)
    }
}

/// What a variable is to Roost.
enum Meaning {
    Key(&'static Key),
    /// A variable of Roost that is not a key.
    Other,
    /// A likely typo of this variable.
    Typo(String),
    Unknown,
}

impl Meaning {
    fn of(name: &str) -> Self {
        if name == DATABASE_URL {
            return key("database_url").map_or(Self::Unknown, Self::Key);
        }
        if let Some(key) = keys().find(|key| key.variable() == name) {
            return Self::Key(key);
        }
        if OTHER_VARIABLES.contains(&name) {
            return Self::Other;
        }
        if is_of_a_kubernetes_service(name) {
            return Self::Unknown;
        }
        let known = keys().map(Key::variable);
        let known = known.chain([CONFIG.to_owned()]);
        let meant = known
            .map(|known| (typos(name, &known), known))
            .filter(|(typos, known)| *typos <= typos_max(known))
            .min();
        meant.map_or(Self::Unknown, |(_, known)| Self::Typo(known))
    }
}

fn key(name: &str) -> Option<&'static Key> {
    keys().find(|key| key.name == name)
}

fn concerns_roost(name: &str) -> bool {
    name.starts_with(PREFIX) || name == DATABASE_URL
}

fn utf8(name: &str, text: OsString) -> anyhow::Result<String> {
    match text.into_string() {
        Ok(text) => Ok(text),
        Err(_) => bail!("{name} (in the environment) is not valid UTF-8: expected text"),
    }
}

/// The number of typos that turn one name into the other.
fn typos(name: &str, known: &str) -> usize {
    strsim::osa_distance(name, known)
}

fn typos_max(known: &str) -> usize {
    match known.len() - PREFIX.len() {
        0..TWO_TYPOS_MIN_CHARS => TYPOS_MAX,
        _ => TYPOS_MAX + 1,
    }
}

/// Whether Kubernetes sets a variable of this name for a service whose name starts with `roost`,
/// such as `ROOST_SERVICE_HOST`, `ROOST_PORT`, `ROOST_PORT_8080_TCP_ADDR` or
/// `ROOST_LOG_SERVICE_PORT_HTTP`. Some of them are only a typo or two away from a setting.
pub(super) fn is_of_a_kubernetes_service(name: &str) -> bool {
    if name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") {
        return true;
    }
    if name.contains("_SERVICE_PORT_") || name.ends_with("_PORT") {
        return true;
    }
    let Some((_, port)) = name.rsplit_once("_PORT_") else {
        // `ROOST_PORT_8080_TCP_PORT` ends with `_PORT`, as above.
        return false;
    };
    let mut parts = port.split('_');
    let is_number = parts
        .next()
        .is_some_and(|number| number.parse::<u16>().is_ok());
    let is_protocol = parts
        .next()
        .is_some_and(|protocol| ["TCP", "UDP", "SCTP"].contains(&protocol));
    let is_part = parts
        .next()
        .is_none_or(|part| ["PROTO", "ADDR"].contains(&part));
    is_number && is_protocol && is_part && parts.next().is_none()
}
