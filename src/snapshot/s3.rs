//! S3 as a storage of snapshots, in builds with the feature `s3`.

use std::sync::Arc;

use object_store::ObjectStore;

/// Opens a bucket and folder. Credentials, region and endpoint come from the usual environment
/// variables, such as `AWS_ACCESS_KEY_ID`.
#[cfg(feature = "s3")]
pub(super) fn open(bucket_and_folder: &str) -> anyhow::Result<Arc<dyn ObjectStore>> {
    use std::time::Duration;

    use object_store::aws::AmazonS3Builder;
    use object_store::prefix::PrefixStore;
    use object_store::{BackoffConfig, RetryConfig};

    /// Short, because a person waits for the result.
    const RETRY: RetryConfig = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.0,
        },
        max_retries: 5,
        retry_timeout: Duration::from_secs(60),
    };
    let (bucket, folder) = bucket_and_folder
        .split_once('/')
        .unwrap_or((bucket_and_folder, ""));
    anyhow::ensure!(!bucket.is_empty(), "expected s3://bucket/folder");
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(RETRY)
        .build()?;
    let folder = object_store::path::Path::parse(folder.trim_matches('/'))?;
    Ok(Arc::new(PrefixStore::new(store, folder)))
}

/// Returns an error, because this build has no S3 client.
#[cfg(not(feature = "s3"))]
pub(super) fn open(_: &str) -> anyhow::Result<Arc<dyn ObjectStore>> {
    anyhow::bail!("this build of roost lacks the cargo feature s3: expected a folder")
}
