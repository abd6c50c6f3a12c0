//! The NATS server and stream that carry changes to many nodes.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use async_nats::ServerAddr;

use super::name::Name;
use super::percent::percent_decoded;

/// The stream of a NATS server that carries changes from a publisher to many nodes.
#[derive(Clone, Debug)]
pub struct NatsConfig {
    /// The server, or the servers of one cluster.
    pub url: NatsUrl,
    /// The name of the stream.
    pub stream: Name,
    /// Certificates in PEM format that an encrypted connection trusts besides those of the system.
    pub ca_file: Option<PathBuf>,
}

/// The address of NATS, and the user who connects. Its text never contains the password.
#[derive(Clone)]
pub struct NatsUrl(Vec<ServerAddr>);

/// Why a text is not a NATS URL.
#[derive(Debug, thiserror::Error)]
#[error(
    "the NATS URL {0:?} is invalid; expected nats://user:password@host:4222, with tls:// for an \
     encrypted connection; several servers of a cluster with commas between them"
)]
pub struct NatsUrlError(String);

impl FromStr for NatsUrl {
    type Err = NatsUrlError;

    fn from_str(text: &str) -> Result<NatsUrl, NatsUrlError> {
        let server = |text: &str| {
            let is_known = text.starts_with("nats://") || text.starts_with("tls://");
            let server = text.parse::<ServerAddr>().ok();
            server.filter(|server| is_known && !server.host().is_empty())
        };
        let servers: Option<Vec<ServerAddr>> = text.split(',').map(server).collect();
        // Anything before the host may be a password.
        let shown = || text.rsplit_once('@').map_or(text, |(_, host)| host);
        servers
            .map(NatsUrl)
            .ok_or_else(|| NatsUrlError(shown().to_owned()))
    }
}

impl fmt::Display for NatsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, server) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let (scheme, host, port) = (server.scheme(), server.host(), server.port());
            write!(f, "{comma}{scheme}://{host}:{port}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for NatsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NatsUrl({self})")
    }
}

impl NatsUrl {
    /// The servers of the cluster.
    pub(crate) fn servers(&self) -> &[ServerAddr] {
        &self.0
    }

    /// The user and the password; a user without a password is a token.
    pub(crate) fn credentials(&self) -> (Option<String>, Option<String>) {
        let first = self.0.first();
        let user = first.and_then(ServerAddr::username).map(percent_decoded);
        let password = first.and_then(ServerAddr::password).map(percent_decoded);
        (user, password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_one_server_or_several_and_never_shows_the_password() {
        let url: NatsUrl = "nats://ann:hidden@a.example,tls://b.example:5222"
            .parse()
            .unwrap();
        assert_eq!(
            url.to_string(),
            "nats://a.example:4222,tls://b.example:5222"
        );
        assert!(!format!("{url:?}").contains("hidden"));
    }

    #[test]
    fn invalid_nats_urls_are_rejected() {
        for text in [
            "",
            "nats://",
            "http://h",
            "h:4222",
            "nats://a,",
            "nats://ann:hidden@:x",
        ] {
            let error = text.parse::<NatsUrl>().unwrap_err().to_string();
            assert!(error.contains("nats://"), "{error}");
            assert!(!error.contains("hidden"), "{error}");
        }
    }
}
