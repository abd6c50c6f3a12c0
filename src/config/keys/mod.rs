//! The configuration keys: name, flag, default, range and reader of each in one table.

mod actions;
mod index;
mod key;
mod node;

pub(super) use key::Key;

/// All keys, in the order in which `roost config` prints them.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    [node::NODE, actions::ACTIONS, index::INDEX]
        .into_iter()
        .flatten()
}
