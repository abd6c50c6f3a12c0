//! Accounts: registration, sign-in, the profile of the signed-in user and landlord, passwords, API
//! keys, and the events of all actions.

pub(crate) mod email;
pub(crate) mod events;
pub(crate) mod invitation;
pub(crate) mod keys;
pub(crate) mod landlord;
pub(crate) mod me;
pub(crate) mod password;
pub(crate) mod registration;
pub(crate) mod requester;
pub(crate) mod session;
pub(crate) mod user;
