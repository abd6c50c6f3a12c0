//! Does Roost as a whole do what its users are told? The real command over a real Postgres.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bookings;
mod command;
mod crash;
mod demo;
mod docs;
mod follow;
mod harness;
mod import;
mod import_killed;
mod index_folder;
mod language;
mod layering;
mod oracle;
mod outage;
mod paging;
mod postgres;
mod queries;
mod search_api;
mod serve;
mod verify;
mod vocabulary;
