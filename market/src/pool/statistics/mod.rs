//! How the pool does: the exposure of requests.

mod exposure;

pub use exposure::exposure;
