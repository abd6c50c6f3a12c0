//! Import cycles: files or siblings of a folder that import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Imports, imports};
use super::modules::folder_of;
use super::sources::{CRATES, Sources, assert_none};

/// The import cycles between files, and between a folder and its siblings, as readable reports. A
/// cycle that consists of files of one folder is reported once.
pub(super) fn cycles(imports: &Imports, folder: &str) -> Vec<String> {
    let mut reports = cycles_between(imports);
    for parent in folders(imports, folder) {
        let contracted = contract(imports, &parent);
        let folders = |report: &String| report.lines().any(|line| line.contains("/ imports "));
        reports.extend(cycles_between(&contracted).into_iter().filter(folders));
    }
    reports
}

/// One report for each strongly connected component: its edges, with the imported names.
fn cycles_between(imports: &Imports) -> Vec<String> {
    let mut reports = Vec::new();
    for component in components(imports) {
        let mut report = format!("a cycle of {}:", component.len());
        for ((from, to), names) in imports {
            if component.contains(from) && component.contains(to) {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                report += &format!("\n    {from} imports {} from {to}", names.join(", "));
            }
        }
        reports.push(report);
    }
    reports
}

/// The folders below a `src` folder that have files in the graph, and `src` itself.
fn folders(imports: &Imports, folder: &str) -> BTreeSet<String> {
    let mut folders = BTreeSet::from([folder.to_owned()]);
    for (from, to) in imports.keys() {
        for file in [from, to] {
            let mut parent = folder_of(file);
            while parent.len() > folder.len() {
                folders.insert(parent.to_owned());
                parent = folder_of(parent);
            }
        }
    }
    folders
}

/// Imports between the entries of one folder: each file below a subfolder counts as that subfolder.
fn contract(imports: &Imports, folder: &str) -> Imports {
    let entry = |file: &str| {
        let below = file.strip_prefix(folder)?.strip_prefix('/')?;
        Some(match below.split_once('/') {
            Some((subfolder, _)) => format!("{folder}/{subfolder}/"),
            None => file.to_owned(),
        })
    };
    let mut contracted = Imports::new();
    for ((from, to), names) in imports {
        if let (Some(from), Some(to)) = (entry(from), entry(to))
            && from != to
        {
            let edge = contracted.entry((from, to)).or_default();
            edge.extend(names.iter().cloned());
        }
    }
    contracted
}

/// The strongly connected components with more than one member: nodes that reach each other.
fn components(imports: &Imports) -> Vec<BTreeSet<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in imports.keys() {
        next.entry(from).or_default().push(to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = (next.keys())
        .map(|start| (*start, reachable(&next, start)))
        .collect();
    let mut components: Vec<BTreeSet<String>> = Vec::new();
    for (node, reached_from_node) in &reached {
        if !reached_from_node.contains(node) || components.iter().any(|one| one.contains(*node)) {
            continue;
        }
        let reaches_back = |other: &&&str| reached.get(**other).is_some_and(|r| r.contains(node));
        let members = reached_from_node.iter().filter(reaches_back);
        components.push(members.map(|member| (*member).to_owned()).collect());
    }
    components
}

/// The nodes that one or more edges lead to.
fn reachable<'a>(next: &BTreeMap<&'a str, Vec<&'a str>>, start: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = next.get(start).into_iter().flatten().copied().collect();
    while let Some(node) = open.pop() {
        if reached.insert(node) {
            open.extend(next.get(node).into_iter().flatten());
        }
    }
    reached
}

#[test]
fn files_and_folders_of_a_crate_do_not_import_each_other_in_a_circle() {
    let sources = Sources::of_the_repository();
    let of_crate = |folder: &&str| cycles(&imports(sources, folder), folder);
    assert_none(&CRATES.iter().flat_map(of_crate).collect::<Vec<_>>());
}

/// The cycles of a made-up crate, one line each: its members in the order of their names.
fn members(files: &[(&str, &str)]) -> Vec<String> {
    let sources = Sources::of(files);
    let cycles = cycles(&imports(&sources, "src"), "src");
    let members = |report: &String| {
        let lines = report.lines().skip(1);
        let from = lines.map(|line| {
            line.trim_start()
                .split(" imports ")
                .next()
                .unwrap_or_default()
        });
        Vec::from_iter(BTreeSet::from_iter(from)).join(" ")
    };
    cycles.iter().map(members).collect()
}

#[test]
fn files_that_need_each_other_are_a_cycle() {
    let files = [
        (
            "src/lib.rs",
            "mod a; mod b; mod c; pub use a::A; pub use c::C;",
        ),
        ("src/a.rs", "use crate::b::B; pub struct A(B);"),
        (
            "src/b.rs",
            "pub struct B; fn f() { println!(\"{}\", super::a::A::NAME); }",
        ),
        ("src/c.rs", "pub struct C(crate::A);"),
    ];
    assert_eq!(members(&files), ["src/a.rs src/b.rs"]);
}

#[test]
fn imports_that_only_go_down_are_no_cycle() {
    let files = [
        (
            "src/lib.rs",
            "mod a; mod b; pub use a::A; pub use b::B; pub struct Base;",
        ),
        ("src/a.rs", "use super::{B, Base}; pub struct A(B, Base);"),
        (
            "src/b.rs",
            "use super::*; pub struct B(Base); #[cfg(test)] mod tests { use crate::A; }",
        ),
    ];
    assert_eq!(members(&files), Vec::<String>::new());
}

#[test]
fn a_child_and_the_module_that_declares_and_uses_it_are_a_cycle() {
    let files = [
        ("src/lib.rs", "mod tree;"),
        (
            "src/tree/mod.rs",
            "mod node; use node::Node; pub struct Tree(Node);",
        ),
        (
            "src/tree/node.rs",
            "pub struct Node; fn f(tree: &super::Tree) {}",
        ),
    ];
    assert_eq!(members(&files), ["src/tree/mod.rs src/tree/node.rs"]);
}

#[test]
fn a_module_that_uses_what_it_exports_again_imports_it() {
    let files = [
        (
            "src/lib.rs",
            "mod a; pub use a::A; pub struct Base; fn f(a: A) {}",
        ),
        ("src/a.rs", "use crate::Base; pub struct A(Base);"),
    ];
    assert_eq!(members(&files), ["src/a.rs src/lib.rs"]);
}

#[test]
fn folders_that_need_each_other_are_a_cycle_though_their_files_are_none() {
    let files = [
        ("src/lib.rs", "mod index; mod search;"),
        ("src/index/mod.rs", "mod reader; pub mod tree;"),
        (
            "src/index/reader.rs",
            "use crate::search::find; fn read() { find() }",
        ),
        ("src/index/tree.rs", "pub struct Tree;"),
        ("src/search/mod.rs", "mod plan; pub use plan::find;"),
        (
            "src/search/plan.rs",
            "pub fn find() { crate::index::tree::Tree; }",
        ),
    ];
    assert_eq!(members(&files), ["src/index/ src/search/"]);
}

#[test]
fn a_report_of_a_cycle_names_what_ties_it() {
    let sources = Sources::of(&[
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a.rs", "use crate::b::{B, C}; pub struct A(B, C);"),
        (
            "src/b.rs",
            "use crate::a::A; pub struct B; pub struct C; fn f(a: A) {}",
        ),
    ]);
    assert_eq!(
        cycles(&imports(&sources, "src"), "src"),
        ["a cycle of 2:\n    \
          src/a.rs imports B, C from src/b.rs\n    \
          src/b.rs imports A from src/a.rs"]
    );
}
