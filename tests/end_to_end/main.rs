//! Does Roost as a whole do what its users are told? The real command over a real Postgres.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod at_least;
mod bookings;
mod broken_off;
mod command;
mod crash;
mod dead_letters;
mod demo;
mod docs;
mod follow;
mod full_disk;
mod harness;
mod import;
mod import_killed;
mod index_folder;
mod language;
mod layering;
mod many_nodes;
mod metrics;
mod multi_search;
mod object_storage;
mod oracle;
mod outage;
mod paging;
mod postgres;
mod queries;
mod reindex;
mod relevance;
mod resume;
mod search_api;
mod serve;
mod settings;
mod snapshot;
mod structure;
mod suggest;
mod verify;
mod vocabulary;
