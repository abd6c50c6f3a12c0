//! Rental requests: what students and admins write and read of them.

mod bad_input;
mod life;
mod rights;
mod search;
