//! The keys of the index, the searches and the log.

use clap::ValueEnum;
use roost_engine::Typos;
use tracing_subscriber::EnvFilter;

use super::key::{COMMON, Feature, Key};
use crate::config::LogFormat;
use crate::config::values::{
    has_certificates, is_name, is_nats_url, parse, parse_chars, parse_file, parse_in, parse_ms,
};

const NATS: Feature = Feature {
    name: "nats",
    is_enabled: cfg!(feature = "nats"),
};

/// How the index follows, how searches read it, and what is logged.
pub(super) const INDEX: &[Key] = &[
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
