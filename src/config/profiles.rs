//! The match-score profiles of the configuration file.

use roost_collections::{rooms, venues};
use roost_engine::{Component, DecayShape, Profile};
use toml::{Table, Value};

use super::section::{Check, Section, is_plain_name};

/// The name of the section in the file.
pub(super) const SECTION: &str = "profiles";

const KEYS: [&str; 4] = ["base", "half_distance_m", "decay", "weights"];
const DECAYS: [&str; 3] = ["exponential", "gauss", "linear"];

/// Checks every profile; each problem names the key, its value and the expected value.
pub(super) fn check(section: &Section, problems: &mut Vec<String>) -> Vec<Profile> {
    let mut check = Check::new(section, problems);
    let Some(profiles) = check.table(SECTION, &section.value) else {
        return Vec::new();
    };
    profiles
        .iter()
        .filter_map(|(name, value)| profile(&mut check, name, value))
        .collect()
}

fn profile(check: &mut Check<'_>, name: &str, value: &Value) -> Option<Profile> {
    let path = format!("{SECTION}.{name}");
    if !is_plain_name(name) {
        let expected = "a name of 1 to 40 of the characters a-z, 0-9 and _";
        check.unknown(&path, "a profile's name", expected);
        return None;
    }
    if name == venues::profile().name() {
        let expected = "another name, because this profile ranks venues";
        check.unknown(&path, "available", expected);
        return None;
    }
    let settings = check.table(&path, value)?;
    let problems_before = check.problem_count();
    check.keys(&path, settings, &KEYS, "a profile");
    let base = number(check, &path, settings, ("base", 0.0), 0.0..=100.0);
    let default = ("half_distance_m", 2_000.0);
    let half_distance_m = number(check, &path, settings, default, 1.0..=1_000_000.0);
    let decay = decay(check, &path, settings);
    let weights = weights(check, &path, settings);
    if check.problem_count() > problems_before {
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

fn weights(
    check: &mut Check<'_>,
    profile: &str,
    settings: &Table,
) -> Option<Vec<(Component, f64)>> {
    let path = format!("{profile}.weights");
    let name_of = |component| rooms::collection().component_name(component);
    let names = Component::ALL.map(name_of).join(", ");
    let Some(value) = settings.get("weights") else {
        let expected = format!("a weight above 0 for at least one of {names}");
        check.missing(&path, &expected);
        return None;
    };
    let table = check.table(&path, value)?;
    let mut weights = Vec::new();
    for (name, value) in table {
        let path = format!("{path}.{name}");
        let component = Component::ALL
            .into_iter()
            .find(|component| name_of(*component) == name);
        match component {
            Some(component) => {
                let weight = check.number(&path, value, 0.0..=1000.0);
                weights.extend(weight.map(|weight| (component, weight)));
            }
            None => check.unknown(&path, "a component", &format!("one of {names}")),
        }
    }
    let all_read = weights.len() == table.len();
    if all_read && weights.iter().all(|(_, weight)| *weight == 0.0) {
        let expected = format!("a weight above 0 for at least one of {names}");
        check.invalid(&path, value, &expected);
    }
    Some(weights)
}

fn decay(check: &mut Check<'_>, profile: &str, settings: &Table) -> Option<DecayShape> {
    let Some(value) = settings.get("decay") else {
        return Some(DecayShape::Exponential);
    };
    let shape = value.clone().try_into().ok();
    if shape.is_none() {
        let expected = DECAYS.join(", ").replace(", linear", " or linear");
        check.invalid(&format!("{profile}.decay"), value, &expected);
    }
    shape
}

fn number(
    check: &mut Check<'_>,
    path: &str,
    settings: &Table,
    (key, default): (&str, f64),
    range: std::ops::RangeInclusive<f64>,
) -> Option<f64> {
    match settings.get(key) {
        Some(value) => check.number(&format!("{path}.{key}"), value, range),
        None => Some(default),
    }
}
