//! Hostile clients: they cost a node a bounded amount, and others are still answered.

mod connections;
mod descriptors;
mod raw_client;
mod responses;
mod slow_requests;
