//! Which database is followed, and how?

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use pgwire_replication::{ReplicationConfig, SslMode, TlsConfig};
use roost_engine::Key;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::jetstream::NatsConfig;

/// How to follow a database.
#[derive(Clone, Debug)]
pub struct FollowConfig {
    /// The database with the tables.
    pub database: DatabaseUrl,
    /// The replication slot: one for each index. Where the changes come by way of NATS it is only the
    /// name of the node.
    pub slot: Name,
    /// The publication; made if it is missing.
    pub publication: Name,
    /// How long a change waits at most until it is committed and found.
    pub commit_interval: Duration,
    /// How many changes wait at most, if no transaction is larger.
    pub commit_changes_max: usize,
    /// How long the stream may bring nothing, though heartbeats are written, before it is given up.
    pub silence_max: Duration,
    /// How many rows that can't be converted may be left out; past it the index follows no further.
    pub dead_letters_max: usize,
    /// The stream that brings the changes, instead of a slot of one's own.
    pub nats: Option<NatsConfig>,
}

impl FollowConfig {
    /// The usual intervals; slot and publication are both called `roost`.
    pub fn new(database: DatabaseUrl) -> FollowConfig {
        FollowConfig {
            database,
            slot: Name("roost".to_owned()),
            publication: Name("roost".to_owned()),
            commit_interval: Duration::from_millis(200),
            commit_changes_max: 10_000,
            silence_max: Duration::from_secs(60),
            dead_letters_max: 1_000,
            nats: None,
        }
    }
}

/// Where the database is and who connects. Its texts never show the password.
#[derive(Clone)]
pub struct DatabaseUrl(PgConnectOptions);

/// A name of a slot or a publication that needs no quotes anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Why a setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The URL is not one of a Postgres database.
    #[error(
        "the database URL cannot be read: {0}; expected \
         postgres://user:password@host:port/database"
    )]
    Url(#[source] sqlx::Error),
    /// The URL begins with another scheme.
    #[error("the database URL begins with {0:?}; expected postgres:// or postgresql://")]
    Scheme(String),
    /// The name has other letters or another length.
    #[error("the name {0:?} is not 1 to 60 of the letters a-z, 0-9 and _")]
    Name(String),
}

impl FromStr for DatabaseUrl {
    type Err = ConfigError;

