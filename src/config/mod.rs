//! The configuration of this process, read and checked in one place before any work starts.
//!
//! Four layers, later ones override earlier ones: defaults, a TOML file, environment variables,
//! flags. Match-score profiles and collections come from the file alone.

mod collections;
mod environment;
mod flags;
mod keys;
mod layers;
mod profiles;
mod secrets;
mod section;
mod values;

pub(crate) use environment::crash_at;
pub(crate) use flags::{
    AllKeys, DatabaseKeys, FolderKeys, HELP, IndexKeys, KeyFlags, NodeKeys, PublishKeys, SlotKeys,
};
pub(crate) use layers::{Flags, Layers};
pub(crate) use secrets::without_password;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use roost_api::{AnonymousAccess, Origins, ServerOptions, TrustedProxies};
use roost_collections::Declared;
use roost_engine::{Collection, Profile, Typos};
use roost_indexer::{FollowConfig, Tables};

/// The configuration in effect, with valid values only.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The URL of Postgres; `roost demo` starts a private cluster if it is not set.
    pub(crate) database_url: Option<String>,
    /// The folder of the index, which is derived data and can be deleted at any time.
    pub(crate) data_dir: PathBuf,
    /// The address of the API.
    pub(crate) listen: SocketAddr,
    /// The number of connections; if it is not set, it follows from the limit of descriptors.
    pub(crate) connections_max: Option<usize>,
    /// The number of connections of one client; half of all if it is not set.
    pub(crate) connections_per_address_max: Option<usize>,
    /// The proxies whose `X-Forwarded-For` header names the client.
    pub(crate) trusted_proxies: TrustedProxies,
    /// The web origins whose pages may call the API.
    pub(crate) cors_origins: Origins,
    /// What anonymous callers may read.
    pub(crate) anonymous: AnonymousAccess,
    /// The number of connections to Postgres for actions.
    pub(crate) write_connections_max: u32,
    /// The number of jobs that run at the same time; 0 for a node that runs none.
    pub(crate) workers: u32,
    /// The file of the keys that sign access tokens; in the data folder if it is not set.
    pub(crate) token_keys_file: Option<PathBuf>,
    /// Whether students can pay by a provider that moves no money.
    pub(crate) payment_sandbox: bool,
    /// The SMTP server that sends mail; mail is written into the data folder if it is not set.
    pub(crate) smtp_url: Option<String>,
    /// The sender of mail.
    pub(crate) mail_from: String,
    /// The replication slot of this node.
    pub(crate) slot: String,
    /// The publication that names the tables to follow.
    pub(crate) publication: String,
    /// The URL of NATS, if this node reads changes from there instead of its own slot.
    pub(crate) nats_url: Option<String>,
    /// The JetStream stream of the changes.
    pub(crate) nats_stream: String,
    /// Certificates that encrypted connections to NATS trust besides those of the system.
    pub(crate) nats_ca_file: Option<PathBuf>,
    /// The index commits this long after the first uncommitted change...
    pub(crate) commit_interval: Duration,
    /// ...or when this many changes wait, whichever comes first.
    pub(crate) commit_changes_max: usize,
    /// A stream of changes that is silent for longer is reconnected.
    pub(crate) silence_max: Duration,
    /// With more dead letters than this the index stops following.
    pub(crate) dead_letters_max: usize,
    /// The default of the search parameter `typos`.
    pub(crate) typos: Typos,
    /// Terms become optional when fewer documents than this match all of them.
    pub(crate) relax_below: u64,
    /// Synonyms, one group per line.
    pub(crate) synonyms_file: Option<PathBuf>,
    /// Words that searches ignore.
    pub(crate) stop_words_file: Option<PathBuf>,
    /// The weight of a synonym, in percent of the original word.
    pub(crate) synonym_percent: u8,
    /// Whether the shipped alternative names of cities are synonyms.
    pub(crate) place_names: bool,
    /// Whether the shipped abbreviations and synonyms of room features apply.
    pub(crate) room_words: bool,
    /// The default of the search parameter `timeout_ms`.
    pub(crate) search_timeout: Duration,
    /// The format of log lines.
    pub(crate) log_format: LogFormat,
    /// The filter of log lines, as in `tracing`.
    pub(crate) log: String,
    /// Profiles that searches may name; they add to the built-in ones or replace them.
    pub(crate) profiles: Vec<Profile>,
    /// The collections of the index: the built-in ones, then those of the file by name.
    pub(crate) collections: Vec<Declared>,
    /// The profile that ranks each collection of the file, unless a search names another.
    pub(crate) collection_profiles: BTreeMap<&'static str, Profile>,
    /// The tables that the index follows.
    pub(crate) tables: Tables,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line of text, for people.
    Text,
    /// One JSON object per line, for log collectors.
    Json,
}

