//! Statistics of the request pool, and what is computed from its events.

mod incremental;
mod measures;
mod route;
mod rows;
mod scene;
