//! The request pool: from a rental request to a contract.
