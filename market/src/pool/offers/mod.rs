//! Offers: rooms that landlords offer for requests.
//!
//! Every action on an offer locks its request first, so that all actions on one request follow each
//! other. `docs/decisions/0041-offers-contracts-and-payments.md` has the order of all locks.

mod access;
mod answer;
mod close;
mod expire;
pub mod fields;
mod lists;
mod make;
mod offer;
mod request;
mod status;

pub use answer::{decline_offer, withdraw_offer};
pub use expire::expire_offers;
pub use lists::{OfferFilter, offer, offers};
pub use make::{NewOffer, make_offer};
pub use offer::Offer;
pub use status::Status;

pub(super) use access::locked_offer;
pub(super) use close::{Closing, close_offers};
pub(super) use request::lock_request;
