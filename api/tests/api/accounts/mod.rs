//! Accounts and callers, as far as they need no database.

mod anonymous;
mod bodies;
