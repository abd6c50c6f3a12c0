//! The API over a real engine, asked as clients ask it.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod at_least;
mod bad_input;
mod conventions;
mod deadline;
mod did_you_mean;
mod expression;
mod facets;
mod filters;
mod groups;
mod health;
mod heatmap;
mod highlights;
mod internal;
mod metrics;
mod multi_search;
mod openapi;
mod rooms;
mod service;
mod stay;
mod suggest;
mod venues;
mod words;
