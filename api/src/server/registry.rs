//! The open connections: admits new ones within the limits, and closes those that wait for their
//! clients for too long.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Connection, now_ms};
use super::group::Group;
use super::options::ServerOptions;
use super::reason::Reason;
use crate::app::metrics::ServerMetrics;
use crate::http::client_address::ClientAddress;

/// The memory for requests that have arrived in part, and for responses that their clients have not
/// read.
const BUFFERED_BYTES_MAX: i64 = 32 * 1024 * 1024;

/// The open connections.
#[derive(Debug)]
pub(super) struct Registry {
    options: ServerOptions,
    metrics: ServerMetrics,
    connections: Mutex<Connections>,
}

#[derive(Debug, Default)]
struct Connections {
    next_id: u64,
    all: Group,
    by_network: HashMap<IpAddr, Group>,
}

impl Registry {
    pub(super) fn new(options: ServerOptions, metrics: ServerMetrics) -> Registry {
        Registry {
            options,
            metrics,
            connections: Mutex::default(),
        }
    }

    pub(super) fn options(&self) -> &ServerOptions {
        &self.options
    }

    /// Admits a connection. If a limit is reached, it replaces the connection that has been waiting
    /// for its client longest. The error is the limit, if the server works for all connections.
    pub(super) fn admit(&self, peer: IpAddr) -> Result<Arc<Connection>, Reason> {
        let peer = peer.to_canonical();
        let is_proxy = self.options.trusted_proxies.contain(peer);
        let network = (!is_proxy).then(|| ClientAddress(peer).network());
        let mut connections = self.lock();
        let admitted = connections.make_space(network, &self.options);
        if let Err(limit) = admitted {
            self.metrics.rejected.record(limit.name());
            return Err(limit);
        }
        let id = connections.next_id;
        connections.next_id += 1;
        let connection = Arc::new(Connection::new(id, network, self.metrics.clone()));
        connections.all.insert(&connection);
        if let Some(network) = network {
            let group = connections.by_network.entry(network).or_default();
            group.insert(&connection);
        }
        Ok(connection)
    }

    /// Removes a connection that has ended.
    pub(super) fn remove(&self, connection: &Connection) {
        self.lock().remove(connection);
    }

    /// Closes the connection that has been waiting for its client longest, so that its descriptor
    /// is free.
    pub(super) fn free_descriptor(&self) {
        let mut connections = self.lock();
        if let Some(connection) = connections.all.longest_waiting() {
            connections.close(&connection, Reason::Descriptors);
        }
    }

    /// Closes the connections that wait for their clients for too long.
    pub(super) fn close_overdue(&self) {
        let now_ms = now_ms();
        let mut connections = self.lock();
        let overdue = connections.all.members().filter_map(|connection| {
            let reason = connection.overdue(now_ms)?;
            Some((Arc::clone(connection), reason))
        });
        for (connection, reason) in overdue.collect::<Vec<_>>() {
            connections.close(&connection, reason);
        }
    }

    /// Closes connections that use buffers, those that have been waiting for their clients longest
    /// first, until the buffers fit into their memory.
    pub(super) fn limit_buffers(&self) {
        while self.metrics.buffered_bytes.get() > BUFFERED_BYTES_MAX {
            let mut connections = self.lock();
            let buffering = connections.all.members().filter_map(|connection| {
                let (since_ms, reason) = connection.buffers_since_ms()?;
                Some((since_ms, connection, reason))
            });
            let longest = buffering.min_by_key(|(since_ms, it, _)| (*since_ms, it.id));
            let Some((_, longest, reason)) = longest else {
                return;
            };
            let longest = Arc::clone(longest);
            connections.close(&longest, reason);
        }
    }

    /// Orders all connections to finish.
    pub(super) fn finish(&self) {
        for connection in self.lock().all.members() {
            connection.finish();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        // No code that holds the lock can leave it half changed.
        let connections = self.connections.lock();
        connections.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    fn make_space(
        &mut self,
        network: Option<IpAddr>,
        options: &ServerOptions,
    ) -> Result<(), Reason> {
        let group = network.and_then(|network| self.by_network.get_mut(&network));
        let full = group.filter(|group| group.len() >= options.connections_per_address_max);
        let (replaced, reason) = match full {
            Some(group) => (group.longest_waiting(), Reason::Address),
            None if self.all.len() >= options.connections_max => {
                (self.all.longest_waiting(), Reason::Connections)
            }
            None => return Ok(()),
        };
        let replaced = replaced.ok_or(reason)?;
        self.close(&replaced, reason);
        Ok(())
    }

    fn close(&mut self, connection: &Connection, reason: Reason) {
        connection.close(reason);
        self.remove(connection);
    }

    fn remove(&mut self, connection: &Connection) {
        self.all.remove(connection.id);
        let Some(network) = connection.network else {
            return;
        };
        if let Some(group) = self.by_network.get_mut(&network) {
            group.remove(connection.id);
            if group.is_empty() {
                self.by_network.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));
    const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn registry() -> Registry {
        let options = ServerOptions {
            connections_max: 4,
            connections_per_address_max: 2,
            trusted_proxies: "10.0.0.0/8".parse().unwrap(),
        };
        Registry::new(options, ServerMetrics::default())
    }

    #[test]
    fn a_client_at_its_limit_replaces_its_own_connection_that_waits_longest() {
        let registry = registry();
        let first = registry.admit(HERE).unwrap();
        let second = registry.admit(HERE).unwrap();
        let other = registry.admit(THERE).unwrap();
        registry.admit(HERE).unwrap();
        assert!(first.is_closed());
        assert!(!second.is_closed() && !other.is_closed());
    }

    #[test]
    fn a_client_whose_connections_all_work_gets_no_other() {
        let registry = registry();
        for _ in 0..2 {
            registry.admit(HERE).unwrap().begin_request();
        }
        assert_eq!(registry.admit(HERE).unwrap_err(), Reason::Address);
        assert!(registry.admit(THERE).is_ok());
    }

    #[test]
    fn when_all_connections_are_used_the_one_that_waits_longest_is_replaced() {
        let registry = registry();
        let first = registry.admit(HERE).unwrap();
        // The clients of a trusted proxy share no limit.
        for _ in 0..3 {
            registry.admit(PROXY).unwrap().begin_request();
        }
        let second = registry.admit(THERE).unwrap();
        assert!(first.is_closed());
        second.begin_request();
        assert_eq!(registry.admit(HERE).unwrap_err(), Reason::Connections);
        registry.remove(&second);
        assert!(registry.admit(HERE).is_ok());
    }

    #[test]
    fn buffers_beyond_their_memory_close_the_connections_that_wait_longest() {
        let registry = registry();
        let (first, second) = (
            registry.admit(HERE).unwrap(),
            registry.admit(THERE).unwrap(),
        );
        let half = BUFFERED_BYTES_MAX.unsigned_abs() / 2;
        first.add_unsent(half);
        second.add_unsent(half);
        registry.limit_buffers();
        assert!(!first.is_closed() && !second.is_closed());
        second.add_unsent(1);
        registry.limit_buffers();
        assert!(first.is_closed() && !second.is_closed());
        let third = registry.admit(HERE).unwrap();
        third.add_received(2 * half);
        registry.limit_buffers();
        assert!(second.is_closed() && !third.is_closed());
        first.release_unsent(half);
        second.release_unsent(half + 1);
        third.release_received(2 * half);
        assert_eq!(registry.metrics.buffered_bytes.get(), 0);
    }
}
