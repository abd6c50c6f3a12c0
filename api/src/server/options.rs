//! What the server limits, and whom it trusts.

use crate::http::client_address::TrustedProxies;

/// The limits of the server, and the proxies that it trusts.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The number of connections.
    pub connections_max: usize,
    /// The number of connections of one client, except for a trusted proxy.
    pub connections_per_address_max: usize,
    /// The proxies whose `X-Forwarded-For` header names the client.
    pub trusted_proxies: TrustedProxies,
}

/// Descriptors for everything but connections: the files of the index, of which a commit keeps up
/// to 64 open for each of two collections, twice while an index is rebuilt, and Postgres, NATS and
/// the log.
const RESERVED_DESCRIPTORS: u64 = 384;

/// Enough for 10,000 clients that listen for live events, each of which needs about 20 KB.
const DEFAULT_CONNECTIONS_MAX: u64 = 16_384;

/// The part of all connections that one client may use by default.
const DEFAULT_ADDRESSES_MIN: usize = 2;

impl ServerOptions {
    /// The options of a process that may open this many descriptors: the limits that are set, where
    /// the descriptors suffice for them, or else the defaults.
    pub fn for_descriptors(
        descriptors: u64,
        connections_max: Option<usize>,
        connections_per_address_max: Option<usize>,
        trusted_proxies: TrustedProxies,
    ) -> ServerOptions {
        let reserved = RESERVED_DESCRIPTORS.min(descriptors / 2);
        let available = usize::try_from(descriptors - reserved).unwrap_or(usize::MAX);
        let default = DEFAULT_CONNECTIONS_MAX as usize;
        let connections_max = connections_max.unwrap_or(default).min(available).max(1);
        let default = (connections_max / DEFAULT_ADDRESSES_MIN).max(1);
        let connections_per_address_max = connections_per_address_max.unwrap_or(default);
        ServerOptions {
            connections_max,
            connections_per_address_max: connections_per_address_max.min(connections_max),
            trusted_proxies,
        }
    }
}

impl Default for ServerOptions {
    fn default() -> ServerOptions {
        ServerOptions::for_descriptors(1024, None, None, TrustedProxies::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(descriptors: u64, all: Option<usize>, each: Option<usize>) -> (usize, usize) {
        let proxies = TrustedProxies::default();
        let options = ServerOptions::for_descriptors(descriptors, all, each, proxies);
        (options.connections_max, options.connections_per_address_max)
    }

    #[test]
    fn the_default_limits_leave_descriptors_for_the_index() {
        assert_eq!(limits(1024, None, None), (640, 320));
        assert_eq!(limits(1_048_576, None, None), (16_384, 8_192));
        assert_eq!(limits(64, None, None), (32, 16));
        assert_eq!(limits(u64::MAX, None, None), (16_384, 8_192));
    }

    #[test]
    fn limits_that_are_set_apply_as_far_as_the_descriptors_suffice() {
        assert_eq!(limits(1024, Some(100), None), (100, 50));
        assert_eq!(limits(1024, Some(100), Some(500)), (100, 100));
        assert_eq!(limits(1024, Some(20_000), Some(10)), (640, 10));
        assert_eq!(limits(1_048_576, Some(20_000), None), (20_000, 10_000));
    }
}
