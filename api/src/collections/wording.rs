//! The words by which the OpenAPI document describes the parameters of a collection.

use roost_collections::{Declared, FieldDeclaration, Source};

use crate::params::declaration::Param;

/// The descriptions and examples of the parameters that depend on the collection.
#[derive(Clone, Copy)]
pub(crate) struct Wording {
    pub(crate) q: Described,
    pub(crate) preferred_tags: Described,
    pub(crate) budget: Described,
    pub(crate) profile: Described,
    pub(crate) weights: Described,
    pub(crate) highlight: Described,
    pub(crate) owner: Described,
    pub(crate) exclude: Described,
    pub(crate) filter: Described,
    pub(crate) facets: &'static str,
}

/// What a parameter means, and an example of its value.
#[derive(Clone, Copy)]
pub(crate) struct Described {
    pub(crate) doc: &'static str,
    pub(crate) example: &'static str,
}

impl Described {
    pub(crate) const fn new(doc: &'static str, example: &'static str) -> Described {
        Described { doc, example }
    }

    /// The parameter with this description and example.
    pub(crate) fn describe<K: Copy>(self, param: Param<K>) -> Param<K> {
        param.describe(self.doc).example(self.example)
    }
}

impl Wording {
    /// The words that follow from a declaration. They stay in memory until the program ends, like
    /// the declaration itself.
    pub(crate) fn of(declared: Declared) -> Wording {
        Wording {
            q: Described::new(Wording::q(declared), "\"main gate\" -old"),
            preferred_tags: Described::new(
                "Tags that raise the score of a document that has them: a comma-separated list, or \
                 repeated.",
                first_name(declared),
            ),
            budget: Described::new(
                "The number that the caller can spend; a document at or below it gets the best \
                 value of that component of the score. It defaults to the highest number that a \
                 parameter of its field accepts.",
                "900",
            ),
            profile: Described::new(
                "The ranking profile: the collection's own, which is the default, `room`, \
                 `landlord`, or one from the node's configuration. A configured profile of the \
                 same name replaces the collection's own.",
                "room",
            ),
            weights: Described::new(
                "Weights, 0 to 1000, that replace all weights of the profile.",
                "text:30,distance:40",
            ),
            highlight: Described::new(
                "The texts of each hit in which the words of `q` are marked, under `highlights`: a \
                 comma-separated list, or repeated; `all` for all texts. A word is marked whole, \
                 even if `q` contains a typo or only a prefix of it. Nothing is marked if left \
                 out.",
                "all",
            ),
            owner: Described::new(
                "Documents of any of these owners, at most 50: a comma-separated list, or \
                 repeated.",
                "019b76da-a82f-793a-8080-8aab80ab4714",
            ),
            exclude: Described::new(
                "None of these documents, at most 200: a comma-separated list, or repeated.",
                "019b76da-a85e-77d1-92b0-13d485117cc7",
            ),
            filter: Described::new(
                "A condition that a document must meet as well: comparisons of the collection's \
                 fields, combined with `AND`, `OR`, `NOT` and parentheses. An unknown number \
                 meets no comparison except `!=`. At most 256 values, and 32 nested parentheses \
                 and negations.",
                "NOT id:019b76da-a85e-77d1-92b0-13d485117cc7",
            ),
            facets: "The fields by which to count all matching documents, whatever the page: a \
                     comma-separated list, or repeated. `meta.facets` returns the counts. A facet \
                     ignores the filter on its own field if a further value would widen the \
                     search. The radius is the filter of `distance`, which requires a place.",
        }
    }

    fn q(declared: Declared) -> &'static str {
        let fields = declared.declaration.fields.iter();
        let searched = fields.filter(|field| field.weight > 0);
        let names: Vec<&str> = searched.map(|field| field.name).collect();
        let of = match names.is_empty() {
            true => String::new(),
            false => format!(" of {}", names.join(", ")),
        };
        let doc = format!(
            "Words{of}; `match` says how many must match. The last word is a prefix unless a space \
             follows. Words `\"in quotes\"` must be adjacent and spelled as written. A hyphen \
             before a word or a quoted phrase excludes documents that contain it, and `q` may \
             consist of exclusions only. Unclosed quotes and hyphens within words have no meaning, \
             and a text without a word is the same as none. At most 32 words."
        );
        doc.leak()
    }
}

/// The first tag of a collection.
fn first_name(declared: Declared) -> &'static str {
    let mut fields = declared.declaration.fields.iter();
    let tags = fields.find(|field| matches!(field.source, Source::Tags(_)));
    let names = tags.map_or(&[][..], FieldDeclaration::names);
    names.first().copied().unwrap_or_default()
}
