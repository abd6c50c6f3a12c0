//! Rental requests: their life from active to matched, expired or cancelled.

mod access;
mod change;
mod constraints;
mod create;
mod details;
mod event;
pub mod fields;
mod lists;
mod patch;
mod place;
mod request;
mod status;
mod steps;

pub use change::change_request;
pub use create::{NewRequest, create_request};
pub use details::RequestDetails;
pub use lists::{RequestFilter, request, requests};
pub use patch::RequestPatch;
pub use place::PlacePatch;
pub use request::RentalRequest;
pub use status::{Status, Step};
pub use steps::{cancel_request, expire_requests};

pub(super) use steps::match_request;
