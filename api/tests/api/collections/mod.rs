//! Tests of the routes of any collection.

mod bad_input;
mod filters;
mod list;
mod rooms_and_venues;
mod search;
mod stations;
