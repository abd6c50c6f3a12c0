//! HTTP client of a running node.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use roost_api::NodeStatus;
use serde::Deserialize;

use crate::config::Config;

/// A node answers its status from memory, so a slower answer means a stuck node.
const RESPONSE_TIME_MAX: Duration = Duration::from_secs(5);

/// The envelope of a successful response.
#[derive(Deserialize)]
struct Response<T> {
    data: T,
}

/// Returns the status of the node with this configuration.
pub(crate) async fn node_status(config: &Config) -> anyhow::Result<NodeStatus> {
    let url = format!("http://{}/api/v1/status", reachable(config.listen));
    get(&url).await.with_context(|| {
        format!(
            "no node answered at {url}: expected a running node with the same listen address ({})",
            config.listen
        )
    })
}

/// Returns the address at which this machine reaches a node: a node that listens on all addresses
/// is reached on the loopback address.
pub(crate) fn reachable(listen: SocketAddr) -> SocketAddr {
    let loopback: IpAddr = match listen.ip() {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    if listen.ip().is_unspecified() {
        SocketAddr::new(loopback, listen.port())
    } else {
        listen
    }
}

async fn get(url: &str) -> anyhow::Result<NodeStatus> {
    let client = reqwest::Client::builder()
        .timeout(RESPONSE_TIME_MAX)
        .no_proxy()
        .build()?;
    let response = client.get(url).send().await?.error_for_status()?;
    Ok(response.json::<Response<NodeStatus>>().await?.data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_on_all_addresses_is_reached_on_the_loopback_address() {
        let cases = [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.7:80", "10.0.0.7:80"),
        ];
        for (listen, expected) in cases {
            let expected: SocketAddr = expected.parse().unwrap();
            assert_eq!(reachable(listen.parse().unwrap()), expected);
        }
    }
}
