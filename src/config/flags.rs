//! Which flags does each subcommand take?

use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, Flags, Layers};
use crate::logging;

/// Ends the help of every subcommand that reads the configuration.
pub(crate) const HELP: &str = "Configuration: each key can stand in a TOML file (--config, \
    ROOST_CONFIG, or ./roost.toml if it is there), in the environment as ROOST_ and its name in \
    capitals, or in a flag; a later one of these three wins. DATABASE_URL is read when \
    ROOST_DATABASE_URL is not set. Profiles of the match score stand in the file only. `roost config` \
    prints what is in force.";

/// For what needs the database only.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct DatabaseFlags {
    /// The configuration file [default: roost.toml if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where Postgres is, such as postgres://user:password@host:5432/database
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Which log lines to write, such as info or info,roost_indexer=debug [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How log lines look: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

/// For what concerns one node's place in the stream of changes.
#[derive(Debug, Args)]
pub(crate) struct SlotFlags {
    #[command(flatten)]
    database: DatabaseFlags,
    /// The replication slot of the node [default: roost]
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
}

/// For what asks a running node.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct NodeFlags {
    /// The configuration file [default: roost.toml if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the node's API listens [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

/// For what asks a running node through its folder.
#[derive(Debug, Args)]
pub(crate) struct FolderFlags {
    #[command(flatten)]
    node: NodeFlags,
    /// Where the node keeps its index [default: .roost/data]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
}

/// For what needs the index too.
#[derive(Debug, Args)]
pub(crate) struct IndexFlags {
    #[command(flatten)]
    database: DatabaseFlags,
    /// Where the index is kept [default: .roost/data]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// The replication slot of this node [default: roost]
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
    /// The publication that names the tables to follow [default: roost]
    #[arg(long, value_name = "NAME")]
    publication: Option<String>,
    #[command(flatten)]
    nats: NatsFlags,
}

/// For what publishes the changes for many nodes.
#[derive(Debug, Args)]
pub(crate) struct PublishFlags {
    #[command(flatten)]
    database: DatabaseFlags,
    /// The replication slot of the publisher [default: roost_publish]
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
    /// The publication that names the tables to follow [default: roost]
    #[arg(long, value_name = "NAME")]
    publication: Option<String>,
    #[command(flatten)]
    nats: NatsFlags,
    /// Give up a stream of changes that brings nothing for so long [default: 60000]
    #[arg(long, value_name = "MS")]
    silence_max_ms: Option<String>,
}

/// For what has to do with the stream of many nodes.
#[derive(Debug, Args)]
pub(crate) struct NatsFlags {
    /// Where NATS is, such as nats://user:password@host:4222
    #[arg(long, value_name = "URL")]
    nats_url: Option<String>,
    /// The JetStream stream of the changes [default: roost]
    #[arg(long, value_name = "NAME")]
    nats_stream: Option<String>,
    /// Certificates in PEM format that a tls:// connection trusts besides those of the system
    #[arg(long, value_name = "FILE")]
    nats_ca_file: Option<String>,
}

/// For what runs a node.
#[derive(Debug, Args)]
pub(crate) struct AllFlags {
    #[command(flatten)]
    index: IndexFlags,
    /// Where the API listens [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Commit the index this long after a change [default: 200]
    #[arg(long, value_name = "MS")]
    commit_interval_ms: Option<String>,
    /// Commit the index when this many changes wait [default: 10000]
    #[arg(long, value_name = "N")]
    commit_changes_max: Option<String>,
    /// Give up a stream of changes that brings nothing for so long [default: 60000]
    #[arg(long, value_name = "MS")]
    silence_max_ms: Option<String>,
    /// Stop following when more rows than this cannot be converted [default: 1000]
    #[arg(long, value_name = "N")]
    dead_letters_max: Option<String>,
    /// Stop a search that does not say itself after this long [default: 1000]
    #[arg(long, value_name = "MS")]
    search_timeout_ms: Option<String>,
    /// Let a word of a search that does not say itself have so many typos, 0 to 2 [default: 2]
    #[arg(long, value_name = "N")]
    typos: Option<String>,
    /// Let shorter words have no typo [default: 4]
    #[arg(long, value_name = "LETTERS")]
    one_typo_from_letters: Option<String>,
    /// Let shorter words have one typo at most [default: 8]
    #[arg(long, value_name = "LETTERS")]
    two_typos_from_letters: Option<String>,
    /// Let a search find what lacks some of its words where fewer hold all of them [default: 20]
    #[arg(long, value_name = "N")]
    match_enough: Option<String>,
    /// Let words of a search stand for others that this file names
    #[arg(long, value_name = "FILE")]
    synonyms_file: Option<String>,
    /// Leave words of this file out of searches
    #[arg(long, value_name = "FILE")]
    stop_words_file: Option<String>,
    /// Let a synonym count so many percent of the word itself [default: 90]
    #[arg(long, value_name = "PERCENT")]
    synonym_percent: Option<String>,
    /// Find cities by their other names, true or false [default: true]
    #[arg(long, value_name = "BOOL")]
    place_names: Option<String>,
    /// Find words of rooms by their usual short forms, true or false [default: false]
    #[arg(long, value_name = "BOOL")]
    room_words: Option<String>,
}

impl DatabaseFlags {
    pub(crate) fn into_flags(self) -> Flags {
        let mut flags = Flags {
            file: self.config,
            ..Flags::default()
        };
        put(&mut flags, "database_url", self.database_url);
        put(&mut flags, "log", self.log);
        put(&mut flags, "log_format", self.log_format);
        flags
    }
}

impl SlotFlags {
    pub(crate) fn into_flags(self) -> Flags {
        let mut flags = self.database.into_flags();
        put(&mut flags, "slot", self.slot);
        flags
    }
}

impl NodeFlags {
    pub(crate) fn into_flags(self) -> Flags {
        let mut flags = Flags {
            file: self.config,
            ..Flags::default()
        };
        put(&mut flags, "listen", self.listen);
        flags
    }
}

impl FolderFlags {
    pub(crate) fn into_flags(self) -> Flags {
        let mut flags = self.node.into_flags();
        put(&mut flags, "data_dir", self.data_dir);
        flags
    }
}

impl IndexFlags {
    pub(crate) fn into_flags(self) -> Flags {
        let mut flags = self.database.into_flags();
        put(&mut flags, "data_dir", self.data_dir);
        put(&mut flags, "slot", self.slot);
        put(&mut flags, "publication", self.publication);
        self.nats.put_into(&mut flags);
        flags
    }
}

impl PublishFlags {
    pub(crate) fn into_flags(self) -> Flags {
        let mut flags = self.database.into_flags();
        flags.defaults.push(("slot", "roost_publish"));
        put(&mut flags, "slot", self.slot);
        put(&mut flags, "publication", self.publication);
        self.nats.put_into(&mut flags);
        put(&mut flags, "silence_max_ms", self.silence_max_ms);
        flags
    }
}

impl NatsFlags {
    fn put_into(self, flags: &mut Flags) {
        put(flags, "nats_url", self.nats_url);
        put(flags, "nats_stream", self.nats_stream);
        put(flags, "nats_ca_file", self.nats_ca_file);
    }
}

impl AllFlags {
    pub(crate) fn into_flags(self) -> Flags {
        let mut flags = self.index.into_flags();
        put(&mut flags, "listen", self.listen);
        put(&mut flags, "commit_interval_ms", self.commit_interval_ms);
        put(&mut flags, "commit_changes_max", self.commit_changes_max);
        put(&mut flags, "silence_max_ms", self.silence_max_ms);
        put(&mut flags, "dead_letters_max", self.dead_letters_max);
        put(&mut flags, "search_timeout_ms", self.search_timeout_ms);
        put(&mut flags, "typos", self.typos);
        put(
            &mut flags,
            "one_typo_from_letters",
            self.one_typo_from_letters,
        );
        put(
            &mut flags,
            "two_typos_from_letters",
            self.two_typos_from_letters,
        );
        put(&mut flags, "match_enough", self.match_enough);
        put(&mut flags, "synonyms_file", self.synonyms_file);
        put(&mut flags, "stop_words_file", self.stop_words_file);
        put(&mut flags, "synonym_percent", self.synonym_percent);
        put(&mut flags, "place_names", self.place_names);
        put(&mut flags, "room_words", self.room_words);
        flags
    }
}

impl Flags {
    /// Reads and checks the configuration, and begins to log as it says.
    pub(crate) fn start(&self) -> anyhow::Result<Config> {
        let config = Layers::read(self)?.check()?;
        logging::start(&config)?;
        Ok(config)
    }
}

fn put(flags: &mut Flags, key: &'static str, value: Option<String>) {
    flags.values.extend(value.map(|text| (key, text)));
}
