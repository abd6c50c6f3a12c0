//! `roost publish`: publishes the changes of one slot to NATS JetStream.

use crate::config::Config;

/// Runs `roost publish`.
#[cfg(feature = "nats")]
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    use anyhow::Context;

    let follow = config.follow(config.database_url()?)?;
    let nats = follow.nats.clone().context(
        "nats_url is not set: expected a URL such as nats://user:password@host:4222, given by \
         --nats-url, by ROOST_NATS_URL, or by nats_url in roost.toml",
    )?;
    let shutdown = crate::shutdown::on_signal()?;
    if let Some(at) = crate::config::crash_at() {
        roost_engine::arm_crash_point(&at);
    }
    roost_indexer::Publisher::new(follow, nats)
        .run(shutdown)
        .await;
    Ok(())
}

/// Returns an error, because this build has no NATS client.
#[cfg(not(feature = "nats"))]
pub(crate) async fn run(_: &Config) -> anyhow::Result<()> {
    anyhow::bail!("this build of roost lacks the cargo feature nats")
}
