//! Accounts: registration, sign-in, profile, passwords, and the users that an admin manages.

mod account;
mod email;
mod outbox;
mod password_reset;
mod passwords;
mod profile;
mod registration;
mod session;
mod sign_in;
mod tokens;
mod user;
mod users;

pub use email::Email;
pub use outbox::MailSender;
pub(crate) use outbox::SEND_MAIL;
pub use password_reset::{NewPassword, prepare_reset, request_password_reset, reset_password};
pub use passwords::{Cost, Password, Passwords};
pub use profile::{EmailChange, ProfileChange, change_password, change_profile, profile};
pub use registration::{
    Invitation, PendingInvitation, Registration, accept_invitation, confirm, invitations, invite,
    register, revoke_invitation,
};
pub use session::{Refreshed, SignedIn, actor_of_session, refresh, sign_out, sign_out_everywhere};
pub use sign_in::sign_in;
pub use tokens::Secret;
pub use user::User;
pub use users::{NewUser, UserFilter, create_user, disable_user, list_users, set_role};

pub(crate) use tokens::hash;
