//! Dead letters: rows that could not be converted, kept in the table `dead_letters`.

pub(crate) mod letters;
pub(crate) mod table;
