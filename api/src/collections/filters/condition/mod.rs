//! The language of the parameter `filter`, described in `docs/filters.md`.
//!
//! A filter is parsed into the engine's [`Condition`]; the engine knows nothing of the language. An
//! error names the first invalid character. Length, nesting and the number of values are limited,
//! so that neither parsing a filter nor evaluating it for a million documents can cost much.

mod display;
mod error;
mod fields;
mod filter;
mod grammar;
mod limits;
mod parser;
#[cfg(test)]
mod tests;
mod tokens;

pub(crate) use display::AsFilter;
pub use error::FilterError;
pub(crate) use fields::is_comparable;
pub use filter::Filter;
pub(crate) use filter::FilterText;
