//! What is indexed: each collection is declared in one file, as data.
//!
//! A declaration names the table, and for each field the column, its kind, the weight of its words
//! and what it is used for. The engine's schema, the conversion of rows and the columns that are
//! read all follow from it. It also names the tables of the signals of documents: values that
//! change without a commit of the index.

pub mod configured;
mod declaration;
mod field;
mod filter_parameter;
pub mod requests;
pub mod rooms;
mod signal;
pub mod venues;

pub use declaration::{Declaration, Declared};
pub use field::{FacetValues, FieldDeclaration, SortOrder, Source};
pub use filter_parameter::{Comparison, FilterParameter};
pub use signal::{DeclaredSignal, SignalDeclaration, SignalSource};

/// The collections that are always indexed. The first one carries the checkpoint of the index.
pub fn declared() -> [Declared; 3] {
    [rooms::declared(), venues::declared(), requests::declared()]
}

/// The same without their declarations.
pub fn built_in() -> [roost_engine::Collection; 3] {
    declared().map(|declared| declared.collection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declaration_has_one_key_first_and_one_place() {
        for Declared {
            declaration,
            collection,
        } in declared()
        {
            assert_eq!(declaration.name, collection.name());
            assert_eq!(declaration.fields[0].source, Source::Key);
            let count = |source| {
                let fields = declaration.fields.iter();
                fields.filter(|field| field.source == source).count()
            };
            assert_eq!((count(Source::Key), count(Source::Place)), (1, 1));
            assert!(count(Source::Owner) <= 1);
        }
    }

    #[test]
    fn an_id_is_that_of_the_field_in_the_schema() {
        for Declared {
            declaration,
            collection,
        } in declared()
        {
            for (id, field) in declaration.values() {
                assert_eq!(declaration.id(field.name), id);
                assert_eq!(collection.field(field.name), Some(id));
            }
        }
        assert_eq!(rooms::collection().field_name(rooms::PRICE), "price");
        assert_eq!(venues::collection().field_name(venues::NAME), "name");
    }
}
