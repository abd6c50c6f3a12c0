//! The request pool: from a rental request to a contract.

mod contracts;
mod feed;
mod live;
mod matches;
mod requests;
mod statistics;
mod story;