    fn from_str(url: &str) -> Result<DatabaseUrl, ConfigError> {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(ConfigError::Scheme(scheme.to_owned()));
        }
        let options = url.parse().map_err(ConfigError::Url)?;
        Ok(DatabaseUrl(options))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.0.get_username();
        let port = self.0.get_port();
        let database = self.database();
        match self.socket() {
            Some(socket) => write!(f, "postgres://{user}@:{port}/{database}?host={socket}"),
            None => write!(
                f,
                "postgres://{user}@{}:{port}/{database}",
                self.0.get_host()
            ),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl FromStr for Name {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<Name, ConfigError> {
        let letters = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if (1..=60).contains(&name.len()) && name.bytes().all(letters) {
            Ok(Name(name.to_owned()))
        } else {
            Err(ConfigError::Name(name.to_owned()))
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Name {
    /// The slot of an index that is made beside another one: no two have ever had the same.
    pub(crate) fn for_new_index(name: Key) -> Name {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now_ms = since_1970.unwrap_or_default().as_millis();
        Name(format!("roost_{}_{now_ms:x}", name.simple()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What fixes the text format of every type, and keeps a role's time limits from ending a long
/// copy. Rows are copied and streamed under the same settings, so that they read the same.
pub(crate) const SESSION_SETTINGS: [(&str, &str); 8] = [
    ("datestyle", "ISO,MDY"),
    ("intervalstyle", "postgres"),
    ("timezone", "UTC"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
];

impl DatabaseUrl {
    /// The name of the database.
    pub(crate) fn database(&self) -> &str {
        // Postgres takes the user's name where none is given.
        self.0.get_database().unwrap_or(self.0.get_username())
    }

    /// For a session that speaks SQL.
    pub(crate) fn sql_options(&self, application: &str) -> PgConnectOptions {
        self.0
            .clone()
            .application_name(application)
            .options(SESSION_SETTINGS)
    }

    /// For a session that streams.
    pub(crate) fn replication(&self, config: &FollowConfig) -> ReplicationConfig {
        let mut replication = ReplicationConfig::new(
            self.socket()
                .unwrap_or_else(|| self.0.get_host().to_owned()),
            self.0.get_username(),
            self.password(),
            self.database(),
            config.slot.as_str(),
            config.publication.as_str(),
        )
        .with_port(self.0.get_port());
        if !replication.is_unix_socket() {
            replication = replication.with_tls(self.tls());
        }
        let settings = SESSION_SETTINGS.map(|(name, value)| format!("-c {name}={value}"));
        replication.with_options(settings.join(" "))
    }

    fn socket(&self) -> Option<String> {
        let socket = self.0.get_socket()?;
        Some(socket.to_string_lossy().into_owned())
    }

    /// The password, which may come from the URL, the environment or a password file: sqlx knows
    /// them all and gives the outcome away only as part of a URL.
    fn password(&self) -> String {
        // Other parts might not fit into a URL.
        let options = self.0.clone().host("localhost").username("user");
        let url = options.to_url_lossy();
        url.password().map(percent_decoded).unwrap_or_default()
    }

    fn tls(&self) -> TlsConfig {
        let url = self
            .0
            .clone()
            .host("localhost")
            .username("user")
            .to_url_lossy();
        let file = |wanted: &str| {
            let mut pairs = url.query_pairs();
            let (_, value) = pairs.find(|(name, _)| name == wanted)?;
            // sqlx says what kind of certificate it is in front of the path.
            Some(value.strip_prefix("file: ").unwrap_or(&value).into())
        };
        TlsConfig {
            mode: match self.0.get_ssl_mode() {
                PgSslMode::Disable | PgSslMode::Allow => SslMode::Disable,
                PgSslMode::Prefer => SslMode::Prefer,
                PgSslMode::Require => SslMode::Require,
                PgSslMode::VerifyCa => SslMode::VerifyCa,
                PgSslMode::VerifyFull => SslMode::VerifyFull,
            },
            ca_pem_path: file("sslrootcert"),
            client_cert_pem_path: file("sslcert"),
            client_key_pem_path: file("sslkey"),
            ..TlsConfig::default()
        }
    }
}

/// Undoes the escapes of a URL.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> FollowConfig {
        FollowConfig::new(url.parse().unwrap())
    }

    fn replication(url: &str) -> ReplicationConfig {
        let config = config(url);
        config.database.replication(&config)
    }

    #[test]
    fn both_kinds_of_session_reach_the_same_database() {
        let found = replication(
            "postgres://ann:p%40ss%2Fw%25%20rd%3F@db.example:6543/rooms?sslmode=require",
        );
        assert_eq!(found.host, "db.example");
        assert_eq!((found.port, found.user.as_str()), (6543, "ann"));
        assert_eq!(
            (found.password.as_str(), found.database.as_str()),
            ("p@ss/w% rd?", "rooms")
        );
        assert_eq!(found.tls.mode, SslMode::Require);
        assert_eq!((found.slot.as_str()), "roost");
    }

    #[test]
    fn a_socket_directory_is_a_host() {
        let found = replication("postgres://ann@localhost:5499/rooms?host=/run/pg%20one");
        assert_eq!(found.host, "/run/pg one");
        assert!(found.is_unix_socket());
        assert_eq!(found.port, 5499);
    }

    #[test]
    fn certificates_are_passed_on() {
        let found = replication("postgres://h/db?sslmode=verify-full&sslrootcert=/etc/ca.pem");
        assert_eq!(found.tls.mode, SslMode::VerifyFull);
        assert_eq!(found.tls.ca_pem_path, Some("/etc/ca.pem".into()));
    }

    #[test]
    fn the_password_is_never_shown() {
        let config = config("postgres://ann:hidden@db.example/rooms?sslmode=disable");
        let shown = format!("{config:?} {}", config.database);
        assert!(!shown.contains("hidden"), "{shown}");
        assert!(
            shown.contains("postgres://ann@db.example:5432/rooms"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_no_database_url_is_refused() {
        for url in ["", "rooms", "mysql://h/db", "postgres://h:port/db"] {
            let error = url.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(error.contains("postgres://"), "{error}");
        }
    }

    #[test]
    fn a_name_that_would_need_quotes_is_refused() {
        assert!("roost_2".parse::<Name>().is_ok());
        for name in ["", "Roost", "a b", "x'y", &"x".repeat(61)] {
            assert!(name.parse::<Name>().is_err(), "{name}");
        }
    }
}
