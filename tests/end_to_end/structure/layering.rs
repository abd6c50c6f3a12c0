//! The layers of the workspace: each crate depends only on the crates below it.
//!
//! Enforces the table of crates in `docs/ARCHITECTURE.md`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::repository;

/// Each crate of the workspace, the crates of the workspace it may depend on, and the crates that
/// must be absent from all of its dependencies.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    (
        "roost-engine",
        &[],
        &[
            "axum",
            "hyper",
            "pgwire-replication",
            "sqlx",
            "tokio",
            "utoipa",
        ],
    ),
    (
        "roost-collections",
        &["roost-engine"],
        &["axum", "hyper", "pgwire-replication", "sqlx", "tokio"],
    ),
    (
        "roost-indexer",
        &["roost-collections", "roost-engine"],
        &["axum", "roost-api", "utoipa"],
    ),
    (
        "roost-market",
        &[],
        &["axum", "hyper", "pgwire-replication", "tantivy", "utoipa"],
    ),
    (
        "roost-api",
        &["roost-collections", "roost-engine", "roost-market"],
        &["pgwire-replication", "roost-indexer"],
    ),
    (
        "roost-datasets",
        &[],
        &["axum", "roost-engine", "sqlx", "tokio"],
    ),
    (
        "roost",
        &[
            "roost-api",
            "roost-collections",
            "roost-datasets",
            "roost-engine",
            "roost-indexer",
            "roost-market",
        ],
        &[],
    ),
];

#[test]
fn each_crate_depends_only_on_the_crates_below_it() {
    let packages = packages();
    let crates: BTreeSet<&str> = LAYERS.iter().map(|(name, ..)| *name).collect();
    let members: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(
        members, crates,
        "a new crate needs an entry in this test and in docs/ARCHITECTURE.md"
    );
    for package in &packages {
        let (_, may_use, _) = LAYERS
            .iter()
            .find(|(name, ..)| *name == package.name)
            .unwrap();
        for dependency in package
            .dependencies
            .iter()
            .filter(|name| crates.contains(name.as_str()))
        {
            assert!(
                may_use.contains(&dependency.as_str()),
                "{} depends on {dependency}",
                package.name
            );
        }
    }
}

#[test]
fn forbidden_crates_are_absent_from_each_dependency_tree() {
    for (name, _, never) in LAYERS {
        let output = Command::new(env!("CARGO"))
            .args([
                "tree",
                "--package",
                name,
                "--edges",
                "normal",
                "--prefix",
                "none",
                "--offline",
            ])
            .current_dir(repository())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let tree = String::from_utf8(output.stdout).unwrap();
        let dependencies: BTreeSet<&str> = tree
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert!(dependencies.contains(name), "{tree}");
        for forbidden in *never {
            assert!(
                !dependencies.contains(forbidden),
                "{name} depends on {forbidden}"
            );
        }
    }
}

#[test]
fn the_api_uses_neither_the_engine_writer_nor_the_wal() {
    for word in ["Writer", "Store", "StoreOptions", "pgoutput", "replication"] {
        assert_eq!(code_with("api/src", word), Vec::<String>::new());
    }
}

#[test]
fn the_api_reads_and_writes_postgres_through_the_market_alone() {
    assert_eq!(code_with("api/src", "sqlx"), Vec::<String>::new());
    assert!(!code_with("market/src", "sqlx").is_empty());
}

#[test]
fn only_the_command_names_the_indexer_and_the_api_together() {
    for (folder, word) in [
        ("market/src", "roost_api"),
        ("market/src", "roost_collections"),
        ("market/src", "roost_engine"),
        ("market/src", "roost_indexer"),
        ("indexer/src", "roost_market"),
        ("engine/src", "roost_market"),
        ("collections/src", "roost_market"),
        ("engine/src", "roost_indexer"),
        ("engine/src", "roost_api"),
        ("engine/src", "roost_collections"),
        ("collections/src", "roost_indexer"),
        ("collections/src", "roost_api"),
        ("indexer/src", "roost_api"),
        ("api/src", "roost_indexer"),
        ("datasets/src", "roost_engine"),
    ] {
        assert_eq!(code_with(folder, word), Vec::<String>::new());
    }
    assert!(!code_with("src", "roost_indexer").is_empty());
    assert!(!code_with("src", "roost_api").is_empty());
}

/// Parts of words that say what is searched. The engine searches documents, whatever they are; its
/// comments may use rooms as an example.
const DOMAIN_WORDS: [&str; 16] = [
    "amenit", "booked", "booking", "contract", "exam_", "landlord", "night", "occupan", "price",
    "rent", "review", "room", "stay", "student", "tenan", "venue",
];

#[test]
fn the_engine_does_not_know_what_it_searches() {
    let is_domain_word = |word: &str| {
        // A current generation is no rent, and a parent is none either.
        let others = ["current", "parent", "different", "concurrent"];
        let word = others
            .iter()
            .fold(word.to_lowercase(), |word, other| word.replace(other, ""));
        DOMAIN_WORDS.iter().any(|domain| word.contains(domain))
    };
    let mut found = Vec::new();
    for (file, code) in code_lines("engine/src") {
        let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        if words.into_iter().any(is_domain_word) {
            found.push(format!("{file}: {}", code.trim()));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_environment_is_read_in_one_place() {
    for folder in [
        "src",
        "engine/src",
        "collections/src",
        "indexer/src",
        "market/src",
        "api/src",
        "datasets/src",
    ] {
        for word in ["var", "var_os", "vars", "vars_os"] {
            for line in code_with(folder, word)
                .iter()
                .filter(|line| line.contains("env::"))
            {
                // The second folder reads PATH and PG variables, which are no settings of Roost.
                let is_allowed = ["src/config/", "src/postgres/"]
                    .iter()
                    .any(|at| line.starts_with(at));
                assert!(is_allowed, "{line}");
            }
        }
    }
}

struct Package {
    name: String,
    dependencies: Vec<String>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(repository())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let package = |package: &serde_json::Value| Package {
        name: text(&package["name"]),
        dependencies: (package["dependencies"].as_array().unwrap().iter())
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| text(&dependency["name"]))
            .collect(),
    };
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(package)
        .collect()
}

/// Lines of code that contain a word, each with its file. Skips comments and tests.
fn code_with(folder: &str, word: &str) -> Vec<String> {
    let lines = code_lines(folder).into_iter();
    let with_word = lines.filter(|(_, code)| {
        let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|candidate| candidate == word)
    });
    with_word
        .map(|(file, code)| format!("{file}: {}", code.trim()))
        .collect()
}

/// All lines of code below a folder, each with its file. Skips comments and tests.
fn code_lines(folder: &str) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for file in rust_files(&repository().join(folder)) {
        let text = std::fs::read_to_string(&file).unwrap();
        let shown = file
            .strip_prefix(repository())
            .unwrap()
            .display()
            .to_string();
        if shown.contains("/tests") || shown.contains("/against_brute_force") {
            continue;
        }
        for line in text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default()
            .lines()
        {
            let code = line.split("//").next().unwrap_or_default();
            lines.push((shown.clone(), code.to_owned()));
        }
    }
    lines
}

pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
