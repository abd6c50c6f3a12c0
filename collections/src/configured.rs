//! What collections that a user declares have in common.

use roost_engine::{Component, Profile};

use crate::rooms::built_in_profile;

/// The profile of a collection that names no other: mostly text, and distance if the query has a
/// center. The other components need fields that such a collection need not have.
pub fn profile() -> Profile {
    let weights = [(Component::Text, 100.0), (Component::Distance, 30.0)];
    built_in_profile("place", 0.0, &weights)
}
