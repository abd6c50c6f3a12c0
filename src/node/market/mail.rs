//! Sends queued mail as long as the node runs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use roost_market::PgPool;
use roost_market::accounts::MailSender;
use roost_market::mail::Mailer;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// Mail that another node has queued, or that is due again, is found after this time.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The database is probably back by then.
const RETRY_EVERY: Duration = Duration::from_secs(30);

/// The configured way to send mail: SMTP, or else files in the data folder.
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

/// Sends mail when there is some, until the node stops.
pub(super) async fn send(
    pool: PgPool,
    mailer: Mailer,
    wake: Arc<Notify>,
    shutdown: CancellationToken,
) {
    let sender = MailSender::new(pool, mailer);
    let mut last_error = None;
    let run = async {
        loop {
            match sender.send_due().await {
                Ok(_) => {
                    last_error = None;
                    tokio::select! {
                        () = wake.notified() => {}
                        () = sleep(LOOK_EVERY) => {}
                    }
                }
                Err(error) => {
                    let error = format!("{:#}", anyhow::Error::from(error));
                    if last_error.as_ref() != Some(&error) {
                        tracing::warn!(error, "cannot read the queue of mail; will try again");
                        last_error = Some(error);
                    }
                    sleep(RETRY_EVERY).await;
                }
            }
        }
    };
    shutdown.run_until_cancelled(run).await;
}
