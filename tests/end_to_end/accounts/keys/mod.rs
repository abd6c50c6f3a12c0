//! API keys over HTTP: what they may do and read, the keys that they create, and how they end.

mod caller;
mod command;
mod ends;
mod filtered;
mod filtered_words;
mod limits;
mod narrower;
mod owners;
mod scopes;
