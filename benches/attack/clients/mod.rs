//! Hostile clients, which `make attack` and the end-to-end tests share: each kind attacks a node
//! over real sockets until a moment, and records what the node answered.

pub(crate) mod attack;
mod bodies;
pub(crate) mod connections;
mod garbage;
pub(crate) mod http;
mod http2;
pub(crate) mod keep_alive;
mod partial;
pub(crate) mod searches;

use std::pin::Pin;

use attack::Attack;

/// One way to attack a node.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    run: for<'a> fn(&'a Attack) -> Running<'a>,
}

type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Kind {
    /// Attacks until the end of the attack.
    pub(crate) async fn run(&self, attack: &Attack) {
        (self.run)(attack).await;
    }
}

/// Declares kinds by name and function.
macro_rules! kinds {
    ($($name:literal: $($function:ident)::+,)*) => {
        &[$(Kind { name: $name, run: |attack| Box::pin($($function)::+(attack)) },)*]
    };
}

/// All kinds, in the order in which `make attack` runs them. The last one ends with SIGTERM.
pub(crate) const KINDS: &[Kind] = kinds! {
    "idle": connections::idle,
    "slow_headers": connections::slow_headers,
    "slow_bodies": connections::slow_bodies,
    "not_reading": connections::not_reading,
    "not_reading_pages": connections::not_reading_pages,
    "pipelining": connections::pipelining,
    "churn": connections::churn,
    "http2_rapid_reset": http2::rapid_reset,
    "http2_continuation": http2::continuation_flood,
    "http2_header_bomb": http2::header_bomb,
    "http2_control_flood": http2::control_flood,
    "header_floods": bodies::header_floods,
    "compression_bombs": bodies::compression_bombs,
    "oversized_bodies": bodies::oversized,
    "malformed_chunks": bodies::malformed_chunks,
    "garbage": garbage::garbage,
    "misspelt_64": searches::misspelt_64,
    "misspelt_256": searches::misspelt_256,
    "multi_search_4": searches::multi_search_4,
    "multi_search_32": searches::multi_search_32,
    "multi_search_128": searches::multi_search_128,
    "polygons": searches::polygons,
    "deep_pages": searches::deep_pages,
    "facets": searches::facets,
    "groups": searches::groups,
    "suggestions": searches::suggestions,
    "heat_maps": searches::heat_maps,
    "partial_answers": partial::partial,
    "half_sent": connections::half_sent,
};
