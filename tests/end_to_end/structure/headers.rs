//! File headers: every Rust file begins with a sentence that says what it is, and no question.

use super::sources::{Sources, assert_none};

/// Comments wrap at this width, as code does.
const COLUMNS_MAX: usize = 100;

/// Files without a header, or with a header whose first sentence is a question.
pub(super) fn bad_headers(sources: &Sources) -> Vec<String> {
    let files = sources.iter().filter(|(path, _)| path.ends_with(".rs"));
    let bad = files.filter_map(|(path, text)| {
        let first = first_sentence(text);
        if first.is_empty() && !path.ends_with("build.rs") {
            return Some(format!("{path}: no header"));
        }
        let is_question = first.ends_with('?');
        is_question.then(|| format!("{path}: the header is a question: {first}"))
    });
    bad.collect()
}

/// Comment lines that are too wide, except those with a URL, which cannot be wrapped.
pub(super) fn wide_comments(sources: &Sources) -> Vec<String> {
    let files = sources.iter().filter(|(path, _)| path.ends_with(".rs"));
    files
        .flat_map(|(path, text)| {
            let wide = text.lines().enumerate().filter(|(_, line)| {
                let is_comment = line.trim_start().starts_with("//") && !line.contains("://");
                is_comment && line.chars().count() > COLUMNS_MAX
            });
            wide.map(move |(index, _)| format!("{path}:{}: the comment is too wide", index + 1))
        })
        .collect()
}

/// The first sentence of the first paragraph of a file's `//!` comment.
fn first_sentence(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let paragraph: Vec<&str> = lines
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    let paragraph = paragraph.join(" ");
    let ends = [". ", "? ", "! "];
    let end = ends.iter().filter_map(|end| paragraph.find(end)).min();
    end.map_or(paragraph.clone(), |end| paragraph[..=end].to_owned())
}

#[test]
fn every_file_begins_with_a_sentence_that_says_what_it_is() {
    assert_none(&bad_headers(Sources::of_the_repository()));
}

#[test]
fn comments_are_wrapped_at_one_hundred_columns() {
    assert_none(&wide_comments(Sources::of_the_repository()));
}

#[test]
fn files_without_a_header_or_with_a_question_are_reported() {
    let sources = Sources::of(&[
        ("build.rs", "fn main() {}"),
        ("src/a.rs", "//! The segment tree.\n\nfn a() {}"),
        ("src/b.rs", "//! How is a node\n//! found? By its range.\n"),
        ("src/c.rs", "use std::fs;\n//! Too late."),
        ("src/d.rs", "//! Finds nodes.\n//!\n//! Is that all?"),
    ]);
    assert_eq!(
        bad_headers(&sources),
        [
            "src/b.rs: the header is a question: How is a node found?",
            "src/c.rs: no header"
        ]
    );
}

#[test]
fn comments_that_are_too_wide_are_reported() {
    let wide = "é".repeat(97);
    let text = format!(
        "// {wide}\n    // {wide}\nlet code = \"{wide}{wide}\";\n// https://{wide}\n//// {wide}"
    );
    assert_eq!(
        wide_comments(&Sources::of(&[("src/a.rs", &text)])),
        [
            "src/a.rs:2: the comment is too wide",
            "src/a.rs:5: the comment is too wide"
        ]
    );
}
