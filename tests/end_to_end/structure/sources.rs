//! The sources that the structure tests check: read from the repository, or made up by a self-test.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use crate::harness::repository;

/// The sources of each crate of the workspace.
pub(super) const CRATES: [&str; 7] = [
    "src",
    "engine/src",
    "collections/src",
    "indexer/src",
    "market/src",
    "api/src",
    "datasets/src",
];

/// The text of each file, by its path from the root of the repository, with `/` between folders.
#[derive(Default)]
pub(super) struct Sources(BTreeMap<String, String>);

/// Folders that hold no source of the project.
const SKIPPED: [&str; 4] = ["target", ".git", ".roost", "node_modules"];

impl Sources {
    /// The text files of this repository, read once.
    pub(super) fn of_the_repository() -> &'static Self {
        static SOURCES: OnceLock<Sources> = OnceLock::new();
        SOURCES.get_or_init(|| Self::read(repository()))
    }

    /// Every text file below a root folder.
    fn read(root: &Path) -> Self {
        let mut sources = Self::default();
        sources.read_folder(root, root);
        sources
    }

    /// Files that a self-test makes up.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self(files.iter().map(owned).collect())
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Paths and texts of the files below a folder, in the order of their paths.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        let prefix = format!("{folder}/");
        let files = self.0.iter();
        files
            .filter(move |(path, _)| path.starts_with(&prefix))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Paths and texts of all files, in the order of their paths.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    fn read_folder(&mut self, root: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                if !SKIPPED.contains(&name.as_ref()) {
                    self.read_folder(root, &path);
                }
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let relative = path.strip_prefix(root).unwrap();
                let relative = relative.to_string_lossy().replace('\\', "/");
                self.0.insert(relative, text);
            }
        }
    }
}

/// Fails with all reports of a check, if there are any.
#[track_caller]
pub(super) fn assert_none(reports: &[String]) {
    assert!(
        reports.is_empty(),
        "{} findings:\n{}",
        reports.len(),
        reports.join("\n")
    );
}
