//! Command-line flags, generated from the table of configuration keys.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::keys::{Key, keys};
use super::layers::Flags;

/// Ends the help of each subcommand that reads the configuration.
pub(crate) const HELP: &str = "Configuration: each key can be set in a TOML file (--config, \
    ROOST_CONFIG, or ./roost.toml if it exists), in an environment variable (ROOST_ and the key in \
    capitals), or by a flag. Flags override the environment, which overrides the file. DATABASE_URL \
    is used if ROOST_DATABASE_URL is not set. Match-score profiles and collections can only be set in the file. \
    `roost config` prints the configuration in effect.";

/// The id of the flag that names the configuration file.
const FILE: &str = "config";

/// A set of configuration keys that a subcommand reads.
pub(crate) trait KeySet {
    /// The names of the keys.
    fn names() -> Vec<&'static str>;

    /// Defaults that differ from the general ones.
    fn defaults() -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
}

const DATABASE: [&str; 3] = ["database_url", "log", "log_format"];
const NATS: [&str; 3] = ["nats_url", "nats_stream", "nats_ca_file"];

/// Keys of subcommands that only need the database.
pub(crate) enum DatabaseKeys {}

/// Keys of subcommands that act on one slot.
pub(crate) enum SlotKeys {}

/// Keys of subcommands that call a running node.
pub(crate) enum NodeKeys {}

/// Keys of subcommands that call a running node and need its folder.
pub(crate) enum FolderKeys {}

/// Keys of subcommands that also read the index.
pub(crate) enum IndexKeys {}

/// Keys of the publisher.
pub(crate) enum PublishKeys {}

/// All keys.
pub(crate) enum AllKeys {}

impl KeySet for DatabaseKeys {
    fn names() -> Vec<&'static str> {
        DATABASE.to_vec()
    }
}

impl KeySet for SlotKeys {
    fn names() -> Vec<&'static str> {
        [&DATABASE[..], &["slot"]].concat()
    }
}

impl KeySet for NodeKeys {
    fn names() -> Vec<&'static str> {
        vec!["listen"]
    }
}

impl KeySet for FolderKeys {
    fn names() -> Vec<&'static str> {
        vec!["listen", "data_dir"]
    }
}

impl KeySet for IndexKeys {
    fn names() -> Vec<&'static str> {
        [&DATABASE[..], &["data_dir", "slot", "publication"], &NATS].concat()
    }
}

impl KeySet for PublishKeys {
    fn names() -> Vec<&'static str> {
        let own = ["slot", "publication", "silence_max_ms"];
        [&DATABASE[..], &own, &NATS].concat()
    }

    fn defaults() -> Vec<(&'static str, &'static str)> {
        vec![("slot", "roost_publish")]
    }
}

impl KeySet for AllKeys {
    fn names() -> Vec<&'static str> {
        keys().map(|key| key.name).collect()
    }
}

/// The flags of a set of keys, and `--config`.
pub(crate) struct KeyFlags<S> {
    flags: Flags,
    set: PhantomData<S>,
}

impl<S> From<KeyFlags<S>> for Flags {
    fn from(flags: KeyFlags<S>) -> Flags {
        flags.flags
    }
}

impl<S> fmt::Debug for KeyFlags<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flags.fmt(f)
    }
}

impl<S: KeySet> Args for KeyFlags<S> {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new(FILE)
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("The configuration file [default: roost.toml if it exists]");
        let names = S::names();
        let keys = keys().filter(|key| names.contains(&key.name));
        command
            .after_help(HELP)
            .arg(file)
            .args(keys.map(|key| flag::<S>(key)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: KeySet> FromArgMatches for KeyFlags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |name: &'static str| {
            let text = matches.get_one::<String>(name)?;
            Some((name, text.clone()))
        };
        Ok(Self {
            flags: Flags {
                file: matches.get_one::<PathBuf>(FILE).cloned(),
                values: S::names().into_iter().filter_map(value).collect(),
                defaults: S::defaults(),
            },
            set: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flag<S: KeySet>(key: &Key) -> Arg {
    let own = S::defaults()
        .into_iter()
        .find(|(name, _)| *name == key.name);
    let help = match own.map(|(_, default)| default).or(key.default) {
        Some(default) => format!("{} [default: {default}]", key.help),
        None => key.help.to_owned(),
    };
    Arg::new(key.name)
        .long(key.flag().trim_start_matches("--").to_owned())
        .value_name(key.value_name)
        .help(help)
}
