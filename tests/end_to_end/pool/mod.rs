//! The request pool: from a rental request to a contract.

mod feed;
mod live;
mod matches;
mod requests;
