//! What is this process told to do, and by whom?
//!
//! The one place where configuration is read. Four layers, a later one wins: defaults, a TOML
//! file, the environment, flags; profiles come from the file alone. Everything is checked here, before any work starts.

mod layers;
mod profiles;
mod settings;
mod show;

pub(crate) use layers::{Flags, Layers, crash_at};
pub(crate) use show::without_password;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use roost_engine::{Profile, Typos};

/// The configuration in force: every value is valid.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where Postgres is; `roost demo` starts a private one when this is not set.
    pub(crate) database_url: Option<String>,
    /// Where the index is kept. Derived: it can be deleted at any time.
    pub(crate) data_dir: PathBuf,
    /// Where the API listens.
    pub(crate) listen: SocketAddr,
    /// The replication slot that this node follows.
    pub(crate) slot: String,
    /// The publication that names the tables to follow.
    pub(crate) publication: String,
    /// Where NATS is, if a stream of it brings the changes instead of a slot of this node's own.
    pub(crate) nats_url: Option<String>,
    /// The stream that brings the changes.
    pub(crate) nats_stream: String,
    /// Certificates that an encrypted connection to NATS trusts besides those of the system.
    pub(crate) nats_ca_file: Option<PathBuf>,
    /// The index commits when this much time has passed since the first change...
    pub(crate) commit_interval: Duration,
    /// ...or when this many changes wait, whichever comes first.
    pub(crate) commit_changes_max: usize,
    /// How long the stream of changes may bring nothing before it is given up.
    pub(crate) silence_max: Duration,
    /// How many rows that cannot be converted may be left out before the index follows no further.
    pub(crate) dead_letters_max: usize,
    /// How many typos words may have in a search that does not say itself.
    pub(crate) typos: Typos,
    /// Where so many documents hold every word of a search, all words are required.
    pub(crate) match_enough: u64,
    /// What words mean the same, a line each group.
    pub(crate) synonyms_file: Option<PathBuf>,
    /// What words are not looked for.
    pub(crate) stop_words_file: Option<PathBuf>,
    /// What a synonym counts, in percent of the word itself.
    pub(crate) synonym_percent: u8,
    /// Whether cities of the shipped venues are found by their other names.
    pub(crate) place_names: bool,
    /// Whether words of rooms are found by their usual short forms and second names.
    pub(crate) room_words: bool,
    /// How long a search may take that does not say itself.
    pub(crate) search_timeout: Duration,
    /// How log lines look.
    pub(crate) log_format: LogFormat,
    /// Which log lines are written, as a `tracing` filter.
    pub(crate) log: String,
    /// The profiles that searches may name, beside the built-in ones or in their place.
    pub(crate) profiles: Vec<Profile>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line of text for a person.
    Text,
    /// One JSON object a line for a collector.
    Json,
}

impl Config {
    /// The address of Postgres, for the subcommands that cannot work without one.
    pub(crate) fn database_url(&self) -> anyhow::Result<&str> {
        self.database_url.as_deref().ok_or_else(|| {
            anyhow::anyhow!(
                "database_url is not set: expected a URL such as \
                 postgres://user:password@host:5432/database, given by --database-url, by \
                 ROOST_DATABASE_URL or DATABASE_URL, or by database_url in roost.toml"
            )
        })
    }
}

#[cfg(test)]
mod tests;
