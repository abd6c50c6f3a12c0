//! Limits of a filter.

/// The maximum number of characters. Longer filters are rejected before they are parsed.
pub(super) const CHARS_MAX: usize = 4_000;

/// The maximum number of nested parentheses and negations.
pub(super) const DEPTH_MAX: usize = 32;

/// The maximum number of values of all comparisons together.
pub(super) const VALUES_MAX: usize = 256;
