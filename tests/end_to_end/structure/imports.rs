//! The import graph of a crate: which file uses names that another file defines.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Import, Module, Modules, Segments};
use super::sources::{CRATES, Sources, assert_none};

/// From an importing file to a defining file, with the names that are imported.
pub(super) type Imports = BTreeMap<(String, String), BTreeSet<String>>;

/// Imports between the files of all targets below a `src` folder. Each name counts for the file
/// that defines it, through any re-exports; a re-export itself is no import.
pub(super) fn imports(sources: &Sources, folder: &str) -> Imports {
    let mut imports = Imports::new();
    for modules in targets(sources, folder) {
        for (id, module) in modules.iter() {
            let private = module.imports.iter().filter(|import| !import.is_public);
            let private = private.map(|import| &import.path);
            for path in private.chain(&module.references) {
                if let Some((file, name)) = defining_file(&modules, id, path)
                    && file != module.file
                {
                    let edge = (module.file.clone(), file);
                    imports.entry(edge).or_default().insert(name);
                }
            }
        }
    }
    imports
}

/// Inherent `impl` blocks outside of the file that defines the type, as sentences.
pub(super) fn foreign_impls(sources: &Sources, folder: &str) -> Vec<String> {
    let mut foreign = Vec::new();
    for modules in targets(sources, folder) {
        for (id, module) in modules.iter() {
            for path in &module.impls {
                if let Some((file, name)) = defining_file(&modules, id, path)
                    && file != module.file
                {
                    foreign.push(format!(
                        "{}: `impl {name}` belongs to {file}, which defines the type",
                        module.file
                    ));
                }
            }
        }
    }
    foreign
}

fn targets(sources: &Sources, folder: &str) -> Vec<Modules> {
    let roots = ["lib.rs", "main.rs"].map(|root| format!("{folder}/{root}"));
    let roots = roots.iter().filter(|root| sources.text(root).is_some());
    roots.map(|root| Modules::parse(sources, root)).collect()
}

/// The file that defines the item that a path names, and the name of the item. `None` for a module
/// and for an item of another crate.
fn defining_file(modules: &Modules, id: usize, path: &Segments) -> Option<(String, String)> {
    let mut seen = BTreeSet::new();
    match resolve(modules, id, path, &mut seen)? {
        Target::Item(file, name) => Some((file, name)),
        Target::Module(_) => None,
    }
}

enum Target {
    Module(usize),
    Item(String, String),
}

/// The lookups in progress. A repeated one is a cycle of globs or re-exports.
type Seen = BTreeSet<(usize, String)>;

fn resolve(modules: &Modules, id: usize, path: &Segments, seen: &mut Seen) -> Option<Target> {
    let mut at = id;
    for (index, name) in path.iter().enumerate() {
        let is_last = index + 1 == path.len();
        match name.as_str() {
            "crate" => at = 0,
            "self" => {}
            "super" => at = modules.get(at).parent?,
            _ => match find(modules, at, name, is_last, seen) {
                Some(Target::Module(child)) => at = child,
                Some(item) => return Some(item),
                // The path starts with the name of another crate.
                None if index == 0 => return None,
                // A macro of this crate defines the name.
                None => return Some(Target::Item(modules.get(at).file.clone(), name.clone())),
            },
        }
    }
    Some(Target::Module(at))
}

/// The target of a name in a module. For the last name of a path, an item goes before a module.
fn find(
    modules: &Modules,
    id: usize,
    name: &String,
    is_last: bool,
    seen: &mut Seen,
) -> Option<Target> {
    let module = modules.get(id);
    let child = module.children.get(name).copied().map(Target::Module);
    if !is_last && child.is_some() {
        return child;
    }
    if module.items.contains(name) {
        return Some(Target::Item(module.file.clone(), name.clone()));
    }
    if !seen.insert((id, name.clone())) {
        return child;
    }
    let imported = imported(modules, id, module, name, is_last, seen);
    seen.remove(&(id, name.clone()));
    imported.or(child)
}

