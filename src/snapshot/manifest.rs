//! The manifest of a snapshot: its origin, position and files.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use roost_engine::Checkpoint;
use serde::{Deserialize, Serialize};

use super::storage::Storage;

/// Describes a snapshot. It is written last, so a snapshot with a manifest is complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`Manifest::FORMAT`] of the version that wrote it.
    pub(crate) format: u32,
    /// Ids sort by time.
    pub(crate) id: String,
    /// The time of the save, in ISO 8601.
    pub(crate) saved_at: String,
    /// The version of Roost that saved it.
    pub(crate) roost: String,
    /// The format version of the index.
    pub(crate) index_format: u32,
    /// The position of the index in its stream, with system id, timeline and slot.
    pub(crate) checkpoint: Checkpoint,
    /// The slot that retains the WAL from that position on, if any. Earlier manifests of this
    /// format call it `held_by`.
    #[serde(alias = "held_by")]
    pub(crate) slot: Option<String>,
    /// The number of documents of each collection.
    pub(crate) documents: BTreeMap<String, u64>,
    pub(crate) files: Vec<SavedFile>,
}

/// A file of the index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedFile {
    /// Collection folder and file name.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// The folder of the manifests.
const FOLDER: &str = "snapshots";

/// The folder of the files, which are named by their checksums, so that snapshots share them.
pub(crate) const FILES: &str = "files";

impl Manifest {
    /// The version of the manifest and of the layout of the storage.
    pub(crate) const FORMAT: u32 = 1;

    /// Returns the ids of all snapshots, oldest first.
    pub(crate) async fn ids(storage: &Storage) -> anyhow::Result<Vec<String>> {
        let names = storage.list(FOLDER).await?.into_keys();
        let ids = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()));
        Ok(ids.collect())
    }

    /// Reads and checks a manifest.
    pub(crate) async fn read(storage: &Storage, id: &str) -> anyhow::Result<Manifest> {
        let name = name(id);
        let bytes = storage.read(&name).await?;
        Manifest::parse(&bytes).with_context(|| format!("cannot use {name} in {}", storage.url()))
    }

    /// Writes the manifest, which completes the snapshot.
    pub(crate) async fn write(&self, storage: &Storage) -> anyhow::Result<()> {
        storage
            .write(&name(&self.id), serde_json::to_vec_pretty(self)?)
            .await
    }

    /// Deletes a manifest; its files stay.
    pub(crate) async fn delete(storage: &Storage, id: &str) -> anyhow::Result<()> {
        storage.delete(&name(id)).await
    }

    /// The total size of the files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// A text such as `1,000 rooms and 20 venues`.
    pub(crate) fn contents(&self) -> String {
        let counts = self.documents.iter();
        let counts =
            counts.map(|(name, count)| format!("{} {name}", indicatif::HumanCount(*count)));
        counts.collect::<Vec<_>>().join(" and ")
    }

    fn parse(bytes: &[u8]) -> anyhow::Result<Manifest> {
        let json: serde_json::Value = serde_json::from_slice(bytes)?;
        let format = &json["format"];
        if *format != Manifest::FORMAT {
            let expected = Manifest::FORMAT;
            bail!("its format is {format}, and this version of roost reads {expected}");
        }
        let manifest: Manifest = serde_json::from_value(json)?;
        for file in &manifest.files {
            file.check(&manifest.documents)?;
        }
        Ok(manifest)
    }
}

impl SavedFile {
    /// The name of the file in the storage.
    pub(crate) fn stored_as(&self) -> String {
        format!("{FILES}/{}", self.sha256)
    }

    /// Rejects paths outside of an index, since anyone with write access to the storage sets them.
    fn check(&self, documents: &BTreeMap<String, u64>) -> anyhow::Result<()> {
        let is_plain_char = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let (collection, name) = self.path.split_once('/').unwrap_or_default();
        let is_collection = documents.contains_key(collection)
            && !collection.starts_with('.')
            && collection.chars().all(is_plain_char);
        let is_plain =
            !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain_char);
        ensure!(
            is_collection && is_plain,
            "its file {:?} does not belong to an index",
            self.path
        );
        let is_checksum =
            self.sha256.len() == 64 && self.sha256.chars().all(|c| c.is_ascii_hexdigit());
        ensure!(
            is_checksum,
            "the SHA-256 of its file {} is {:?}: expected 64 hexadecimal digits",
            self.path,
            self.sha256
        );
        Ok(())
    }
}

fn name(id: &str) -> String {
    format!("{FOLDER}/{id}.json")
}

#[cfg(test)]
mod tests {
    use roost_engine::Position;

    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: Manifest::FORMAT,
            id: "20270115T080000Z-0000000000000063".to_owned(),
            saved_at: "2027-01-15T08:00:00Z".to_owned(),
            roost: "0.1.0".to_owned(),
            index_format: 1,
            checkpoint: Checkpoint {
                position: Position(99),
                source: serde_json::json!({"slot": "roost"}),
            },
            slot: Some("roost_snapshot".to_owned()),
            documents: BTreeMap::from([("rooms".to_owned(), 1_200), ("venues".to_owned(), 3)]),
            files: vec![SavedFile {
                path: "rooms/meta.json".to_owned(),
                bytes: 5,
                sha256: "0a".repeat(32),
            }],
        }
    }

    fn parsed(manifest: &Manifest) -> anyhow::Result<Manifest> {
        Manifest::parse(&serde_json::to_vec(manifest).unwrap())
    }

    #[test]
    fn a_manifest_reads_back_as_written() {
        assert_eq!(parsed(&manifest()).unwrap(), manifest());
        assert_eq!(manifest().contents(), "1,200 rooms and 3 venues");
    }

    #[test]
    fn the_former_name_of_the_slot_is_read_too() {
        let text = serde_json::to_string(&manifest()).unwrap();
        let former = text.replace(
            "\"slot\":\"roost_snapshot\"",
            "\"held_by\":\"roost_snapshot\"",
        );
        assert_ne!(former, text);
        assert_eq!(Manifest::parse(former.as_bytes()).unwrap(), manifest());
    }

    #[test]
    fn a_manifest_of_another_format_names_both() {
        let other = Manifest {
            format: 7,
            ..manifest()
        };
        let error = parsed(&other).unwrap_err().to_string();
        assert!(error.contains("its format is 7"), "{error}");
        assert!(error.contains("reads 1"), "{error}");
        assert!(Manifest::parse(b"{}").is_err());
        assert!(Manifest::parse(b"<html>").is_err());
    }

    #[test]
    fn a_file_outside_of_the_index_is_rejected() {
        for path in [
            "rooms/../../etc/passwd",
            "/etc/passwd",
            "rooms",
            "rooms/",
            "rooms/.hidden",
            "users/meta.json",
            "../meta.json",
        ] {
            let mut manifest = manifest();
            manifest.files[0].path = path.to_owned();
            let error = parsed(&manifest).unwrap_err().to_string();
            assert!(error.contains(path), "{error}");
        }
        let mut manifest = manifest();
        manifest.files[0].sha256 = "../x".to_owned();
        assert!(parsed(&manifest).is_err());
    }
}
