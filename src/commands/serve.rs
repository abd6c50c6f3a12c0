//! `roost serve`: runs one node.

use std::sync::Arc;

use tokio::sync::watch;

use crate::config::Config;
use crate::node::{self, Node, language};
use crate::shutdown;

/// Runs `roost serve`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let database_url = config.database_url()?;
    let shutdown = shutdown::on_signal()?;
    let listener = node::listen(config.listen).await?;
    let (sender, language) = watch::channel(Arc::new(language::read(config)?));
    language::reload_on_hangup(config, sender)?;
    Node::start(config, database_url, listener, language, shutdown)
        .await?
        .wait()
        .await
}
