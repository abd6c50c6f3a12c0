//! The declaration of a field: its column, its kind and its uses.

use roost_engine::{Field, FieldKind};

use crate::filter_parameter::FilterParameter;

/// A field of a collection.
///
/// ```
/// use roost_collections::FieldDeclaration;
/// const CITY: FieldDeclaration = FieldDeclaration::shared("city").searched(2).city();
/// assert_eq!(CITY.column, "city");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldDeclaration {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its name in filters, facets and sort orders.
    pub query_name: &'static str,
    /// What one of its values is called in messages, with an article.
    pub noun: &'static str,
    /// What it means, with its unit, for the OpenAPI document.
    pub doc: &'static str,
    /// An example of its value, as JSON.
    pub example: &'static str,
    /// The column that it is read from.
    pub column: &'static str,
    /// How the value of the column becomes the value of the field.
    pub source: Source,
    /// The number of occurrences that each of its words counts as; 0 if they are not searched.
    pub weight: u8,
    /// The number of its categories that callers may see, the first ones.
    pub public_categories: usize,
    /// The parameters of a search that filter by it.
    pub parameters: &'static [FilterParameter],
    /// What facets count by it; `None` if they do not.
    pub facet: Option<FacetValues>,
    /// The order of a sort by it; `None` if searches do not sort by it.
    pub order: Option<SortOrder>,
    /// What the order is, for the OpenAPI document.
    pub order_doc: &'static str,
    /// What it is used for besides.
    pub(crate) role: Option<Role>,
}

/// How the value of a column becomes the value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// A `uuid`: the key of the document, which is the primary key of the table and its first
    /// declared field.
    Key,
    /// A `uuid`: the owner of the document.
    Owner,
    /// A `geography(Point)`: the place of the document.
    Place,
    /// A text, or anything else as the text that Postgres writes for it.
    Text {
        /// Whether it may be NULL, which is the same as an empty text.
        is_nullable: bool,
    },
    /// A `text[]`.
    Texts,
    /// A text that many documents share, such as a city.
    Name {
        /// Whether it may be NULL, for none.
        is_nullable: bool,
    },
    /// A number.
    Number {
        /// The lowest number that is accepted.
        min: f64,
        /// The highest number that is accepted.
        max: f64,
        /// Whether it must be whole.
        is_whole: bool,
        /// Whether it may be NULL.
        is_nullable: bool,
    },
    /// A distance in metres, from the place of the document: a valid search radius.
    Reach {
        /// Whether it may be NULL, for any distance.
        is_nullable: bool,
    },
    /// A `date`: the first of consecutive days.
    DateRange {
        /// The column with the day after the last one.
        end_column: &'static str,
        /// Whether it may be NULL. Then so may the end, and both must be.
        is_nullable: bool,
    },
    /// A `timestamptz`: a moment, in seconds since 1970.
    Time,
    /// A text that is one of these.
    Category(&'static [&'static str]),
    /// A `text[]` of any of these. New names go to the end, because the index of a name is its bit
    /// in stored documents.
    Tags(&'static [&'static str]),
    /// A column of any type: whether it is not NULL.
    IsSet,
    /// A `boolean`.
    IsTrue,
}

/// What a facet counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FacetValues {
    /// Each name, category or tag.
    Each,
    /// The ranges between these numbers, unless a request has others.
    Between(&'static [f64]),
}

/// The order of documents that are sorted by a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortOrder {
    /// The lowest number first.
    Ascending,
    /// The highest number first.
    Descending,
    /// The highest mean rating first, smoothed by the number of ratings.
    SmoothedRating,
}

