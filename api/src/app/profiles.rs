//! The ranking profiles that a search can name.

use std::collections::BTreeMap;

use roost_collections::rooms;
use roost_engine::Profile;

/// The ranking profiles that a search can name.
#[derive(Clone, Debug)]
pub struct Profiles(BTreeMap<String, Profile>);

impl Profiles {
    /// The profile of a search that names none.
    pub const DEFAULT: &str = "room";

    /// The built-in profiles `room` and `landlord`, and the configured ones. A configured profile
    /// replaces a built-in one of the same name.
    pub fn new(configured: impl IntoIterator<Item = Profile>) -> Profiles {
        let builtin = [rooms::profile(), rooms::landlord_profile()];
        let all = builtin.into_iter().chain(configured);
        Profiles(
            all.map(|profile| (profile.name().to_owned(), profile))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Profile> {
        self.0.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Default for Profiles {
    fn default() -> Profiles {
        Profiles::new([])
    }
}
