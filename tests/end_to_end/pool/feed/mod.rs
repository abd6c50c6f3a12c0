//! The parameters of a landlord's feed, and what is rejected.

mod parameters;
