//! Dead letters: rows that could not be converted, kept in the table `dead_letters`.

mod commands;
mod letter;
mod rejected_rows;
mod table;

pub use commands::{
    DeadLetter, DeadLetterFilter, drop_dead_letters, list_dead_letters, retry_dead_letters,
};

pub(crate) use commands::parse_retry;
pub(crate) use rejected_rows::DeadLetters;
pub(crate) use table::{copy_to_slot, write_problem};
