//! How accounts come into being: people register or accept an invitation.

mod confirm;
mod invitation;
mod register;

pub use confirm::confirm;
pub use invitation::{
    Invitation, PendingInvitation, accept_invitation, invitations, invite, revoke_invitation,
};
pub use register::{Registration, register};

pub(super) use confirm::{create_landlord, of_taken_address, set_password};
pub(super) use invitation::check_university;
pub(super) use register::check_capacity;