impl Config {
    /// Returns the URL of Postgres, for subcommands that need one.
    pub(crate) fn database_url(&self) -> anyhow::Result<&str> {
        self.database_url.as_deref().ok_or_else(|| {
            anyhow::anyhow!(
                "database_url is not set: expected a URL such as \
                 postgres://user:password@host:5432/database, given by --database-url, by \
                 ROOST_DATABASE_URL or DATABASE_URL, or by database_url in roost.toml"
            )
        })
    }

    /// Returns the configuration of the follower.
    pub(crate) fn follow(&self, database_url: &str) -> anyhow::Result<FollowConfig> {
        Ok(FollowConfig {
            database: database_url.parse()?,
            slot: self.slot.parse()?,
            tables: self.tables.clone(),
            publication: self.publication.parse()?,
            commit_interval: self.commit_interval,
            commit_changes_max: self.commit_changes_max,
            silence_max: self.silence_max,
            dead_letters_max: self.dead_letters_max,
            #[cfg(feature = "nats")]
            nats: self.nats()?,
        })
    }

    /// Returns the file of the keys that sign access tokens.
    pub(crate) fn token_keys_file(&self) -> PathBuf {
        let default = || self.data_dir.join("token_keys.json");
        self.token_keys_file.clone().unwrap_or_else(default)
    }

    /// Returns the collections of the index without their declarations.
    pub(crate) fn engine_collections(&self) -> Vec<Collection> {
        let declared = self.collections.iter();
        declared.map(|declared| declared.collection).collect()
    }

    /// Returns the options of the HTTP server of a process that may open this many descriptors.
    pub(crate) fn server(&self, descriptors: u64) -> ServerOptions {
        ServerOptions::for_descriptors(
            descriptors,
            self.connections_max,
            self.connections_per_address_max,
            self.trusted_proxies.clone(),
        )
    }

    /// Returns a configuration whose values the defaults overwrite.
    fn empty() -> Self {
        Self {
            database_url: None,
            data_dir: PathBuf::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            connections_max: None,
            connections_per_address_max: None,
            trusted_proxies: TrustedProxies::default(),
            cors_origins: Origins::default(),
            anonymous: AnonymousAccess {
                search: false,
                metrics: false,
            },
            write_connections_max: 0,
            workers: 0,
            payment_sandbox: false,
            token_keys_file: None,
            smtp_url: None,
            mail_from: String::new(),
            slot: String::new(),
            publication: String::new(),
            nats_url: None,
            nats_stream: String::new(),
            nats_ca_file: None,
            commit_interval: Duration::ZERO,
            commit_changes_max: 0,
            silence_max: Duration::ZERO,
            dead_letters_max: 0,
            search_timeout: Duration::ZERO,
            typos: Typos::NONE,
            relax_below: 0,
            synonyms_file: None,
            stop_words_file: None,
            synonym_percent: 0,
            place_names: false,
            room_words: false,
            log_format: LogFormat::Text,
            log: String::new(),
            profiles: Vec::new(),
            collections: Vec::new(),
            collection_profiles: BTreeMap::new(),
            tables: Tables::of(&[]),
        }
    }

    /// Returns the configuration of NATS, if it is set.
    #[cfg(feature = "nats")]
    fn nats(&self) -> anyhow::Result<Option<roost_indexer::NatsConfig>> {
        let Some(url) = &self.nats_url else {
            return Ok(None);
        };
        Ok(Some(roost_indexer::NatsConfig {
            url: url.parse()?,
            stream: self.nats_stream.parse()?,
            ca_file: self.nats_ca_file.clone(),
        }))
    }
}

#[cfg(test)]
mod tests;
