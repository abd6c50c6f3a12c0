//! Tests of the multi-search.

mod answers;
mod contract;
