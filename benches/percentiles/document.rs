//! Where do the figures go? Into docs/performance.md, between the marks of their place.

use std::fs;
use std::path::{Path, PathBuf};

/// Replaces what stands between `<!-- PLACE -->` and `<!-- end of PLACE -->`.
pub(crate) fn fill(place: &str, content: &str) {
    let path = docs("performance.md");
    let text = fs::read_to_string(&path).expect("the document can be read");
    let (start, end) = (
        format!("<!-- {place} -->"),
        format!("<!-- end of {place} -->"),
    );
    let (before, rest) = text.split_once(&start).expect("the start of the place");
    let (_, after) = rest.split_once(&end).expect("the end of the place");
    let figures = content
        .lines()
        .filter(|line| !line.starts_with('{'))
        .collect::<Vec<_>>()
        .join("\n");
    let figures = figures.trim();
    let filled = format!("{before}{start}\n{figures}\n{end}{after}");
    fs::write(&path, filled).expect("the document can be written");
}

/// Writes a file beside it.
pub(crate) fn write(name: &str, content: &str) {
    fs::write(docs(name), content).expect("the document can be written");
}

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}