fn imported(
    modules: &Modules,
    id: usize,
    module: &Module,
    name: &String,
    is_last: bool,
    seen: &mut Seen,
) -> Option<Target> {
    let named = |import: &&Import| import.name.as_ref() == Some(name);
    for import in module.imports.iter().filter(named) {
        if let Some(target) = resolve(modules, id, &import.path, seen) {
            return Some(target);
        }
    }
    for glob in module.imports.iter().filter(|import| import.name.is_none()) {
        if let Some(Target::Module(from)) = resolve(modules, id, &glob.path, seen)
            && let Some(target) = find(modules, from, name, is_last, seen)
        {
            return Some(target);
        }
    }
    None
}

#[test]
fn the_methods_of_a_type_stand_in_the_file_that_defines_it() {
    let of_crate = |folder: &&str| foreign_impls(Sources::of_the_repository(), folder);
    assert_none(&CRATES.iter().flat_map(of_crate).collect::<Vec<_>>());
}

#[test]
fn methods_outside_of_the_file_that_defines_their_type_are_reported() {
    let sources = Sources::of(&[
        (
            "src/main.rs",
            "mod a; mod b; mod inline { impl super::Local {} } struct Local;",
        ),
        ("src/a.rs", "pub struct A; impl A {}"),
        (
            "src/b.rs",
            "use crate::a::A as Other; impl Other {} impl Clone for Other {}",
        ),
    ]);
    assert_eq!(
        foreign_impls(&sources, "src"),
        ["src/b.rs: `impl A` belongs to src/a.rs, which defines the type"]
    );
}

/// The imports of a made-up crate, one line each.
fn lines(files: &[(&str, &str)]) -> Vec<String> {
    let imports = imports(&Sources::of(files), "src");
    let line = |((from, to), names): (&(String, String), &BTreeSet<String>)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("{from} imports {} from {to}", names.join(", "))
    };
    imports.iter().map(line).collect()
}

#[test]
fn re_exports_are_followed_to_the_file_that_defines_the_name() {
    let files = [
        ("src/lib.rs", "mod deep; mod user; pub use deep::*;"),
        (
            "src/deep/mod.rs",
            "mod inner; pub(crate) use inner::{Inner as Renamed, make};",
        ),
        ("src/deep/inner.rs", "pub struct Inner; pub fn make() {}"),
        (
            "src/user.rs",
            "use crate::deep; fn f() -> crate::Renamed { deep::make() }",
        ),
    ];
    assert_eq!(
        lines(&files),
        ["src/user.rs imports Inner, make from src/deep/inner.rs"]
    );
}

#[test]
fn names_in_macros_attributes_and_function_bodies_are_imports() {
    let files = [
        ("src/lib.rs", "mod a; mod b; mod c; mod d; mod user;"),
        ("src/a.rs", "pub fn a() {}"),
        ("src/b.rs", "pub fn b() {}"),
        ("src/c.rs", "pub enum C { One }"),
        ("src/d.rs", "macro_rules! d { () => {} } pub(crate) use d;"),
        (
            "src/user.rs",
            "#[serde(with = \"crate::b::b\")] struct S;
             fn f() { use crate::c::C::*; vec![1, super::a::a()]; crate::d::d!(); }",
        ),
    ];
    assert_eq!(
        lines(&files),
        [
            "src/user.rs imports a from src/a.rs",
            "src/user.rs imports b from src/b.rs",
            "src/user.rs imports C from src/c.rs",
            "src/user.rs imports d from src/d.rs"
        ]
    );
}

#[test]
fn tests_visibilities_and_other_crates_import_nothing() {
    let files = [
        ("src/lib.rs", "mod a; mod index;"),
        ("src/index.rs", "pub(in crate::a) fn f() {}"),
        (
            "src/a.rs",
            "use tantivy::index::Index; use super::index;
             #[cfg(test)] use crate::index::f; #[cfg(all(test, unix))] fn g() { crate::index::f() }
             struct A; impl A { #[cfg(test)] fn h() { crate::index::f() } }",
        ),
    ];
    assert_eq!(lines(&files), Vec::<String>::new());
}