/// What a field is used for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    Visibility,
    Locality,
    City,
    PreferredTags(&'static str),
    Rating(&'static str, f64),
    RatingCount,
    Budget(&'static str),
}

impl FieldDeclaration {
    /// A field that is read from the column of the same name.
    pub const fn new(name: &'static str, source: Source) -> FieldDeclaration {
        FieldDeclaration {
            name,
            query_name: name,
            noun: "a value",
            doc: "",
            example: "null",
            column: name,
            source,
            weight: 0,
            public_categories: usize::MAX,
            parameters: &[],
            facet: None,
            order: None,
            order_doc: "",
            role: None,
        }
    }

    /// A text that is returned with the document and not searched.
    pub const fn text(name: &'static str) -> FieldDeclaration {
        FieldDeclaration::new(name, Source::Text { is_nullable: false })
    }

    /// A text that many documents share.
    pub const fn shared(name: &'static str) -> FieldDeclaration {
        FieldDeclaration::new(name, Source::Name { is_nullable: false })
    }

    /// A number from 0 to `max`.
    pub const fn decimal(name: &'static str, max: f64) -> FieldDeclaration {
        FieldDeclaration::new(
            name,
            Source::Number {
                min: 0.0,
                max,
                is_whole: false,
                is_nullable: false,
            },
        )
    }

    /// A whole number from 0 to `max`.
    pub const fn whole(name: &'static str, max: u32) -> FieldDeclaration {
        FieldDeclaration::new(
            name,
            Source::Number {
                min: 0.0,
                max: max as f64,
                is_whole: true,
                is_nullable: false,
            },
        )
    }

    /// Consecutive days, from the date in the column of that name up to and without that in
    /// `end_column`.
    pub const fn date_range(
        name: &'static str,
        column: &'static str,
        end_column: &'static str,
    ) -> FieldDeclaration {
        let source = Source::DateRange {
            end_column,
            is_nullable: false,
        };
        FieldDeclaration::new(name, source).from_column(column)
    }

    /// Has another name in filters, facets and sort orders.
    #[must_use]
    pub const fn queried_as(self, query_name: &'static str) -> FieldDeclaration {
        FieldDeclaration { query_name, ..self }
    }

    /// What one of its values is called in messages, with an article.
    #[must_use]
    pub const fn called(self, noun: &'static str) -> FieldDeclaration {
        FieldDeclaration { noun, ..self }
    }

    /// Says what the field means, with its unit, and gives an example of its value as JSON.
    #[must_use]
    pub const fn described(self, doc: &'static str, example: &'static str) -> FieldDeclaration {
        FieldDeclaration {
            doc,
            example,
            ..self
        }
    }

    /// Reads another column.
    #[must_use]
    pub const fn from_column(self, column: &'static str) -> FieldDeclaration {
        FieldDeclaration { column, ..self }
    }

    /// Accepts NULL in a text, name, number, reach or date range.
    #[must_use]
    pub const fn nullable(self) -> FieldDeclaration {
        let source = match self.source {
            Source::Text { .. } => Source::Text { is_nullable: true },
            Source::Name { .. } => Source::Name { is_nullable: true },
            Source::Number {
                min, max, is_whole, ..
            } => Source::Number {
                min,
                max,
                is_whole,
                is_nullable: true,
            },
            Source::Reach { .. } => Source::Reach { is_nullable: true },
            Source::DateRange { end_column, .. } => Source::DateRange {
                end_column,
                is_nullable: true,
            },
            other => other,
        };
        FieldDeclaration { source, ..self }
    }

    /// Lets searches find the words of the field, each of which counts as this many occurrences.
    #[must_use]
    pub const fn searched(self, weight: u8) -> FieldDeclaration {
        FieldDeclaration { weight, ..self }
    }

    /// Lets searches filter by it with these parameters.
    #[must_use]
    pub const fn filtered_by(self, parameters: &'static [FilterParameter]) -> FieldDeclaration {
        FieldDeclaration { parameters, ..self }
    }

    /// Lets facets count its values.
    #[must_use]
    pub const fn counted(self) -> FieldDeclaration {
        FieldDeclaration {
            facet: Some(FacetValues::Each),
            ..self
        }
    }

    /// Lets facets count its numbers in the ranges between these, unless a request has others.
    #[must_use]
    pub const fn counted_between(self, edges: &'static [f64]) -> FieldDeclaration {
        FieldDeclaration {
            facet: Some(FacetValues::Between(edges)),
            ..self
        }
    }

    /// Lets searches sort by it, and says in which order.
    #[must_use]
    pub const fn sorted(self, order: SortOrder, doc: &'static str) -> FieldDeclaration {
        FieldDeclaration {
            order: Some(order),
            order_doc: doc,
            ..self
        }
    }

    /// Searches find only documents of the first category, unless a filter names others. Callers
    /// may see documents of the first `public` ones.
    #[must_use]
    pub const fn visibility(self, public: usize) -> FieldDeclaration {
        FieldDeclaration {
            public_categories: public,
            ..self.with(Role::Visibility)
        }
    }

    /// The part of a city that a document lies in, for suggestions.
    #[must_use]
    pub const fn locality(self) -> FieldDeclaration {
        self.with(Role::Locality)
    }

    /// The city that a document lies in, for suggestions.
    #[must_use]
    pub const fn city(self) -> FieldDeclaration {
        self.with(Role::City)
    }

    /// The tags of which a search may prefer some, by a score component of this name.
    #[must_use]
    pub const fn preferred_by(self, component: &'static str) -> FieldDeclaration {
        self.with(Role::PreferredTags(component))
    }

    /// A mean rating of up to `max`, which adds a score component of this name.
    #[must_use]
    pub const fn rates(self, component: &'static str, max: f64) -> FieldDeclaration {
        self.with(Role::Rating(component, max))
    }

    /// The number of ratings behind the mean rating.
    #[must_use]
    pub const fn counts_ratings(self) -> FieldDeclaration {
        self.with(Role::RatingCount)
    }

    /// The number that is compared with the budget of a search, by a score component of this name.
    #[must_use]
    pub const fn fits_budget(self, component: &'static str) -> FieldDeclaration {
        self.with(Role::Budget(component))
    }

    const fn with(self, role: Role) -> FieldDeclaration {
        FieldDeclaration {
            role: Some(role),
            ..self
        }
    }

    /// The names of its categories or tags that callers may see; empty for other kinds.
    pub fn names(&self) -> &'static [&'static str] {
        match self.source {
            Source::Category(names) => &names[..names.len().min(self.public_categories)],
            Source::Tags(names) => names,
            _ => &[],
        }
    }

    /// The columns that it is read from: one, or the two of a date range.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> + use<> {
        let end_column = match self.source {
            Source::DateRange { end_column, .. } => Some(end_column),
            _ => None,
        };
        std::iter::once(self.column).chain(end_column)
    }

    /// The field of the engine's schema; `None` for what is no field there, such as the key.
    pub(crate) fn field(&self) -> Option<Field> {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let kind = match self.source {
            Source::Key | Source::Owner | Source::Place => return None,
            Source::Text { .. } => FieldKind::Text,
            Source::Texts => FieldKind::Texts,
            Source::Name { .. } => FieldKind::Name,
            Source::Number { .. } | Source::Time => FieldKind::Number,
            Source::Reach { .. } => FieldKind::Reach,
            Source::DateRange { .. } => FieldKind::DateRange,
            Source::Category(of) => FieldKind::Category(names(of)),
            Source::Tags(of) => FieldKind::Tags(names(of)),
            Source::IsSet | Source::IsTrue => FieldKind::Flag,
        };
        let field = Field::new(self.name, kind);
        Some(match self.weight {
            0 => field,
            weight => field.searched(weight),
        })
    }
}

impl Source {
    /// Whether it becomes a value of the document, rather than its key, owner or place.
    pub const fn is_value(self) -> bool {
        !matches!(self, Source::Key | Source::Owner | Source::Place)
    }
}
