//! Mail: its texts, and the ways to send it.

mod mailer;
mod message;

pub use mailer::{MailError, Mailer};
pub use message::Message;
