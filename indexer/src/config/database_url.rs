//! The address of the database, for SQL and for replication.

use std::fmt;
use std::str::FromStr;

use pgwire_replication::{ReplicationConfig, SslMode, TlsConfig};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::error::ConfigError;
use super::name::Name;
use super::percent::percent_decoded;

/// Whether connections can be encrypted.
const HAS_TLS: bool = cfg!(feature = "tls");

/// The database, and the user who connects. Its text never contains the password.
#[derive(Clone)]
pub struct DatabaseUrl(PgConnectOptions);

impl FromStr for DatabaseUrl {
    type Err = ConfigError;

    fn from_str(url: &str) -> Result<DatabaseUrl, ConfigError> {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(ConfigError::Scheme(scheme.to_owned()));
        }
        let options: PgConnectOptions = url.parse().map_err(ConfigError::Url)?;
        let mode = options.get_ssl_mode();
        if !HAS_TLS
            && !matches!(
                mode,
                PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer
            )
        {
            return Err(ConfigError::TlsUnsupported(mode));
        }
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

/// These settings fix the text format of every type, and keep a role's timeouts from ending a long
/// copy. Rows are copied and streamed under the same settings, so that both have the same text.
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
        // Without a database name Postgres uses the user's name.
        self.0.get_database().unwrap_or(self.0.get_username())
    }

    /// The options of an SQL session.
    pub(crate) fn sql_options(&self, application: &str) -> PgConnectOptions {
        self.0
            .clone()
            .application_name(application)
            .options(SESSION_SETTINGS)
    }

    /// The configuration of a replication session.
    pub(crate) fn replication(&self, slot: &Name, publication: &Name) -> ReplicationConfig {
        let mut replication = ReplicationConfig::new(
            self.socket()
                .unwrap_or_else(|| self.0.get_host().to_owned()),
            self.0.get_username(),
            self.password(),
            self.database(),
            slot.as_str(),
            publication.as_str(),
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

    /// The password, which may come from the URL, the environment or a password file. sqlx reads
    /// all of them, and returns the result only as part of a URL.
    fn password(&self) -> String {
        // Other parts might not be valid in a URL.
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
        let file = |parameter: &str| {
            let mut pairs = url.query_pairs();
            let (_, value) = pairs.find(|(name, _)| name == parameter)?;
            // sqlx writes the kind of certificate in front of the path.
            Some(value.strip_prefix("file: ").unwrap_or(&value).into())
        };
        TlsConfig {
            mode: match self.0.get_ssl_mode() {
                PgSslMode::Disable | PgSslMode::Allow => SslMode::Disable,
                PgSslMode::Prefer if !HAS_TLS => SslMode::Disable,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FollowConfig;

    fn replication(url: &str) -> ReplicationConfig {
        let (slot, publication) = ("a_slot".parse().unwrap(), "a_publication".parse().unwrap());
        let database: DatabaseUrl = url.parse().unwrap();
        database.replication(&slot, &publication)
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
        assert_eq!(found.slot.as_str(), "a_slot");
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
        let url = "postgres://ann:hidden@db.example/rooms?sslmode=disable";
        let config = FollowConfig::new(url.parse().unwrap());
        let shown = format!("{config:?} {}", config.database);
        assert!(!shown.contains("hidden"), "{shown}");
        assert!(
            shown.contains("postgres://ann@db.example:5432/rooms"),
            "{shown}"
        );
    }

    #[test]
    fn invalid_database_urls_are_rejected() {
        for url in ["", "rooms", "mysql://h/db", "postgres://h:port/db"] {
            let error = url.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(error.contains("postgres://"), "{error}");
        }
    }
}
