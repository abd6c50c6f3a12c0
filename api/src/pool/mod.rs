//! The routes of the request pool.
