//! `say!` prints a line to stdout, `note!` one to stderr; neither panics on a closed pipe.
//!
//! A reader may close the pipe early, as `head` does. The command then finishes its work and ends
//! with its own exit code. Any other write error on stdout makes the command fail at its end.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use anyhow::anyhow;

/// The first write error on stdout.
static FAILURE: OnceLock<io::Error> = OnceLock::new();

macro_rules! say {
    ($($text:tt)*) => { $crate::terminal::write_stdout(format_args!($($text)*)) };
}

macro_rules! note {
    ($($text:tt)*) => { $crate::terminal::write_stderr(format_args!($($text)*)) };
}

/// Writes a line to stdout. Call it through `say!`.
pub(crate) fn write_stdout(line: Arguments<'_>) {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            // Later errors follow from the first.
            let _already_set = FAILURE.set(error);
        }
        _ => {}
    }
}

/// Writes a line to stderr. Call it through `note!`.
pub(crate) fn write_stderr(line: Arguments<'_>) {
    // An error on stderr has nowhere to be reported.
    let _failed = writeln!(io::stderr(), "{line}");
}

/// Returns an error if stdout is incomplete.
pub(crate) fn check_written() -> anyhow::Result<()> {
    match FAILURE.get() {
        Some(error) => Err(anyhow!("cannot write to stdout: {error}")),
        None => Ok(()),
    }
}
