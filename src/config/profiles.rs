//! Which match-score profiles does the file add, and is each of them valid?

use std::path::{Path, PathBuf};

use roost_engine::{Component, DecayShape, Profile};
use toml::{Table, Value};

/// The section's name in the file.
pub(super) const SECTION: &str = "profiles";

const KEYS: [&str; 4] = ["base", "half_distance_m", "decay", "weights"];
const DECAYS: [&str; 3] = ["exponential", "gauss", "linear"];

/// The section as it stands in the file. No flag and no variable can hold a table, so this is the
/// one layer that profiles come from.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) file: PathBuf,
    pub(super) value: Value,
}

impl Section {
    /// Checks every profile; each problem names key, value and what was expected.
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

/// A reader that goes on after a problem, so that all of them are told at once.
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
        if name == Profile::venue().name() {
            let expected = "another name, since this one ranks venues and no rooms";
            self.unknown(&path, "free", expected);
            return None;
        }
        let settings = self.table(&path, value)?;
        let known_before = self.problems.len();
        for key in settings.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let expected = format!("one of {}", KEYS.join(", "));
            self.unknown(&format!("{path}.{key}"), "a key of a profile", &expected);
        }
        let base = self.number(&path, settings, "base", 0.0, 0.0..=100.0);
        let half = 1.0..=1_000_000.0;
        let half_distance_m = self.number(&path, settings, "half_distance_m", 2_000.0, half);
        let decay = self.decay(&path, settings);
        let weights = self.weights(&path, settings);
        if self.problems.len() > known_before {
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
        let names = Component::ALL.map(Component::name).join(", ");
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
                .find(|component| component.name() == name);
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
            self.wrong(&path, value, &expected);
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
            self.wrong(&format!("{profile}.decay"), value, &expected);
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
        // TOML tells 30 and 30.0 apart; people do not.
        let number: Option<f64> = value.clone().try_into().ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let expected = format!("a number from {} to {}", range.start(), range.end());
            self.wrong(&format!("{table_path}.{key}"), value, &expected);
        }
        number
    }

    fn table<'v>(&mut self, path: &str, value: &'v Value) -> Option<&'v Table> {
        let table = value.as_table();
        if table.is_none() {
            self.wrong(path, value, "a table");
        }
        table
    }

    fn wrong(&mut self, path: &str, value: &Value, expected: &str) {
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

/// As one types it in a URL without any escapes.
fn is_profile_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
