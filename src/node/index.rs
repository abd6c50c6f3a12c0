//! Opens the index of a node, and reports what has changed since it was last open.

use std::path::Path;

use anyhow::Context;
use roost_engine::{Collection, Reader, Store, StoreError, StoreOptions, Writer};

use crate::config::Config;

/// Opens the index. An index that cannot be read, or has other collections, is deleted: the
/// follower then copies the tables.
pub(super) async fn open(config: &Config) -> anyhow::Result<(Writer, Reader)> {
    let data_dir = config.data_dir.clone();
    let collections = config.engine_collections();
    // Opening reads and checks the whole index, which blocks.
    let opened = tokio::task::spawn_blocking(move || open_folder(&data_dir, &collections));
    let (writer, reader) = opened.await.context("opening the index failed")??;
    let counts = config.engine_collections().into_iter().map(|collection| {
        let count = reader.document_count(collection);
        format!("{count} {}", collection.name())
    });
    tracing::info!(
        data_dir = %config.data_dir.display(),
        documents = counts.collect::<Vec<_>>().join(", "),
        version = env!("CARGO_PKG_VERSION"),
        "opened the index"
    );
    Ok((writer, reader))
}

fn open_folder(data_dir: &Path, collections: &[Collection]) -> anyhow::Result<(Writer, Reader)> {
    std::fs::create_dir_all(data_dir)
        .with_context(|| format!("cannot create data_dir {}", data_dir.display()))?;
    // Only for the log: a folder that cannot be read is reported when it is opened.
    let before = Store::collection_names(data_dir).unwrap_or_default();
    let opened = Store::open_or_reset(data_dir, collections, &StoreOptions::default());
    let (writer, reader, reset) = opened
        .with_context(|| format!("cannot open the index in data_dir {}", data_dir.display()))?;
    if let Some(reason) = reset {
        log_reset(data_dir, collections, &before, reason);
    }
    Ok((writer, reader))
}

fn log_reset(data_dir: &Path, collections: &[Collection], before: &[String], reason: StoreError) {
    let now: Vec<&str> = collections.iter().map(|it| it.name()).collect();
    for collection in before.iter().filter(|name| !now.contains(&name.as_str())) {
        tracing::info!(
            collection,
            "dropped a collection that is no longer declared"
        );
    }
    let is_new = |name: &&&str| !before.iter().any(|it| it == **name);
    for collection in now.iter().filter(is_new) {
        tracing::info!(collection, "added a collection");
    }
    tracing::warn!(
        data_dir = %data_dir.display(),
        reason = format!("{:#}", anyhow::Error::new(reason)),
        "the index could not be read and is rebuilt from Postgres"
    );
}
