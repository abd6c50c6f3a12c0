//! The layout of source folders: how many siblings, one module style, and the length of files.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::folder_of;
use super::sources::{Sources, assert_none};

/// A folder with more siblings lacks a level.
const SIBLINGS_MAX: usize = 13;
const LINES_MAX: usize = 400;

/// Files that declare the modules of a folder, and do not count as siblings.
const ROOTS: [&str; 3] = ["lib.rs", "main.rs", "mod.rs"];

/// The folders of sources, tests and benchmarks whose layout is checked.
const CHECKED: [&str; 9] = [
    "src",
    "engine/src",
    "indexer/src",
    "market/src",
    "api/src",
    "api/tests",
    "datasets/src",
    "tests/end_to_end",
    "benches",
];

/// Folders below these with too many files and subfolders.
pub(super) fn crowded_folders(sources: &Sources, roots: &[&str]) -> Vec<String> {
    let mut entries: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, _) in roots.iter().flat_map(|root| sources.below(root)) {
        if !path.ends_with(".rs") {
            continue;
        }
        let mut entry = path;
        loop {
            let folder = folder_of(entry);
            let name = &entry[folder.len() + 1..];
            if !ROOTS.contains(&name) {
                entries.entry(folder).or_default().insert(name);
            }
            if roots.contains(&folder) {
                break;
            }
            entry = folder;
        }
    }
    let crowded = entries
        .iter()
        .filter(|(_, names)| names.len() > SIBLINGS_MAX);
    crowded
        .map(|(folder, names)| {
            format!("{folder}: {} siblings, at most {SIBLINGS_MAX}", names.len())
        })
        .collect()
}

/// Modules with a `foo.rs` beside a folder `foo`, where the project writes `foo/mod.rs`.
pub(super) fn files_beside_their_folder(sources: &Sources) -> Vec<String> {
    let files = sources.iter().filter(|(path, _)| path.ends_with(".rs"));
    let beside = files.filter_map(|(path, _)| {
        let folder = path.strip_suffix(".rs")?;
        let has_modules = sources
            .below(folder)
            .any(|(below, _)| below.ends_with(".rs"));
        has_modules.then(|| format!("{path}: belongs to {folder}/mod.rs"))
    });
    beside.collect()
}

pub(super) fn long_files(sources: &Sources) -> Vec<String> {
    let files = sources.iter().filter(|(path, _)| path.ends_with(".rs"));
    let long = files.filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > LINES_MAX).then(|| format!("{path}: {lines} lines, at most {LINES_MAX}"))
    });
    long.collect()
}

#[test]
fn no_folder_has_more_siblings_than_a_reader_can_survey() {
    assert_none(&crowded_folders(Sources::of_the_repository(), &CHECKED));
}

#[test]
fn the_root_of_a_module_with_children_is_the_mod_rs_of_its_folder() {
    assert_none(&files_beside_their_folder(Sources::of_the_repository()));
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    assert_none(&long_files(Sources::of_the_repository()));
}

#[test]
fn a_folder_with_too_many_siblings_is_reported() {
    let mut paths: Vec<String> = (0..12).map(|n| format!("src/index/file_{n}.rs")).collect();
    for path in [
        "src/lib.rs",
        "src/index/mod.rs",
        "src/index/words.csv",
        "src/index/tree/mod.rs",
    ] {
        paths.push(path.to_owned());
    }
    let crowded = |paths: &[String]| {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
        crowded_folders(&Sources::of(&files), &["src"])
    };
    assert_eq!(crowded(&paths), Vec::<String>::new());
    paths.push("src/index/bounds/mod.rs".to_owned());
    assert_eq!(crowded(&paths), ["src/index: 14 siblings, at most 13"]);
}

#[test]
fn a_module_of_two_styles_is_reported() {
    let sources = Sources::of(&[
        ("src/tree.rs", ""),
        ("src/tree/node.rs", ""),
        ("src/words.rs", ""),
        ("src/words/list.csv", ""),
        ("src/query/mod.rs", ""),
        ("src/query/parser.rs", ""),
    ]);
    assert_eq!(
        files_beside_their_folder(&sources),
        ["src/tree.rs: belongs to src/tree/mod.rs"]
    );
}

#[test]
fn a_long_file_is_reported() {
    let (short, long) = ("//\n".repeat(400), "//\n".repeat(401));
    let sources = Sources::of(&[("src/a.rs", &short), ("src/b.rs", &long), ("a.md", &long)]);
    assert_eq!(long_files(&sources), ["src/b.rs: 401 lines, at most 400"]);
}
