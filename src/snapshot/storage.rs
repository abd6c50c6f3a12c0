//! Where do snapshots lie: in a folder, or in object storage?

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use tokio::io::{AsyncWriteExt, BufReader};

use super::digest::Digest;

/// A place for snapshots. Names are relative to it.
pub(crate) struct Place {
    store: Arc<dyn ObjectStore>,
    url: String,
}

/// A storage that is away is tried for so long. A person waits for it.
const PATIENCE: RetryConfig = RetryConfig {
    backoff: object_store::BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(5),
        base: 2.0,
    },
    max_retries: 5,
    retry_timeout: Duration::from_secs(60),
};

/// How much of a file is read and written at once.
const STEP_BYTES: usize = 1 << 20;

impl Place {
    /// The place at a URL such as `s3://bucket/folder` or `file:///folder`, or a plain path. A folder
    /// has to be there: its name may be misspelt.
    pub(crate) fn find(url: &str) -> anyhow::Result<Place> {
        Place::open(url, |_| Ok(()))
    }

    /// The same, and a folder is made if it is not there.
    pub(crate) fn make(url: &str) -> anyhow::Result<Place> {
        Place::open(url, |folder| fs::create_dir_all(folder))
    }

    fn open(url: &str, make: impl FnOnce(&Path) -> io::Result<()>) -> anyhow::Result<Place> {
        let local = |folder: &Path| -> anyhow::Result<Arc<dyn ObjectStore>> {
            make(folder)?;
            let store = LocalFileSystem::new_with_prefix(folder)?;
            Ok(Arc::new(store.with_fsync(true)))
        };
        let store = match url.split_once("://") {
            None => local(Path::new(url)),
            Some(("file", _)) => reqwest::Url::parse(url)
                .ok()
                .and_then(|url| url.to_file_path().ok())
                .context("expected file:/// and the path of a folder")
                .and_then(|folder| local(&folder)),
            Some(("s3", rest)) => s3(rest),
            Some(_) => Err(anyhow::anyhow!(
                "expected a folder, file:///folder or s3://bucket/folder"
            )),
        };
        let store = store.with_context(|| format!("cannot use the place for snapshots {url}"))?;
        Ok(Place {
            store,
            url: url.to_owned(),
        })
    }

    /// How it was called.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The names in a folder, with their sizes in bytes.
    pub(crate) async fn list(&self, folder: &str) -> anyhow::Result<BTreeMap<String, u64>> {
        let folder = Name::from(folder);
        let listed = self
            .store
            .list(Some(&folder))
            .try_filter_map(async |found| {
                let name = found.location.filename().map(str::to_owned);
                Ok(name.map(|name| (name, found.size)))
            });
        let listed: Result<_, _> = listed.try_collect().await;
        listed.with_context(|| format!("cannot list {folder} in {}", self.url))
    }

    /// The content of something small.
    pub(crate) async fn read(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let read = async { self.store.get(&Name::from(name)).await?.bytes().await };
        let bytes = read.await.with_context(|| self.cannot("read", name))?;
        Ok(bytes.into())
    }

    /// Puts something small there, at once as a whole.
    pub(crate) async fn write(&self, name: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        let written = self
            .store
            .put(&Name::from(name), PutPayload::from(bytes))
            .await;
        written.with_context(|| self.cannot("write", name))?;
        Ok(())
    }

    /// Puts a file there. Under its name it is either whole or not there.
    pub(crate) async fn upload(&self, name: &str, file: File) -> anyhow::Result<()> {
        let file = tokio::fs::File::from_std(file);
        let mut file = BufReader::with_capacity(STEP_BYTES, file);
        let mut writer = BufWriter::new(Arc::clone(&self.store), Name::from(name));
        let written = match tokio::io::copy_buf(&mut file, &mut writer).await {
            Ok(_) => writer.shutdown().await,
            Err(error) => {
                // What was begun takes room; that it stays is the smaller of two troubles.
                let _aborted = writer.abort().await;
                Err(error)
            }
        };
        written.with_context(|| self.cannot("write", name))
    }

    /// Gets a file from there onto the disk, and tells what came.
    pub(crate) async fn download(&self, name: &str, to: &Path) -> anyhow::Result<Digest> {
        let asked = self.store.get(&Name::from(name)).await;
        let asked = asked.with_context(|| self.cannot("read", name))?;
        let mut stream = asked.into_stream();
        let shown = || format!("cannot write {}", to.display());
        let mut file = tokio::fs::File::create(to).await.with_context(shown)?;
        let mut digest = Digest::default();
        while let Some(bytes) = stream
            .try_next()
            .await
            .with_context(|| self.cannot("read", name))?
        {
            digest.add(&bytes);
            file.write_all(&bytes).await.with_context(shown)?;
        }
        file.flush().await.with_context(shown)?;
        file.sync_all().await.with_context(shown)?;
        Ok(digest)
    }

    /// Removes something.
    pub(crate) async fn remove(&self, name: &str) -> anyhow::Result<()> {
        let removed = self.store.delete(&Name::from(name)).await;
        removed.with_context(|| self.cannot("remove", name))
    }

    fn cannot(&self, what: &str, name: &str) -> String {
        format!("cannot {what} {name} in {}", self.url)
    }
}

/// Credentials, region and endpoint come from the usual variables, such as `AWS_ACCESS_KEY_ID`.
fn s3(bucket_and_folder: &str) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let (bucket, folder) = bucket_and_folder
        .split_once('/')
        .unwrap_or((bucket_and_folder, ""));
    anyhow::ensure!(!bucket.is_empty(), "expected s3://bucket/folder");
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(PATIENCE)
        .build()?;
    let folder = Name::parse(folder.trim_matches('/'))?;
    Ok(Arc::new(PrefixStore::new(store, folder)))
}
