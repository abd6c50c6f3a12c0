//! Sends mail over SMTP, or writes it into a folder.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "smtp")]
use lettre::AsyncSmtpTransport;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncFileTransport, AsyncTransport, Message as Mime, Tokio1Executor};

use super::message::Message;

/// Only the user of the node may read mail, which contains tokens.
const OWNER_ONLY: u32 = 0o700;

/// Sends mail.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    transport: Transport,
}

#[derive(Clone)]
enum Transport {
    #[cfg(feature = "smtp")]
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(Arc<AsyncFileTransport<Tokio1Executor>>),
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// A sender's or recipient's address is invalid.
    #[error("an address is invalid: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// The mail cannot be encoded.
    #[error("the mail cannot be encoded: {0}")]
    Encoding(#[from] lettre::error::Error),
    /// The SMTP server rejects the mail or is unreachable.
    #[cfg(feature = "smtp")]
    #[error("the SMTP server: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The folder cannot be written.
    #[error("the folder of mail: {0}")]
    Folder(#[from] lettre::transport::file::Error),
    /// The folder cannot be created.
    #[error("the folder of mail: {0}")]
    CreateFolder(#[from] std::io::Error),
}

impl Mailer {
    /// Sends over SMTP. The URL is such as `smtps://user:password@host`, or
    /// `smtp://host:587?tls=required` for STARTTLS.
    ///
    /// # Errors
    ///
    /// An invalid URL or sender.
    #[cfg(feature = "smtp")]
    pub fn smtp(url: &str, from: &str) -> Result<Self, MailError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.build();
        Ok(Self {
            from: from.parse()?,
            transport: Transport::Smtp(transport),
        })
    }

    /// Writes each mail as a file into a folder, which is created if it does not exist.
    ///
    /// # Errors
    ///
    /// An invalid sender, or a folder that cannot be created.
    pub fn folder(folder: &Path, from: &str) -> Result<Self, MailError> {
        let from = from.parse()?;
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(OWNER_ONLY).create(folder)?;
        Ok(Self {
            from,
            transport: Transport::Folder(Arc::new(AsyncFileTransport::new(folder))),
        })
    }

    /// Sends a mail.
    pub(crate) async fn send(&self, to: &str, message: &Message) -> Result<(), MailError> {
        let mail = Mime::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.parse()?))
            .subject(message.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(message.body.clone())?;
        match &self.transport {
            #[cfg(feature = "smtp")]
            Transport::Smtp(smtp) => {
                smtp.send(mail).await?;
            }
            Transport::Folder(folder) => {
                folder.send(mail).await?;
            }
        }
        Ok(())
    }
}
