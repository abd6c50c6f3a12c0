//! The API over a real engine, asked as clients ask it.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod bad_input;
mod conventions;
mod deadline;
mod did_you_mean;
mod filters;
mod health;
mod highlights;
mod multi_search;
mod openapi;
mod rooms;
mod service;
mod stay;
mod suggest;
mod venues;
mod words;
