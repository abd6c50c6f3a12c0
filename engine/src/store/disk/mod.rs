//! The files of a store: generation folders, the directory of an index, and pinned commits.

pub(crate) mod directory;
pub(crate) mod generation_folders;
pub(crate) mod open;
pub(crate) mod pinned_commit;
