//! The network address of the client of a request, behind trusted proxies too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Providers give each of their customers at least this much of the IPv6 address space, so a limit
/// by whole addresses would be none.
const IPV6_NETWORK_BITS: u32 = 64;

/// The address of the client of a request, which the server adds to the extensions of the request:
/// the peer of the connection, or the client that a trusted proxy reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    /// The address of a request; unspecified (`0.0.0.0`) if the request did not come through the
    /// server.
    pub(crate) fn of(extensions: &Extensions) -> ClientAddress {
        let address = extensions.get::<ClientAddress>();
        address
            .copied()
            .unwrap_or(ClientAddress(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }

    /// What counts as one client where clients are limited: an IPv4 address, or an IPv6 network of
    /// 64 bits.
    pub(crate) fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                let bits = address.to_bits() & (u128::MAX << (128 - IPV6_NETWORK_BITS));
                IpAddr::V6(Ipv6Addr::from_bits(bits))
            }
        }
    }
}

/// The networks of the proxies whose `X-Forwarded-For` header is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether an address belongs to a trusted proxy.
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a request that `peer` sent. Each proxy appends the address of its peer to
    /// `X-Forwarded-For`, so the client is the last address that is not a trusted proxy itself.
    /// Everything before it could be invented by the client.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.to_canonical();
        if !self.contain(client) {
            return ClientAddress(client);
        }
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        let addresses = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        for address in addresses {
            let Some(address) = parse_address(address) else {
                break;
            };
            client = address;
            if !self.contain(client) {
                break;
            }
        }
        ClientAddress(client)
    }
}

impl FromStr for TrustedProxies {
    type Err = ipnet::AddrParseError;

    /// Parses addresses and networks that are separated by commas, such as `10.0.0.0/8,::1`.
    fn from_str(text: &str) -> Result<TrustedProxies, ipnet::AddrParseError> {
        let networks = text.split(',').map(|network| {
            let network = network.trim();
            let address = network.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| network.parse::<IpNet>())
        });
        networks.collect::<Result<_, _>>().map(TrustedProxies)
    }
}

/// Parses an address of `X-Forwarded-For`. Some proxies add the port, or brackets.
fn parse_address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let address = text.parse().ok().or_else(|| {
        let socket = text.parse::<std::net::SocketAddr>().ok();
        let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
        socket.map(|socket| socket.ip()).or_else(bracketed)
    });
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, forwarded_for: &[&'static str]) -> String {
        let proxies = if trusted.is_empty() {
            TrustedProxies::default()
        } else {
            trusted.parse().unwrap()
        };
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let client = proxies.client(peer.parse().unwrap(), &headers);
        client.0.to_string()
    }

    #[test]
    fn a_peer_that_is_no_trusted_proxy_is_the_client_whatever_it_claims() {
        assert_eq!(client("", "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        let trusted = "10.0.0.0/8";
        assert_eq!(client(trusted, "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client(trusted, "::ffff:192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_address_is_the_client() {
        let trusted = "10.0.0.0/8, ::1";
        let forwarded: &[(&[&str], &str)] = &[
            (&["198.51.100.7"], "198.51.100.7"),
            (&["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            (&["203.0.113.9, 198.51.100.7, 10.2.3.4"], "198.51.100.7"),
            (&["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            (&["198.51.100.7:4711"], "198.51.100.7"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["10.9.9.9"], "10.9.9.9"),
            (&["no address, 10.9.9.9"], "10.9.9.9"),
            (&[], "10.1.1.1"),
        ];
        for (values, expected) in forwarded {
            let values: Vec<&'static str> = values.to_vec();
            assert_eq!(client(trusted, "10.1.1.1", &values), *expected);
            assert_eq!(client(trusted, "::ffff:10.1.1.1", &values), *expected);
        }
    }

    #[test]
    fn an_ipv6_client_counts_by_its_network() {
        let network = |text: &str| ClientAddress(text.parse().unwrap()).network().to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn something_else_than_networks_is_an_error() {
        for text in ["", "10.0.0.0/33", "10.0.0.0/8,", "example.com"] {
            assert!(text.parse::<TrustedProxies>().is_err(), "{text}");
        }
    }
}
