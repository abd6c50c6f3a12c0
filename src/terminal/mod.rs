//! Output for people: lines, tables and progress bars.

#[macro_use]
mod output;
pub(crate) mod progress;
mod table;

pub(crate) use output::{check_written, write_stderr, write_stdout};
pub(crate) use table::print_table;
