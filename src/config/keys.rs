//! Which keys are there, what is each one's default, and what may it be?

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use roost_engine::Typos;
use roost_indexer::NatsUrl;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;

use super::{Config, LogFormat};

/// One key of the configuration.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// None when the key has no value unless somebody gives one.
    pub(super) default: Option<&'static str>,
    /// Ends the sentence "expected ...".
    pub(super) expected: &'static str,
    /// Checks a value and puts it into the configuration; false when it is not valid.
    pub(super) put: fn(&mut Config, &str) -> bool,
}

impl Key {
    /// The environment variable of this key.
    pub(super) fn variable(&self) -> String {
        format!("ROOST_{}", self.name.to_uppercase())
    }

    /// The flag of this key, as one types it.
    pub(super) fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

/// Every key, in the order in which `roost config` prints them.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "database_url",
        default: None,
        expected: "a URL such as postgres://user:password@host:5432/database",
        put: |config, text| {
            let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
            config.database_url = Some(text.to_owned());
            is_postgres && PgConnectOptions::from_str(text).is_ok()
        },
    },
    Key {
        name: "data_dir",
        default: Some(".roost/data"),
        expected: "the path of a folder",
        put: |config, text| {
            config.data_dir = PathBuf::from(text);
            !text.is_empty() && !config.data_dir.is_file()
        },
    },
    Key {
        name: "listen",
        default: Some("127.0.0.1:8080"),
        expected: "an IP address and a port such as 127.0.0.1:8080 or [::1]:8080",
        put: |config, text| parse(text, &mut config.listen),
    },
    Key {
        name: "slot",
        default: Some("roost"),
        expected: "1 to 60 of the characters a-z, 0-9 and _, one slot a node",
        put: |config, text| {
            config.slot = text.to_owned();
            is_postgres_name(text)
        },
    },
    Key {
        name: "publication",
        default: Some("roost"),
        expected: "1 to 60 of the characters a-z, 0-9 and _",
        put: |config, text| {
            config.publication = text.to_owned();
            is_postgres_name(text)
        },
    },
    Key {
        name: "nats_url",
        default: None,
        expected: "a URL such as nats://user:password@host:4222, tls:// for an encrypted connection, \
                   several with commas between them for a cluster",
        put: |config, text| {
            config.nats_url = Some(text.to_owned());
            text.parse::<NatsUrl>().is_ok()
        },
    },
    Key {
        name: "nats_stream",
        default: Some("roost"),
        expected: "1 to 60 of the characters a-z, 0-9 and _",
        put: |config, text| {
            config.nats_stream = text.to_owned();
            is_postgres_name(text)
        },
    },
    Key {
        name: "nats_ca_file",
        default: None,
        expected: "the path of a file of certificates in PEM format",
        put: |config, text| put_file(text, &mut config.nats_ca_file) && has_certificates(text),
    },
    Key {
        name: "commit_interval_ms",
        default: Some("200"),
        expected: "milliseconds, a whole number from 1 to 60000",
        put: |config, text| put_ms(text, 1..=60_000, &mut config.commit_interval),
    },
    Key {
        name: "commit_changes_max",
        default: Some("10000"),
        expected: "a whole number from 1 to 1000000",
        put: |config, text| {
            parse(text, &mut config.commit_changes_max)
                && (1..=1_000_000).contains(&config.commit_changes_max)
        },
    },
    Key {
        name: "silence_max_ms",
        default: Some("60000"),
        expected: "milliseconds, a whole number from 1000 to 600000",
        put: |config, text| put_ms(text, 1_000..=600_000, &mut config.silence_max),
    },
    Key {
        name: "dead_letters_max",
        default: Some("1000"),
        expected: "a whole number from 0 to 1000000",
        put: |config, text| {
            parse(text, &mut config.dead_letters_max) && config.dead_letters_max <= 1_000_000
        },
    },
    Key {
        name: "search_timeout_ms",
        default: Some("1000"),
        expected: "milliseconds, a whole number from 1 to 10000",
        put: |config, text| put_ms(text, 1..=10_000, &mut config.search_timeout),
    },
    Key {
        name: "typos",
        default: Some("2"),
        expected: "0, 1 or 2",
        put: |config, text| parse(text, &mut config.typos.max) && config.typos.max <= Typos::MAX,
    },
    Key {
        name: "one_typo_from_letters",
        default: Some("4"),
        expected: "a whole number from 1 to 64",
        put: |config, text| put_letters(text, &mut config.typos.one_typo_min_chars),
    },
    Key {
        name: "two_typos_from_letters",
        default: Some("8"),
        expected: "a whole number from 1 to 64",
        put: |config, text| put_letters(text, &mut config.typos.two_typos_min_chars),
    },
    Key {
        name: "match_enough",
        default: Some("20"),
        expected: "a whole number from 0 to 10000",
        put: |config, text| parse(text, &mut config.match_enough) && config.match_enough <= 10_000,
    },
    Key {
        name: "synonyms_file",
        default: None,
        expected: "the path of a file that is there",
        put: |config, text| put_file(text, &mut config.synonyms_file),
    },
    Key {
        name: "stop_words_file",
        default: None,
        expected: "the path of a file that is there",
        put: |config, text| put_file(text, &mut config.stop_words_file),
    },
    Key {
        name: "synonym_percent",
        default: Some("90"),
        expected: "a whole number from 1 to 100",
        put: |config, text| {
            parse(text, &mut config.synonym_percent) && (1..=100).contains(&config.synonym_percent)
        },
    },
    Key {
        name: "place_names",
        default: Some("true"),
        expected: "true or false",
        put: |config, text| parse(text, &mut config.place_names),
    },
    Key {
        name: "room_words",
        default: Some("false"),
        expected: "true or false",
        put: |config, text| parse(text, &mut config.room_words),
    },
    Key {
        name: "log_format",
        default: Some("text"),
        expected: "text or json",
        put: |config, text| match LogFormat::from_str(text, false) {
            Ok(format) => {
                config.log_format = format;
                true
            }
            Err(_) => false,
        },
    },
    Key {
        name: "log",
        default: Some("info"),
        expected: "a filter such as info, warn or info,roost_indexer=debug",
        put: |config, text| {
            config.log = text.to_owned();
            !text.trim().is_empty() && EnvFilter::try_new(text).is_ok()
        },
    },
];

