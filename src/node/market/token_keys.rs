//! The file of the keys that sign access tokens: created at the first start, and rotated.
//!
//! Only the node's user can read it. Nodes that answer for each other share one file, so a new key
//! signs only after all of them have read it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use roost_api::SigningKey;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

const OWNER_ONLY: u32 = 0o600;

/// Other nodes and later keys are noticed after this time.
const READ_EVERY: Duration = Duration::from_secs(3600);

/// A key signs for 30 days.
const SIGNS_FOR_S: i64 = 30 * 24 * 3600;

/// A new key is in the file for a day before it signs, and an old one for a day after.
const OVERLAP_S: i64 = 24 * 3600;

/// The keys of a file, newest last.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    keys: Vec<StoredKey>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    /// What tokens name the key by.
    id: String,
    /// 64 hexadecimal digits.
    seed: String,
    /// From when on it signs, in seconds of Unix time.
    signs_from_s: i64,
}

/// The keys in use, which follow the file.
pub(super) struct TokenKeys {
    file: PathBuf,
    sender: watch::Sender<Arc<[SigningKey]>>,
}

impl TokenKeys {
    /// Reads the keys of a file, which is created if it does not exist.
    pub(super) fn open(
        file: PathBuf,
    ) -> anyhow::Result<(TokenKeys, watch::Receiver<Arc<[SigningKey]>>)> {
        let keys = read_and_rotate(&file, now_s())?;
        let (sender, receiver) = watch::channel(keys);
        Ok((TokenKeys { file, sender }, receiver))
    }

    /// Reads the file again and rotates its keys when it is time, until the node stops.
    pub(super) async fn keep(self, shutdown: CancellationToken) {
        let run = async {
            loop {
                sleep(READ_EVERY).await;
                match read_and_rotate(&self.file, now_s()) {
                    Ok(keys) => {
                        self.sender.send_replace(keys);
                    }
                    Err(error) => tracing::warn!(
                        error = format!("{error:#}"),
                        "cannot read the keys of access tokens again"
                    ),
                }
            }
        };
        shutdown.run_until_cancelled(run).await;
    }
}

/// The keys of the file as of a time. Creates or rotates them if necessary.
fn read_and_rotate(file: &Path, now_s: i64) -> anyhow::Result<Arc<[SigningKey]>> {
    let stored = read(file)?;
    let is_new = stored.is_none();
    let mut stored = stored.unwrap_or_default();
    if stored.rotate(now_s) {
        write(file, &stored, is_new).with_context(|| {
            format!("cannot write the keys of access tokens {}", file.display())
        })?;
        // Another node may have written the file at the same time.
        stored = read(file)?.unwrap_or(stored);
    }
    let keys = stored.keys.iter().map(StoredKey::signing_key);
    keys.collect::<anyhow::Result<_>>()
        .with_context(|| format!("the keys of access tokens {}", file.display()))
}

impl Stored {
    /// Adds a key when the newest one is due, and removes those that are not needed any more.
    /// Returns whether anything changed.
    fn rotate(&mut self, now_s: i64) -> bool {
        let before = self.keys.len();
        // A key is needed until a day after its successor starts to sign.
        let needed_from = self
            .keys
            .iter()
            .rposition(|key| key.signs_from_s <= now_s - OVERLAP_S);
        self.keys.drain(..needed_from.unwrap_or(0));
        let removed = before - self.keys.len();
        let signs_from_s = match self.keys.last() {
            None => now_s,
            Some(newest) if newest.signs_from_s + SIGNS_FOR_S <= now_s + OVERLAP_S => {
                now_s + OVERLAP_S
            }
            Some(_) => return removed > 0,
        };
        self.keys.push(StoredKey {
            id: hex(&rand::random::<[u8; 8]>()),
            seed: hex(&rand::random::<[u8; 32]>()),
            signs_from_s,
        });
        true
    }
}

impl StoredKey {
    fn signing_key(&self) -> anyhow::Result<SigningKey> {
        let digits = self.seed.as_bytes();
        let mut seed = [0; 32];
        if digits.len() != 2 * seed.len() {
            bail!(
                "the seed of key {} must have 64 hexadecimal digits",
                self.id
            );
        }
        for (byte, pair) in seed.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).unwrap_or_default();
            *byte = u8::from_str_radix(pair, 16)
                .with_context(|| format!("the seed of key {} is not hexadecimal", self.id))?;
        }
        Ok(SigningKey::new(self.id.clone(), &seed, self.signs_from_s))
    }
}

/// Reads the file; `None` if there is none.
fn read(file: &Path) -> anyhow::Result<Option<Stored>> {
    let shown = file.display();
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {shown}"));
        }
    };
    let mode = metadata.mode() & 0o777;
    if mode & !OWNER_ONLY != 0 {
        bail!(
            "{shown} has the mode {mode:04o}: expected 0600, because the keys of access tokens \
             must stay secret"
        );
    }
    let bytes = fs::read(file).with_context(|| format!("cannot read {shown}"))?;
    let stored = serde_json::from_slice(&bytes);
    stored
        .map(Some)
        .with_context(|| format!("{shown} does not contain keys of access tokens"))
}

/// Writes the file in one step, so that no reader sees half of it. A new file does not replace one
/// that another node has just created.
fn write(file: &Path, stored: &Stored, is_new: bool) -> io::Result<()> {
    let suffix = hex(&rand::random::<[u8; 4]>());
    let part = file.with_extension(format!("{suffix}.part"));
    let mut options = OpenOptions::new();
    let mut written = options
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .open(&part)?;
    written.write_all(&serde_json::to_vec(stored)?)?;
    written.sync_all()?;
    if !is_new {
        return fs::rename(&part, file);
    }
    let linked = fs::hard_link(&part, file);
    fs::remove_file(&part)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const DAY: i64 = 24 * 3600;

    fn ids(stored: &Stored) -> Vec<&str> {
        stored.keys.iter().map(|key| key.id.as_str()).collect()
    }

    #[test]
    fn the_file_is_created_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token_keys.json");
        let first = read_and_rotate(&file, 0).unwrap();
        assert_eq!(first.len(), 1);
        let text = fs::read_to_string(&file).unwrap();
        read_and_rotate(&file, DAY).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, OWNER_ONLY);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write(&file, &Stored::default(), true).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }

    #[test]
    fn a_file_that_others_can_read_or_that_has_no_keys_is_rejected_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token_keys.json");
        read_and_rotate(&file, 0).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read_and_rotate(&file, 0).unwrap_err().to_string();
        assert!(error.contains("token_keys.json has the mode 0644: expected 0600"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, "{}").unwrap();
        let error = read_and_rotate(&file, 0).unwrap_err().to_string();
        assert!(error.contains("does not contain keys of access tokens"));
    }

    #[test]
    fn a_new_key_waits_for_a_day_before_it_signs_and_the_old_one_verifies_for_a_day_after() {
        let mut stored = Stored::default();
        assert!(stored.rotate(0));
        assert!(!stored.rotate(28 * DAY));
        assert!(stored.rotate(29 * DAY));
        let both = ids(&stored).join(" ");
        assert_eq!(stored.keys.len(), 2);
        assert_eq!(stored.keys[1].signs_from_s, 30 * DAY);
        assert!(!stored.rotate(30 * DAY));
        assert_eq!(ids(&stored).join(" "), both);
        assert!(stored.rotate(31 * DAY));
        assert_eq!(ids(&stored), [both.split(' ').next_back().unwrap()]);
        // After a long pause the newest key still verifies until its successor signs.
        assert!(stored.rotate(400 * DAY));
        assert_eq!(stored.keys.len(), 2);
    }
}
