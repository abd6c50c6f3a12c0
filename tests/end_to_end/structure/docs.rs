//! Every path, command and test that a document names exists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::layering::rust_files;
use crate::command::usage::subcommands;
use crate::harness::{repository, roost, stdout};

#[test]
fn every_path_that_a_document_names_exists() {
    for document in documents() {
        for code in inline_code(&document.text) {
            let folder = document.path.parent().unwrap();
            if let Some(path) = as_path(code) {
                let exists = repository().join(path).exists() || folder.join(path).exists();
                assert!(exists, "{}: `{code}` does not exist", document.name());
            }
        }
        for target in links(&document.text) {
            let path = document.path.parent().unwrap().join(target);
            assert!(
                path.exists(),
                "{}: the link {target} is broken",
                document.name()
            );
        }
    }
}

#[test]
fn every_make_target_that_a_document_names_exists() {
    let makefile = std::fs::read_to_string(repository().join("Makefile")).unwrap();
    for document in documents() {
        for words in commands(&document.text) {
            if let ["make", target, ..] = words[..] {
                let rule = format!("{target}:");
                let exists = makefile.lines().any(|line| line.starts_with(&rule));
                assert!(
                    exists,
                    "{}: `make {target}` does not exist",
                    document.name()
                );
            }
        }
    }
}

#[test]
fn every_roost_command_and_flag_that_a_document_names_exists() {
    let mut helps = Helps::default();
    for document in documents() {
        for words in commands(&document.text) {
            let arguments = match words[..] {
                [program, ref arguments @ ..] if program.rsplit('/').next() == Some("roost") => {
                    arguments
                }
                _ => continue,
            };
            let missing = helps.missing(arguments);
            assert_eq!(missing, None, "{}: `{}`", document.name(), words.join(" "));
        }
    }
}

#[test]
fn every_test_that_a_document_names_exists() {
    let sources: Vec<String> = rust_files(&repository().join("tests"))
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for document in documents() {
        for name in inline_code(&document.text).into_iter().filter(is_sentence) {
            let test = format!("fn {name}()");
            let exists = sources.iter().any(|source| source.contains(&test));
            assert!(
                exists,
                "{}: the test `{name}` does not exist",
                document.name()
            );
        }
    }
}

#[test]
fn every_log_message_in_the_operations_guide_exists() {
    let folders = ["api/src", "engine/src", "indexer/src", "market/src", "src"];
    let files = folders
        .iter()
        .flat_map(|folder| rust_files(&repository().join(folder)));
    let sources: Vec<String> = files.map(|path| without_continuations(&path)).collect();
    let guide = std::fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let levels = ["| INFO |", "| WARN |", "| ERROR |"];
    let rows = guide
        .lines()
        .filter(|line| levels.iter().any(|level| line.starts_with(level)));
    let messages: Vec<&str> = rows
        .filter_map(|row| row.split(" | ").nth(1))
        .flat_map(in_backticks)
        .collect();
    assert!(messages.len() > 10, "{messages:?}");
    for message in messages {
        let exists = sources.iter().any(|source| source.contains(message));
        assert!(exists, "there is no log message `{message}`");
    }
}

/// A source with each string literal on one line.
fn without_continuations(path: &Path) -> String {
    let source = std::fs::read_to_string(path).unwrap();
    source.split("\\\n").map(str::trim_start).collect()
}

#[test]
fn the_checks_find_paths_commands_and_unknown_flags() {
    let documents = documents();
    let readme = documents
        .iter()
        .find(|document| document.name() == "README.md")
        .unwrap();
    assert!(commands(&readme.text).contains(&vec!["make", "demo"]));
    assert!(
        inline_code(&readme.text)
            .into_iter()
            .filter_map(as_path)
            .count()
            > 3
    );
    assert_eq!(Helps::default().missing(&["fly"]), Some("fly".to_owned()));
    assert_eq!(
        Helps::default().missing(&["postgres", "start", "--far"]),
        Some("--far".to_owned())
    );
}

struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    fn name(&self) -> String {
        self.path
            .strip_prefix(repository())
            .unwrap()
            .display()
            .to_string()
    }
}

fn documents() -> Vec<Document> {
    let names = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ];
    let mut paths = Vec::from(names.map(|name| repository().join(name)));
    for folder in ["docs", "datasets", "benches", "tests"] {
        markdown_below(&repository().join(folder), &mut paths);
    }
    let read = |path: PathBuf| Document {
        text: std::fs::read_to_string(&path).unwrap(),
        path,
    };
    paths.into_iter().map(read).collect()
}

fn markdown_below(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            markdown_below(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

/// Inline code, outside of fenced blocks.
fn inline_code(text: &str) -> Vec<&str> {
    text.split("```")
        .step_by(2)
        .flat_map(str::lines)
        .flat_map(in_backticks)
        .collect()
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Inline code that looks like a path of the repository: it has a folder or a known extension.
/// Code that starts with a slash is a route, and a run creates `.roost` and `target/`.
fn as_path(code: &str) -> Option<&str> {
    let plain = code
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let created = ["/", ".roost", "target/"]
        .iter()
        .any(|start| code.starts_with(start));
    let ending = Path::new(code).extension().is_some_and(|ending| {
        ["csv", "md", "py", "rs", "sh", "sql", "toml"]
            .iter()
            .any(|known| ending == *known)
    });
    // Files that users write themselves.
    let own = code == "roost.toml" || code == "listings.csv";
    (plain && !created && !own && (code.contains('/') || ending)).then_some(code)
}

/// Whether this is the name of a test: only tests have sentences as names.
fn is_sentence(code: &&str) -> bool {
    let is_name = code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_name && code.matches('_').count() >= 5
}

/// The targets of links to files of the repository.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .collect()
}

/// Commands, split into words: inline code and lines of fenced blocks, without the prompt, leading
/// variables and everything after a pipe.
fn commands(text: &str) -> Vec<Vec<&str>> {
    let fenced = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    let lines = fenced.chain(inline_code(text));
    lines
        .flat_map(|line| line.split(['|', ';', '#', '(', ')']))
        .flat_map(|part| part.split("&&"))
        .map(|part| {
            let words = part.split_whitespace().skip_while(|word| *word == "$");
            words
                .skip_while(|word| word.contains('=') && !word.starts_with('-'))
                .collect()
        })
        .filter(|words: &Vec<&str>| !words.is_empty())
        .collect()
}

/// The help texts of subcommands, each read once.
#[derive(Default)]
struct Helps(BTreeMap<Vec<String>, String>);

impl Helps {
    /// The first argument of a command that its help does not list.
    fn missing(&mut self, arguments: &[&str]) -> Option<String> {
        let mut path = Vec::new();
        let mut help = self.of(&path);
        for argument in arguments {
            let known = subcommands(&help);
            if argument.starts_with("--") {
                let flag = argument.split('=').next().unwrap_or_default();
                let mut words = help.split([' ', '\n', ',', '=']);
                if !words.any(|word| word == flag) {
                    return Some(flag.to_owned());
                }
            } else if !known.is_empty() {
                if !known.iter().any(|name| name == argument) {
                    return Some((*argument).to_owned());
                }
                path.push((*argument).to_owned());
                help = self.of(&path);
            }
        }
        None
    }

    fn of(&mut self, path: &[String]) -> String {
        let read = || {
            let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
            arguments.push("--help");
            stdout(&roost(&arguments))
        };
        self.0.entry(path.to_vec()).or_insert_with(read).clone()
    }
}