/// What the layers fill in: the defaults above overwrite every one of these values.
pub(super) fn blank() -> Config {
    Config {
        database_url: None,
        data_dir: PathBuf::new(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
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
        match_enough: 0,
        synonyms_file: None,
        stop_words_file: None,
        synonym_percent: 0,
        place_names: false,
        room_words: false,
        log_format: LogFormat::Text,
        log: String::new(),
        profiles: Vec::new(),
    }
}

fn parse<T: FromStr>(text: &str, into: &mut T) -> bool {
    match text.parse() {
        Ok(value) => {
            *into = value;
            true
        }
        Err(_) => false,
    }
}

fn put_ms(text: &str, range: RangeInclusive<u64>, into: &mut Duration) -> bool {
    let mut ms = 0;
    let is_number = parse(text, &mut ms);
    *into = Duration::from_millis(ms);
    is_number && range.contains(&ms)
}

/// What the file holds is checked when it is read.
fn put_file(text: &str, into: &mut Option<PathBuf>) -> bool {
    let file = PathBuf::from(text);
    let is_file = file.is_file();
    *into = Some(file);
    is_file
}

fn has_certificates(file: &str) -> bool {
    let Ok(mut certificates) = CertificateDer::pem_file_iter(file) else {
        return false;
    };
    certificates.next().is_some_and(|first| first.is_ok()) && certificates.all(|next| next.is_ok())
}

fn put_letters(text: &str, into: &mut u8) -> bool {
    parse(text, into) && (1..=64).contains(into)
}

/// Postgres itself allows slots only these characters, so that a name is also a safe file name.
fn is_postgres_name(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
