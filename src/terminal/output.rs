//! How does a command say something to whoever runs it?
//!
//! `say!` prints a line to stdout, which is the command's answer, and `note!` one to stderr. Neither stops
//! the command. A reader that has gone, as `head` does, has what it wanted: the command does its work and
//! ends with its own exit code. Where stdout can't be written for another reason, it ends with an error.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use anyhow::anyhow;

/// Why the answer is not whole.
static FAILURE: OnceLock<io::Error> = OnceLock::new();

macro_rules! say {
    ($($text:tt)*) => { $crate::output::answer(format_args!($($text)*)) };
}

macro_rules! note {
    ($($text:tt)*) => { $crate::output::aside(format_args!($($text)*)) };
}

pub(crate) fn answer(line: Arguments<'_>) {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            // The first tells what is wrong.
            let _known = FAILURE.set(error);
        }
        _ => {}
    }
}

pub(crate) fn aside(line: Arguments<'_>) {
    // There is nowhere to say that this failed.
    let _failed = writeln!(io::stderr(), "{line}");
}

/// Whether all that was said to stdout has come there.
pub(crate) fn check() -> anyhow::Result<()> {
    match FAILURE.get() {
        Some(error) => Err(anyhow!("cannot write to stdout: {error}")),
        None => Ok(()),
    }
}
