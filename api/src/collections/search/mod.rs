//! Searches of the documents of a collection.

pub(crate) mod answer;
pub(crate) mod did_you_mean;
pub(crate) mod fingerprint;
pub(crate) mod hit;
pub(crate) mod plan;
pub(crate) mod request;
pub(crate) mod understood;
