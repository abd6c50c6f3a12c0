//! What does a snapshot say of itself?

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use roost_engine::{Checkpoint, Collection};
use serde::{Deserialize, Serialize};

use super::place::Place;

/// All that belongs to a snapshot. It is written last, so that a snapshot that has one is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`Manifest::FORMAT`] of the version that wrote it.
    pub(crate) format: u32,
    /// Its name; a later one has a greater name.
    pub(crate) id: String,
    /// When it was saved, in ISO 8601.
    pub(crate) saved_at: String,
    /// The version of Roost that saved it.
    pub(crate) roost: String,
    /// The version of the index within.
    pub(crate) index_format: u32,
    /// Up to where the index follows which stream: position, system id, timeline, slot.
    pub(crate) checkpoint: Checkpoint,
    /// The slot that holds Postgres's log from there on, if one does.
    pub(crate) held_by: Option<String>,
    /// How many documents each collection has.
    pub(crate) documents: BTreeMap<String, u64>,
    pub(crate) files: Vec<SavedFile>,
}

/// A file of the index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedFile {
    /// The folder of its collection, and its name there.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// Where manifests lie.
const FOLDER: &str = "snapshots";

/// Where files lie, called by their checksums: snapshots share what they have in common.
pub(crate) const FILES: &str = "files";

impl Manifest {
    /// The version of the manifest and of what lies around it.
    pub(crate) const FORMAT: u32 = 1;

    /// The names of all snapshots, the oldest first.
    pub(crate) async fn ids(place: &Place) -> anyhow::Result<Vec<String>> {
        let names = place.list(FOLDER).await?.into_keys();
        let ids = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()));
        Ok(ids.collect())
    }

    /// Reads and checks one.
    pub(crate) async fn read(place: &Place, id: &str) -> anyhow::Result<Manifest> {
        let name = name(id);
        let bytes = place.read(&name).await?;
        Manifest::parse(&bytes).with_context(|| format!("cannot use {name} in {}", place.url()))
    }

    /// Writes it; from here on the snapshot is there.
    pub(crate) async fn write(&self, place: &Place) -> anyhow::Result<()> {
        place
            .write(&name(&self.id), serde_json::to_vec_pretty(self)?)
            .await
    }

    /// Removes one; its files stay.
    pub(crate) async fn remove(place: &Place, id: &str) -> anyhow::Result<()> {
        place.remove(&name(id)).await
    }

    /// The size of all of its files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Something like `1,000 rooms and 20 venues`.
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
            file.check()?;
        }
        Ok(manifest)
    }
}

impl SavedFile {
    /// Its name in the place.
    pub(crate) fn stored_as(&self) -> String {
        format!("{FILES}/{}", self.sha256)
    }

    /// Whoever may write to the place says where files are written to when it is restored.
    fn check(&self) -> anyhow::Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let (collection, name) = self.path.split_once('/').unwrap_or_default();
        let known = Collection::ALL.iter().any(|it| it.name() == collection);
        let is_plain = !name.is_empty() && !name.starts_with('.') && name.chars().all(plain);
        ensure!(
            known && is_plain,
            "its file {:?} is not of an index",
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
            held_by: Some("roost_snapshot".to_owned()),
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
    fn a_file_that_would_be_written_elsewhere_is_refused() {
        for path in [
            "rooms/../../etc/passwd",
            "/etc/passwd",
            "rooms",
            "rooms/",
            "rooms/.hidden",
            "users/meta.json",
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
