//! Writes results into `docs/performance.md`, between the markers of their section.

use std::fs;
use std::path::{Path, PathBuf};

/// Replaces the text between `<!-- SECTION -->` and `<!-- end of SECTION -->`.
pub(crate) fn fill(section: &str, content: &str) {
    let path = docs("performance.md");
    let text = fs::read_to_string(&path).expect("the document can be read");
    let (start, end) = (
        format!("<!-- {section} -->"),
        format!("<!-- end of {section} -->"),
    );
    let (before, rest) = text
        .split_once(&start)
        .expect("the start marker of the section");
    let (_, after) = rest
        .split_once(&end)
        .expect("the end marker of the section");
    let figures = content
        .lines()
        .filter(|line| !line.starts_with('{'))
        .collect::<Vec<_>>()
        .join("\n");
    let figures = figures.trim();
    let filled = format!("{before}{start}\n{figures}\n{end}{after}");
    fs::write(&path, filled).expect("the document can be written");
}

/// Writes another file in `docs/`.
pub(crate) fn write(name: &str, content: &str) {
    fs::write(docs(name), content).expect("the document can be written");
}

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}
