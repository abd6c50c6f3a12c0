//! A group of connections with a limit, and which of them has been waiting for its client longest.

use std::collections::HashMap;
use std::sync::Arc;

use super::connection::Connection;

/// The number of candidates that one pass over the group collects. Under an attack every new
/// connection replaces one, which must not take a pass each time.
const CANDIDATES: usize = 64;

/// Connections that share a limit.
#[derive(Debug, Default)]
pub(super) struct Group {
    members: HashMap<u64, Arc<Connection>>,
    /// The connections that waited longest at the last pass, the longest last, and since when.
    candidates: Vec<(u64, Arc<Connection>)>,
}

impl Group {
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.members.values()
    }

    pub(super) fn insert(&mut self, connection: &Arc<Connection>) {
        self.members.insert(connection.id, Arc::clone(connection));
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.members.remove(&id);
    }

    /// The connection that has been waiting for its client longest; `None` if the server works for
    /// all of them.
    pub(super) fn longest_waiting(&mut self) -> Option<Arc<Connection>> {
        if let Some(candidate) = self.next_candidate() {
            return Some(candidate);
        }
        let waiting = self.members.values().filter_map(|connection| {
            let since_ms = connection.waiting_since_ms()?;
            Some((since_ms, Arc::clone(connection)))
        });
        self.candidates = waiting.collect();
        let by_time = |(since_ms, connection): &(u64, Arc<Connection>)| (*since_ms, connection.id);
        if self.candidates.len() > CANDIDATES {
            self.candidates
                .select_nth_unstable_by_key(CANDIDATES, by_time);
            self.candidates.truncate(CANDIDATES);
        }
        self.candidates
            .sort_unstable_by_key(|candidate| std::cmp::Reverse(by_time(candidate)));
        self.next_candidate()
    }

    /// The next candidate that has waited ever since. No other connection has waited longer: those
    /// that began to wait after the pass began later than every candidate.
    fn next_candidate(&mut self) -> Option<Arc<Connection>> {
        while let Some((since_ms, connection)) = self.candidates.pop() {
            let is_member = self.members.contains_key(&connection.id);
            if is_member && connection.waiting_since_ms() == Some(since_ms) {
                return Some(connection);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::metrics::ServerMetrics;

    fn group(size: u64) -> Group {
        let mut group = Group::default();
        for id in 0..size {
            let connection = Connection::new(id, None, ServerMetrics::default());
            group.insert(&Arc::new(connection));
        }
        group
    }

    fn take_longest(group: &mut Group) -> Option<u64> {
        let id = group.longest_waiting()?.id;
        group.remove(id);
        Some(id)
    }

    #[test]
    fn connections_leave_in_the_order_in_which_they_began_to_wait() {
        let mut group = group(200);
        let left: Vec<u64> = std::iter::from_fn(|| take_longest(&mut group)).collect();
        assert_eq!(left, (0..200).collect::<Vec<u64>>());
        assert!(group.is_empty());
    }

    #[test]
    fn a_connection_for_which_the_server_works_does_not_wait() {
        let mut group = group(3);
        assert_eq!(take_longest(&mut group), Some(0));
        let members: Vec<_> = group.members().cloned().collect();
        for connection in &members {
            connection.begin_request();
        }
        assert_eq!(take_longest(&mut group), None);
        let last = members.iter().find(|connection| connection.id == 2);
        last.unwrap().wait_for_body();
        assert_eq!(take_longest(&mut group), Some(2));
        assert_eq!(take_longest(&mut group), None);
    }

    #[test]
    fn a_response_that_is_not_read_counts_as_waiting_until_it_is_read() {
        let mut group = group(1);
        let connection = group.members().next().unwrap().clone();
        connection.begin_request();
        connection.add_unsent(1000);
        connection.begin_response();
        assert!(group.longest_waiting().is_some());
        assert!(!connection.can_end());
        connection.release_unsent(1000);
        assert!(group.longest_waiting().is_none());
        connection.end_response();
        assert!(group.longest_waiting().is_some());
        assert!(connection.can_end());
    }
}
