//! One key of the configuration.

use crate::config::Config;

/// One key of the configuration.
pub(in crate::config) struct Key {
    pub(in crate::config) name: &'static str,
    /// The placeholder of the value in `--help`.
    pub(in crate::config) value_name: &'static str,
    /// The help of the flag.
    pub(in crate::config) help: &'static str,
    /// None if the key has no value unless one is set.
    pub(in crate::config) default: Option<&'static str>,
    /// Ends the sentence "expected ...".
    pub(in crate::config) expected: &'static str,
    /// The cargo feature that the key needs.
    pub(in crate::config) feature: Option<Feature>,
    /// Parses a value into the configuration, and returns whether it is valid.
    pub(in crate::config) set: fn(&mut Config, &str) -> bool,
}

/// A cargo feature of this crate.
#[derive(Clone, Copy)]
pub(in crate::config) struct Feature {
    pub(in crate::config) name: &'static str,
    pub(in crate::config) is_enabled: bool,
}

impl Key {
    /// The environment variable of this key.
    pub(in crate::config) fn variable(&self) -> String {
        format!("ROOST_{}", self.name.to_uppercase())
    }

    /// The flag of this key.
    pub(in crate::config) fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

/// The fields that most keys share.
pub(super) const COMMON: Key = Key {
    name: "",
    value_name: "N",
    help: "",
    default: None,
    expected: "",
    feature: None,
    set: |_, _| false,
};
