//! Which documents callers may see, by the category that decides their visibility.

use roost_collections::Declared;
use roost_engine::{Category, Document};

/// Every category that callers may see; none if documents have no visibility.
pub(crate) fn public_categories(declared: Declared) -> Vec<Category> {
    let Some(field) = declared.collection.visibility() else {
        return Vec::new();
    };
    let mut values = declared.declaration.values();
    let names = values.find(|(id, _)| *id == field);
    let names = names.map_or(&[][..], |(_, field)| field.names());
    let category = |name: &&str| declared.collection.category(field, name);
    names.iter().filter_map(category).collect()
}

/// Whether callers may see a document.
pub(crate) fn is_public(declared: Declared, document: &Document) -> bool {
    let Some(field) = declared.collection.visibility() else {
        return true;
    };
    let category = document.category(field);
    category.is_some_and(|category| public_categories(declared).contains(&category))
}
