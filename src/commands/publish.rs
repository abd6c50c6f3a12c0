//! `roost publish`: publishes the changes of one slot to NATS JetStream.

use anyhow::Context;
use roost_indexer::Publisher;

use crate::config::{Config, crash_at};
use crate::shutdown;

/// Runs `roost publish`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let follow = config.follow(config.database_url()?)?;
    let nats = follow.nats.clone().context(
        "nats_url is not set: expected a URL such as nats://user:password@host:4222, given by \
         --nats-url, by ROOST_NATS_URL, or by nats_url in roost.toml",
    )?;
    let shutdown = shutdown::on_signal()?;
    if let Some(at) = crash_at() {
        roost_engine::arm_crash_point(&at);
    }
    Publisher::new(follow, nats).run(shutdown).await;
    Ok(())
}
