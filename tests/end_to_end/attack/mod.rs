//! Hostile clients: they cost a node a bounded amount, and others are still answered.

mod all_kinds;
/// The clients of `make attack`.
#[path = "../../../benches/attack/clients/mod.rs"]
mod clients;
mod connections;
mod descriptors;
mod overload;
mod raw_client;
mod responses;
mod slow_requests;
mod survivor;
