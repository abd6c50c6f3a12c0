//! Errors of settings.

use sqlx::postgres::PgSslMode;

/// Why a setting is invalid.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The URL is not a Postgres URL.
    #[error(
        "the database URL cannot be read: {0}; expected \
         postgres://user:password@host:port/database"
    )]
    Url(#[source] sqlx::Error),
    /// The URL has another scheme.
    #[error("the database URL starts with {0:?}; expected postgres:// or postgresql://")]
    Scheme(String),
    /// The URL requires encryption, which this build cannot do.
    #[error(
        "the database URL sets sslmode to {0:?}; expected disable, allow or prefer, because this \
         build of roost lacks the cargo feature tls"
    )]
    TlsUnsupported(PgSslMode),
    /// The name has other characters or another length.
    #[error("the name {0:?} is invalid; expected 1 to 60 of the characters a-z, 0-9 and _")]
    Name(String),
}
