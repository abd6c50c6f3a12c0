//! The request pool: from a rental request to a contract.

mod live;
mod requests;
