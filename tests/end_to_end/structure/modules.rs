//! The module tree of a crate, parsed from its sources: definitions, imports and paths.

use std::collections::{BTreeMap, BTreeSet};

use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};

use super::sources::Sources;

/// The segments of a path as it is written, such as `["super", "tree", "Node"]`.
pub(super) type Segments = Vec<String>;

/// One name of a `use` item.
pub(super) struct Import {
    /// The name in scope of the module; `None` for a glob.
    pub(super) name: Option<String>,
    pub(super) path: Segments,
    /// Re-exported by `pub use` or `pub(...) use`.
    pub(super) is_public: bool,
}

/// A module without its tests. An inline module shares the file of its parent.
#[derive(Default)]
pub(super) struct Module {
    pub(super) file: String,
    pub(super) parent: Option<usize>,
    pub(super) children: BTreeMap<String, usize>,
    /// Names of the functions, types, constants and macros that the module defines.
    pub(super) items: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// Every path in the code of the module.
    pub(super) references: BTreeSet<Segments>,
    /// The types of the inherent `impl` blocks.
    pub(super) impls: Vec<Segments>,
}

/// All modules that belong to one root file.
pub(super) struct Modules(Vec<Module>);

impl Modules {
    /// The modules of the crate or binary with this root file, such as `engine/src/lib.rs`.
    pub(super) fn parse(sources: &Sources, root: &str) -> Self {
        let mut modules = Self(Vec::new());
        let folder = folder_of(root).to_owned();
        modules.load(sources, root.to_owned(), folder, None);
        modules
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Module)> {
        self.0.iter().enumerate()
    }

    pub(super) fn get(&self, id: usize) -> &Module {
        &self.0[id]
    }

    /// Parses a file whose child modules are in `folder`.
    fn load(
        &mut self,
        sources: &Sources,
        file: String,
        folder: String,
        parent: Option<usize>,
    ) -> usize {
        let text = sources
            .text(&file)
            .unwrap_or_else(|| panic!("no file {file}"));
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        self.add(sources, file, folder, parent, &syntax.items)
    }

    fn add(
        &mut self,
        sources: &Sources,
        file: String,
        folder: String,
        parent: Option<usize>,
        items: &[syn::Item],
    ) -> usize {
        let mut found = Found::default();
        for item in items {
            found.visit_item(item);
        }
        let id = self.0.len();
        self.0.push(Module {
            file: file.clone(),
            parent,
            ..found.module
        });
        for (name, content) in found.declared {
            let below = format!("{folder}/{name}");
            let child = match content {
                Some(items) => self.add(sources, file.clone(), below, Some(id), &items),
                None => {
                    let beside = format!("{below}.rs");
                    let within = format!("{below}/mod.rs");
                    let file = match sources.text(&beside) {
                        Some(_) => beside,
                        None => within,
                    };
                    self.load(sources, file, below, Some(id))
                }
            };
            self.0[id].children.insert(name, child);
        }
        id
    }
}

/// The folder of a path, without the last `/`.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Collects the contents of a module from its syntax tree.
#[derive(Default)]
struct Found {
    module: Module,
    /// Child modules, inline ones with their items.
    declared: Vec<(String, Option<Vec<syn::Item>>)>,
}

