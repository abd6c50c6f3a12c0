//! The storage of snapshots: a folder, or object storage.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use futures_util::TryStreamExt;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use tokio::io::{AsyncWriteExt, BufReader};

use super::digest::Digest;

/// How much of a file is read and written at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// A storage of snapshots. Names are relative to its root.
pub(crate) struct Storage {
    store: Arc<dyn ObjectStore>,
    url: String,
}

impl Storage {
    /// Opens the storage at a URL such as `s3://bucket/folder` or `file:///folder`, or at a plain
    /// path. A folder must exist, since its name may be misspelt.
    pub(crate) fn open(url: &str) -> anyhow::Result<Storage> {
        Storage::prepare(url, |_| Ok(()))
    }

    /// Opens a storage, creating its folder if necessary.
    pub(crate) fn create(url: &str) -> anyhow::Result<Storage> {
        Storage::prepare(url, |folder| fs::create_dir_all(folder))
    }

    /// The URL as it was given.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the names in a folder, with their sizes in bytes.
    pub(super) async fn list(&self, folder: &str) -> anyhow::Result<BTreeMap<String, u64>> {
        let folder = Name::from(folder);
        let listed = self
            .store
            .list(Some(&folder))
            .try_filter_map(async |object| {
                let name = object.location.filename().map(str::to_owned);
                Ok(name.map(|name| (name, object.size)))
            });
        let listed: Result<_, _> = listed.try_collect().await;
        listed.with_context(|| format!("cannot list {folder} in {}", self.url))
    }

    /// Reads a small file into memory.
    pub(super) async fn read(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let read = async { self.store.get(&Name::from(name)).await?.bytes().await };
        let bytes = read.await.with_context(|| self.cannot("read", name))?;
        Ok(bytes.into())
    }

    /// Writes a small file atomically.
    pub(super) async fn write(&self, name: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        let written = self
            .store
            .put(&Name::from(name), PutPayload::from(bytes))
            .await;
        written.with_context(|| self.cannot("write", name))?;
        Ok(())
    }

    /// Uploads a file atomically.
    pub(super) async fn upload(&self, name: &str, file: File) -> anyhow::Result<()> {
        let file = tokio::fs::File::from_std(file);
        let mut file = BufReader::with_capacity(CHUNK_BYTES, file);
        let mut writer = BufWriter::new(Arc::clone(&self.store), Name::from(name));
        let written = match tokio::io::copy_buf(&mut file, &mut writer).await {
            Ok(_) => writer.shutdown().await,
            Err(error) => {
                // If this fails too, the parts uploaded so far stay. The first error matters more.
                let _aborted = writer.abort().await;
                Err(error)
            }
        };
        written.with_context(|| self.cannot("write", name))
    }

    /// Downloads a file and returns the digest of the received bytes.
    pub(super) async fn download(&self, name: &str, to: &Path) -> anyhow::Result<Digest> {
        let response = self.store.get(&Name::from(name)).await;
        let mut stream = response
            .with_context(|| self.cannot("read", name))?
            .into_stream();
        let cannot_write = || format!("cannot write {}", to.display());
        let mut file = tokio::fs::File::create(to)
            .await
            .with_context(cannot_write)?;
        let mut digest = Digest::default();
        while let Some(bytes) = stream
            .try_next()
            .await
            .with_context(|| self.cannot("read", name))?
        {
            digest.add(&bytes);
            file.write_all(&bytes).await.with_context(cannot_write)?;
        }
        file.flush().await.with_context(cannot_write)?;
        file.sync_all().await.with_context(cannot_write)?;
        Ok(digest)
    }

    /// Deletes a file.
    pub(super) async fn delete(&self, name: &str) -> anyhow::Result<()> {
        let deleted = self.store.delete(&Name::from(name)).await;
        deleted.with_context(|| self.cannot("delete", name))
    }

    fn prepare(url: &str, create: impl FnOnce(&Path) -> io::Result<()>) -> anyhow::Result<Storage> {
        let local = |folder: &Path| -> anyhow::Result<Arc<dyn ObjectStore>> {
            create(folder)?;
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
            Some(("s3", rest)) => super::s3::open(rest),
            Some(_) => Err(anyhow::anyhow!(
                "expected a folder, file:///folder or s3://bucket/folder"
            )),
        };
        let store = store.with_context(|| format!("cannot open the snapshot storage {url}"))?;
        Ok(Storage {
            store,
            url: url.to_owned(),
        })
    }

    fn cannot(&self, verb: &str, name: &str) -> String {
        format!("cannot {verb} {name} in {}", self.url)
    }
}
