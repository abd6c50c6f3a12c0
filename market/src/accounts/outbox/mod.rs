//! Mail of accounts: queued with the action that causes it, sent afterwards by a job.
//!
//! The queue names what to send, but contains no token. The sender creates the token, so no secret
//! is ever stored, and decides by the account at the address what the mail says, so the time of a
//! request does not reveal whether there is one.

mod queue;
mod sender;

pub(crate) use queue::SEND_MAIL;
pub(super) use queue::{Mail, queue};
pub use sender::MailSender;
