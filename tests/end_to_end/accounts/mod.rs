//! Accounts over HTTP: registration, sign-in, tokens and passwords, and attacks on them.

pub(crate) mod access_tokens;
mod attacks;
mod events;
mod flows;
mod jobs;
mod keys;
pub(crate) mod people;
mod repeats;
mod revocation;
mod secrets;
mod tokens;
mod users_command;
