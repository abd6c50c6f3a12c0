//! The match-score profiles of the configuration file.

use std::path::{Path, PathBuf};

use roost_collections::{rooms, venues};
use roost_engine::{Component, DecayShape, Profile};
use toml::{Table, Value};

/// The name of the section in the file.
pub(super) const SECTION: &str = "profiles";

const KEYS: [&str; 4] = ["base", "half_distance_m", "decay", "weights"];
const DECAYS: [&str; 3] = ["exponential", "gauss", "linear"];

/// The unchecked section. Flags and variables cannot contain a table, so the file is the only layer
/// of profiles.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) file: PathBuf,
    pub(super) value: Value,
}

impl Section {
    /// Checks every profile; each problem names the key, its value and the expected value.
    pub(super) fn check(&self, problems: &mut Vec<String>) -> Vec<Profile> {
        let mut check = Check {
            file: &self.file,
            problems,
        };
        let Some(profiles) = check.table(SECTION, &self.value) else {
            return Vec::new();
        };
        profiles
            .iter()
            .filter_map(|(name, value)| check.profile(name, value))
            .collect()
    }
}

/// Collects problems instead of stopping at the first, so that one error lists all of them.
struct Check<'a> {
    file: &'a Path,
    problems: &'a mut Vec<String>,
}

impl Check<'_> {
    fn profile(&mut self, name: &str, value: &Value) -> Option<Profile> {
        let path = format!("{SECTION}.{name}");
        if !is_profile_name(name) {
            let expected = "a name of 1 to 40 of the characters a-z, 0-9 and _";
            self.unknown(&path, "a profile's name", expected);
            return None;
        }
        if name == venues::profile().name() {
            let expected = "another name, because this profile ranks venues";
            self.unknown(&path, "available", expected);
            return None;
        }
        let settings = self.table(&path, value)?;
        let problems_before = self.problems.len();
        for key in settings.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let expected = format!("one of {}", KEYS.join(", "));
            self.unknown(&format!("{path}.{key}"), "a key of a profile", &expected);
        }
        let base = self.number(&path, settings, "base", 0.0, 0.0..=100.0);
        let range = 1.0..=1_000_000.0;
        let half_distance_m = self.number(&path, settings, "half_distance_m", 2_000.0, range);
        let decay = self.decay(&path, settings);
        let weights = self.weights(&path, settings);
        if self.problems.len() > problems_before {
            return None;
        }
        let empty = Profile::new(name, base?, decay?, half_distance_m?);
        let weighted = weights?
            .into_iter()
            .try_fold(empty.ok()?, |profile, (component, weight)| {
                profile.with_weight(component, weight)
            });
        weighted.ok()
    }

    fn weights(&mut self, profile: &str, settings: &Table) -> Option<Vec<(Component, f64)>> {
        let path = format!("{profile}.weights");
        let name_of = |component| rooms::collection().component_name(component);
        let names = Component::ALL.map(name_of).join(", ");
        let Some(value) = settings.get("weights") else {
            self.problems.push(format!(
                "{path} is missing (in {}): expected a weight above 0 for at least one of {names}",
                self.file.display()
            ));
            return None;
        };
        let table = self.table(&path, value)?;
        let mut weights = Vec::new();
        for name in table.keys() {
            let component = Component::ALL
                .into_iter()
                .find(|component| name_of(*component) == name);
            match component {
                Some(component) => {
                    let weight = self.number(&path, table, name, 0.0, 0.0..=1000.0);
                    weights.extend(weight.map(|weight| (component, weight)));
                }
                None => {
                    let expected = format!("one of {names}");
                    self.unknown(&format!("{path}.{name}"), "a component", &expected);
                }
            }
        }
        let all_read = weights.len() == table.len();
        if all_read && weights.iter().all(|(_, weight)| *weight == 0.0) {
            let expected = format!("a weight above 0 for at least one of {names}");
            self.invalid(&path, value, &expected);
        }
        Some(weights)
    }

    fn decay(&mut self, profile: &str, settings: &Table) -> Option<DecayShape> {
        let Some(value) = settings.get("decay") else {
            return Some(DecayShape::Exponential);
        };
        let shape = value.clone().try_into().ok();
        if shape.is_none() {
            let expected = DECAYS.join(", ").replace(", linear", " or linear");
            self.invalid(&format!("{profile}.decay"), value, &expected);
        }
        shape
    }

    fn number(
        &mut self,
        table_path: &str,
        table: &Table,
        key: &str,
        default: f64,
        range: std::ops::RangeInclusive<f64>,
    ) -> Option<f64> {
        let Some(value) = table.get(key) else {
            return Some(default);
        };
        // TOML distinguishes 30 and 30.0; here they mean the same.
        let number: Option<f64> = value.clone().try_into().ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let expected = format!("a number from {} to {}", range.start(), range.end());
            self.invalid(&format!("{table_path}.{key}"), value, &expected);
        }
        number
    }

    fn table<'v>(&mut self, path: &str, value: &'v Value) -> Option<&'v Table> {
        let table = value.as_table();
        if table.is_none() {
            self.invalid(path, value, "a table");
        }
        table
    }

    fn invalid(&mut self, path: &str, value: &Value, expected: &str) {
        let file = self.file.display();
        self.problems.push(format!(
            "{path} is {value} (from {file}): expected {expected}"
        ));
    }

    fn unknown(&mut self, path: &str, what: &str, expected: &str) {
        let file = self.file.display();
        self.problems.push(format!(
            "{path} (in {file}) is not {what}: expected {expected}"
        ));
    }
}

/// Whether a name needs no escapes in a URL.
fn is_profile_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