impl Found {
    fn add_imports(&mut self, prefix: &Segments, tree: &syn::UseTree, is_public: bool) {
        let joined = |name: &syn::Ident| {
            let mut path = prefix.clone();
            path.push(name.to_string());
            path
        };
        let (name, path) = match tree {
            syn::UseTree::Path(path) => {
                return self.add_imports(&joined(&path.ident), &path.tree, is_public);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_imports(prefix, tree, is_public);
                }
                return;
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                (prefix.last().cloned(), prefix.clone())
            }
            syn::UseTree::Name(name) => (Some(name.ident.to_string()), joined(&name.ident)),
            syn::UseTree::Rename(name) if name.ident == "self" => {
                (Some(name.rename.to_string()), prefix.clone())
            }
            syn::UseTree::Rename(name) => (Some(name.rename.to_string()), joined(&name.ident)),
            syn::UseTree::Glob(_) => (None, prefix.clone()),
        };
        self.module.imports.push(Import {
            name,
            path,
            is_public,
        });
    }

    /// Adds the paths in the arguments of a macro or an attribute, which have no syntax tree.
    /// Attributes also name functions in strings, such as `#[serde(with = "crate::seconds")]`.
    fn add_tokens(&mut self, mut cursor: Cursor<'_>, with_strings: bool) {
        let mut path = Segments::new();
        let mut colons = 0;
        while !cursor.eof() {
            if let Some((ident, next)) = cursor.ident() {
                if colons != 2 {
                    self.add_reference(&mut path);
                }
                path.push(ident.to_string());
                colons = 0;
                cursor = next;
            } else if let Some((punct, next)) = cursor.punct() {
                if punct.as_char() == ':' && !path.is_empty() {
                    colons += 1;
                } else {
                    self.add_reference(&mut path);
                    colons = 0;
                }
                cursor = next;
            } else {
                self.add_reference(&mut path);
                colons = 0;
                if let Some((inner, _, _, next)) = cursor.any_group() {
                    self.add_tokens(inner, with_strings);
                    cursor = next;
                } else if let Some((literal, next)) = cursor.literal() {
                    let text = literal.to_string();
                    if let (true, Ok(path)) = (
                        with_strings,
                        syn::parse_str::<syn::Path>(text.trim_matches('"')),
                    ) {
                        self.visit_path(&path);
                    }
                    cursor = next;
                } else {
                    let Some((_, next)) = cursor.token_tree() else {
                        break;
                    };
                    cursor = next;
                }
            }
        }
        self.add_reference(&mut path);
    }

    fn add_reference(&mut self, path: &mut Segments) {
        if !path.is_empty() {
            self.module.references.insert(std::mem::take(path));
        }
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if attributes(item).iter().any(is_test_only) {
            return;
        }
        let name = match item {
            syn::Item::Mod(module) => {
                let items = module.content.as_ref().map(|(_, items)| items.clone());
                self.declared.push((module.ident.to_string(), items));
                return;
            }
            syn::Item::Fn(item) => Some(&item.sig.ident),
            syn::Item::Struct(item) => Some(&item.ident),
            syn::Item::Enum(item) => Some(&item.ident),
            syn::Item::Union(item) => Some(&item.ident),
            syn::Item::Const(item) => Some(&item.ident),
            syn::Item::Static(item) => Some(&item.ident),
            syn::Item::Type(item) => Some(&item.ident),
            syn::Item::Trait(item) => Some(&item.ident),
            syn::Item::Macro(item) => item.ident.as_ref(),
            _ => None,
        };
        self.module.items.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.add_imports(&Segments::new(), &item.tree, is_public);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if let (None, syn::Type::Path(path)) = (&item.trait_, &*item.self_ty) {
            self.module.impls.push(segments(&path.path));
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Fn(item) => &item.attrs[..],
            syn::ImplItem::Const(item) => &item.attrs[..],
            _ => &[],
        };
        if !attributes.iter().any(is_test_only) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.module.references.insert(segments(path));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.visit_path(&called.path);
        self.add_tokens(TokenBuffer::new2(called.tokens.clone()).begin(), false);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let syn::Meta::List(list) = &attribute.meta else {
            return;
        };
        self.add_tokens(TokenBuffer::new2(list.tokens.clone()).begin(), true);
    }

    /// `pub(in crate::index)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

fn segments(path: &syn::Path) -> Segments {
    let names = path.segments.iter();
    names.map(|segment| segment.ident.to_string()).collect()
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]` and `#[cfg(all(test, ...))]`. Code under `#[cfg(any(test, ...))]` ships too.
fn is_test_only(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    let condition = list.tokens.to_string();
    let names = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == "test")
    };
    list.path.is_ident("cfg")
        && (condition == "test" || condition.starts_with("all") && names(&condition))
}
