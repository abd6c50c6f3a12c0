//! The configuration keys: name, flag, default, range and reader of each in one table.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use roost_engine::Typos;
use roost_market::accounts::Email;
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;

use super::values::{
    has_certificates, is_name, is_nats_url, is_smtp_url, parse, parse_chars, parse_file, parse_in,
    parse_ms, parse_some_in,
};
use super::{Config, LogFormat};

/// One key of the configuration.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// The placeholder of the value in `--help`.
    pub(super) value_name: &'static str,
    /// The help of the flag.
    pub(super) help: &'static str,
    /// None if the key has no value unless one is set.
    pub(super) default: Option<&'static str>,
    /// Ends the sentence "expected ...".
    pub(super) expected: &'static str,
    /// The cargo feature that the key needs.
    pub(super) feature: Option<Feature>,
    /// Parses a value into the configuration, and returns whether it is valid.
    pub(super) set: fn(&mut Config, &str) -> bool,
}

/// A cargo feature of this crate.
#[derive(Clone, Copy)]
pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) is_enabled: bool,
}

impl Key {
    /// The environment variable of this key.
    pub(super) fn variable(&self) -> String {
        format!("ROOST_{}", self.name.to_uppercase())
    }

    /// The flag of this key.
    pub(super) fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

const NATS: Feature = Feature {
    name: "nats",
    is_enabled: cfg!(feature = "nats"),
};

const SMTP: Feature = Feature {
    name: "smtp",
    is_enabled: cfg!(feature = "smtp"),
};

/// The fields that most keys share.
const COMMON: Key = Key {
    name: "",
    value_name: "N",
    help: "",
    default: None,
    expected: "",
    feature: None,
    set: |_, _| false,
};

/// All keys, in the order in which `roost config` prints them.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "database_url",
        value_name: "URL",
        help: "The URL of Postgres, such as postgres://user:password@host:5432/database",
        expected: "a URL such as postgres://user:password@host:5432/database",
        set: |config, text| {
            let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
            config.database_url = Some(text.to_owned());
            is_postgres && PgConnectOptions::from_str(text).is_ok()
        },
        ..COMMON
    },
    Key {
        name: "data_dir",
        value_name: "FOLDER",
        help: "The folder of the index",
        default: Some(".roost/data"),
        expected: "the path of a folder",
        set: |config, text| {
            config.data_dir = PathBuf::from(text);
            !text.is_empty() && !config.data_dir.is_file()
        },
        ..COMMON
    },
    Key {
        name: "listen",
        value_name: "ADDRESS",
        help: "The address of the API",
        default: Some("127.0.0.1:8080"),
        expected: "an IP address and a port such as 127.0.0.1:8080 or [::1]:8080",
        set: |config, text| parse(text, &mut config.listen),
        ..COMMON
    },
    Key {
        name: "connections_max",
        help: "The maximum number of connections; by default as many as descriptors allow",
        expected: "a whole number from 1 to 1000000",
        set: |config, text| parse_some_in(text, 1..=1_000_000, &mut config.connections_max),
        ..COMMON
    },
    Key {
        name: "connections_per_address_max",
        help: "The maximum number of connections of one client; by default half of all",
        expected: "a whole number from 1 to 1000000",
        set: |config, text| {
            parse_some_in(text, 1..=1_000_000, &mut config.connections_per_address_max)
        },
        ..COMMON
    },
    Key {
        name: "trusted_proxies",
        value_name: "NETWORKS",
        help: "Proxies whose X-Forwarded-For header names the client, such as 10.0.0.0/8,::1",
        expected: "IP addresses and networks separated by commas, such as 10.0.0.0/8,::1",
        set: |config, text| parse(text, &mut config.trusted_proxies),
        ..COMMON
    },
    Key {
        name: "write_connections_max",
        help: "The maximum number of connections to Postgres for actions; searches use none",
        default: Some("10"),
        expected: "a whole number from 1 to 1000",
        set: |config, text| parse_in(text, 1..=1_000, &mut config.write_connections_max),
        ..COMMON
    },
    Key {
        name: "workers",
        help: "Run this many jobs at the same time, such as mail; 0 for none",
        default: Some("2"),
        expected: "a whole number from 0 to 100",
        set: |config, text| parse_in(text, 0..=100, &mut config.workers),
        ..COMMON
    },
    Key {
        name: "token_keys_file",
        value_name: "FILE",
        help: "The keys of access tokens; by default token_keys.json in the data folder",
        expected: "the path of a file, which is created if it does not exist",
        set: |config, text| {
            config.token_keys_file = Some(PathBuf::from(text));
            !text.is_empty() && !Path::new(text).is_dir()
        },
        ..COMMON
    },
    Key {
        name: "smtp_url",
        value_name: "URL",
        help: "The SMTP server for mail, such as smtps://user:password@host",
        expected: "a URL such as smtps://user:password@host or smtp://host:587?tls=required",
        set: |config, text| {
            config.smtp_url = Some(text.to_owned());
            is_smtp_url(text)
        },
        feature: Some(SMTP),
        ..COMMON
    },
    Key {
        name: "mail_from",
        value_name: "ADDRESS",
        help: "The sender of mail",
        default: Some("roost@localhost"),
        expected: "an e-mail address such as rooms@example.com",
        set: |config, text| {
            config.mail_from = text.to_owned();
            Email::new("mail_from", text).is_ok()
        },
        ..COMMON
    },
    Key {
        name: "slot",
        value_name: "NAME",
        help: "The replication slot of this node",
        default: Some("roost"),
        expected: "1 to 60 of the characters a-z, 0-9 and _, a different slot for each node",
        set: |config, text| {
            config.slot = text.to_owned();
            is_name(text)
        },
        ..COMMON
    },
    Key {
        name: "publication",
        value_name: "NAME",
        help: "The publication that names the tables to follow",
        default: Some("roost"),
        expected: "1 to 60 of the characters a-z, 0-9 and _",
        set: |config, text| {
            config.publication = text.to_owned();
            is_name(text)
        },
        ..COMMON
    },
    Key {
        name: "nats_url",
        value_name: "URL",
        help: "The URL of NATS, such as nats://user:password@host:4222",
        expected: "a URL such as nats://user:password@host:4222, with tls:// for an encrypted \
                   connection, and commas between the servers of a cluster",
        feature: Some(NATS),
        set: |config, text| {
            config.nats_url = Some(text.to_owned());
            is_nats_url(text)
        },
        ..COMMON
    },
    Key {
        name: "nats_stream",
        value_name: "NAME",
        help: "The JetStream stream of the changes",
        default: Some("roost"),
        expected: "1 to 60 of the characters a-z, 0-9 and _",
        feature: Some(NATS),
        set: |config, text| {
            config.nats_stream = text.to_owned();
            is_name(text)
        },
    },
    Key {
        name: "nats_ca_file",
        value_name: "FILE",
        help: "PEM certificates that tls:// connections to NATS trust besides those of the system",
        expected: "the path of a file of certificates in PEM format",
        feature: Some(NATS),
        set: |config, text| parse_file(text, &mut config.nats_ca_file) && has_certificates(text),
        ..COMMON
    },
    Key {
        name: "commit_interval_ms",
        value_name: "MS",
        help: "Commit the index this long after a change",
        default: Some("200"),
        expected: "milliseconds, a whole number from 1 to 60000",
        set: |config, text| parse_ms(text, 1..=60_000, &mut config.commit_interval),
        ..COMMON
    },
    Key {
        name: "commit_changes_max",
        help: "Commit the index when this many changes wait",
        default: Some("10000"),
        expected: "a whole number from 1 to 1000000",
        set: |config, text| parse_in(text, 1..=1_000_000, &mut config.commit_changes_max),
        ..COMMON
    },
    Key {
        name: "silence_max_ms",
        value_name: "MS",
        help: "Reconnect a stream of changes that is silent for this long",
        default: Some("60000"),
        expected: "milliseconds, a whole number from 1000 to 600000",
        set: |config, text| parse_ms(text, 1_000..=600_000, &mut config.silence_max),
        ..COMMON
    },
    Key {
        name: "dead_letters_max",
        help: "Stop following with more dead letters than this",
        default: Some("1000"),
        expected: "a whole number from 0 to 1000000",
        set: |config, text| parse_in(text, 0..=1_000_000, &mut config.dead_letters_max),
        ..COMMON
    },
    Key {
        name: "search_timeout_ms",
        value_name: "MS",
        help: "Stop searches after this long unless they set timeout_ms",
        default: Some("1000"),
        expected: "milliseconds, a whole number from 1 to 10000",
        set: |config, text| parse_ms(text, 1..=10_000, &mut config.search_timeout),
        ..COMMON
    },
    Key {
        name: "typos",
        help: "The maximum typos per word, 0 to 2, of searches that do not set typos",
        default: Some("2"),
        expected: "0, 1 or 2",
        set: |config, text| parse_in(text, 0..=Typos::MAX, &mut config.typos.max),
        ..COMMON
    },
    Key {
        name: "one_typo_min_chars",
        help: "Allow one typo in words of at least this many characters",
        default: Some("4"),
        expected: "a whole number from 1 to 64",
        set: |config, text| parse_chars(text, &mut config.typos.one_typo_min_chars),
        ..COMMON
    },
    Key {
        name: "two_typos_min_chars",
        help: "Allow two typos in words of at least this many characters",
        default: Some("8"),
        expected: "a whole number from 1 to 64",
        set: |config, text| parse_chars(text, &mut config.typos.two_typos_min_chars),
        ..COMMON
    },
    Key {
        name: "relax_below",
        help: "Make terms optional when fewer documents than this match all of them",
        default: Some("20"),
        expected: "a whole number from 0 to 10000",
        set: |config, text| parse_in(text, 0..=10_000, &mut config.relax_below),
        ..COMMON
    },
    Key {
        name: "synonyms_file",
        value_name: "FILE",
        help: "A file of synonyms",
        expected: "the path of an existing file",
        set: |config, text| parse_file(text, &mut config.synonyms_file),
        ..COMMON
    },
    Key {
        name: "stop_words_file",
        value_name: "FILE",
        help: "A file of words that searches ignore",
        expected: "the path of an existing file",
        set: |config, text| parse_file(text, &mut config.stop_words_file),
        ..COMMON
    },
    Key {
        name: "synonym_percent",
        value_name: "PERCENT",
        help: "The weight of a synonym, in percent of the original word",
        default: Some("90"),
        expected: "a whole number from 1 to 100",
        set: |config, text| parse_in(text, 1..=100, &mut config.synonym_percent),
        ..COMMON
    },
    Key {
        name: "place_names",
        value_name: "BOOL",
        help: "Find cities by their alternative names, true or false",
        default: Some("true"),
        expected: "true or false",
        set: |config, text| parse(text, &mut config.place_names),
        ..COMMON
    },
    Key {
        name: "room_words",
        value_name: "BOOL",
        help: "Find room features by their abbreviations and synonyms, true or false",
        default: Some("false"),
        expected: "true or false",
        set: |config, text| parse(text, &mut config.room_words),
        ..COMMON
    },
    Key {
        name: "log_format",
        value_name: "FORMAT",
        help: "The format of log lines, text or json",
        default: Some("text"),
        expected: "text or json",
        set: |config, text| match LogFormat::from_str(text, false) {
            Ok(format) => {
                config.log_format = format;
                true
            }
            Err(_) => false,
        },
        ..COMMON
    },
    Key {
        name: "log",
        value_name: "FILTER",
        help: "The filter of log lines, such as info or info,roost_indexer=debug",
        default: Some("info"),
        expected: "a filter such as info, warn or info,roost_indexer=debug",
        set: |config, text| {
            config.log = text.to_owned();
            !text.trim().is_empty() && EnvFilter::try_new(text).is_ok()
        },
        ..COMMON
    },
];
