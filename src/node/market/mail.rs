//! The configured way to send mail.

use anyhow::Context;
use roost_market::mail::Mailer;

use crate::config::Config;

/// SMTP, or else files in the data folder.
pub(super) fn mailer(config: &Config) -> anyhow::Result<Mailer> {
    #[cfg(feature = "smtp")]
    if let Some(url) = &config.smtp_url {
        let mailer = Mailer::smtp(url, &config.mail_from);
        return mailer.context("cannot send mail: see smtp_url and mail_from");
    }
    let folder = config.data_dir.join("mail");
    let mailer = Mailer::folder(&folder, &config.mail_from);
    let mailer = mailer.context("cannot write mail into the data folder")?;
    tracing::info!(folder = %folder.display(), "mail is written into a folder");
    Ok(mailer)
}
