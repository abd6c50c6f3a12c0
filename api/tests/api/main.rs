//! The API over a real engine, called as clients call it.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod accounts;
mod at_least;
mod bad_input;
mod collections;
mod content_coding;
mod conventions;
mod deadline;
mod node;
mod openapi;
mod rooms;
mod service;
mod suggest;
mod venues;
