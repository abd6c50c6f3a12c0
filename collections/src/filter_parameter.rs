//! The parameters of a search that filter by a field.

/// A parameter that filters by the field in whose declaration it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilterParameter {
    /// Its name in a query string.
    pub name: &'static str,
    /// How its value is compared with that of the field.
    pub comparison: Comparison,
    /// What it means, for the OpenAPI document.
    pub doc: &'static str,
    /// An example of its value, as it is written in a query string.
    pub example: &'static str,
}

/// How the value of a parameter is compared with that of the field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    /// The number of the field is at least that of the parameter.
    AtLeast {
        /// The lowest number that the parameter accepts.
        min: f64,
    },
    /// The number of the field is at most that of the parameter.
    AtMost,
    /// The category of the field is one of a list.
    AnyOf,
    /// The field has all tags of a list.
    AllOf,
    /// If the parameter is `true`, so must the field be.
    IsSet,
}

impl FilterParameter {
    /// Accepts documents whose number is at least that of the parameter.
    pub const fn at_least(name: &'static str) -> FilterParameter {
        FilterParameter::new(name, Comparison::AtLeast { min: 0.0 })
    }

    /// Accepts documents whose number is at most that of the parameter.
    pub const fn at_most(name: &'static str) -> FilterParameter {
        FilterParameter::new(name, Comparison::AtMost)
    }

    /// Accepts documents with one of several categories.
    pub const fn any_of(name: &'static str) -> FilterParameter {
        FilterParameter::new(name, Comparison::AnyOf)
    }

    /// Accepts documents with all of several tags.
    pub const fn all_of(name: &'static str) -> FilterParameter {
        FilterParameter::new(name, Comparison::AllOf)
    }

    /// Accepts documents whose flag is set.
    pub const fn is_set(name: &'static str) -> FilterParameter {
        FilterParameter::new(name, Comparison::IsSet)
    }

    /// Rejects numbers below `min` as values of the parameter.
    #[must_use]
    pub const fn from(self, min: f64) -> FilterParameter {
        FilterParameter {
            comparison: Comparison::AtLeast { min },
            ..self
        }
    }

    /// Says what the parameter means, and gives an example of its value.
    #[must_use]
    pub const fn described(self, doc: &'static str, example: &'static str) -> FilterParameter {
        FilterParameter {
            doc,
            example,
            ..self
        }
    }

    const fn new(name: &'static str, comparison: Comparison) -> FilterParameter {
        FilterParameter {
            name,
            comparison,
            doc: "",
            example: "",
        }
    }
}
