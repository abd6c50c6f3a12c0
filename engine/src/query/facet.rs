//! Facets: the attributes that all matches are counted by.

use crate::schema::FieldId;

/// An attribute that all matches are counted by, regardless of the page. The facet ignores the
/// query's [`Filters::attributes`](crate::Filters::attributes) on the same field: with a highest
/// number, a facet of that number still counts the matches above it. Only tags keep their filter,
/// which requires all of them: the count of a tag is the number of matches if it was required as
/// well.
#[derive(Clone, Debug, PartialEq)]
pub enum Facet {
    /// Each category.
    Category(FieldId),
    /// Each tag.
    Tag(FieldId),
    /// Whether the flag is set.
    Flag(FieldId),
    /// The names with the most matches, up to this number.
    Name(FieldId, usize),
    /// Ranges of a number.
    Number(FieldId, Edges),
    /// Rings around the center, in metres. If the query has a radius, the last edge replaces it: it
    /// must be a valid [`Radius`](crate::Radius) and belongs to its ring, and there is no ring
    /// beyond.
    Distance(Edges),
}

/// The edges between ranges. Each range includes its lower edge and excludes its upper one. The
/// first range lies below the first edge, unless that is 0, and the last one above the last edge.
///
/// ```
/// use roost_engine::Edges;
/// assert!(Edges::new(vec![0.0, 500.0, 1_000.0]).is_ok());
/// assert!(Edges::new(vec![500.0, 500.0]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Edges(Vec<f64>);

/// Why numbers are no edges of ranges.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum EdgesError {
    /// There are too few or too many.
    #[error("there are {0} edges, not 1 to {max}", max = Edges::MAX)]
    Count(usize),
    /// An edge is negative or not finite.
    #[error("{0} is not a number from 0")]
    NoNumber(f64),
    /// An edge does not lie above the one before it.
    #[error("{after} does not lie above {before}, which comes before it")]
    Order {
        /// The earlier edge.
        before: f64,
        /// The edge that should be larger.
        after: f64,
    },
}

impl Facet {
    /// The field by whose values matches are counted; `None` for distances.
    pub fn field(&self) -> Option<FieldId> {
        match self {
            Facet::Category(field)
            | Facet::Tag(field)
            | Facet::Flag(field)
            | Facet::Name(field, _)
            | Facet::Number(field, _) => Some(*field),
            Facet::Distance(_) => None,
        }
    }
}

impl Edges {
    /// The maximum number of edges.
    pub const MAX: usize = 20;

    /// Takes numbers from 0 up in ascending order.
    ///
    /// # Errors
    /// If the numbers are not such, with the first one that is wrong.
    pub fn new(edges: Vec<f64>) -> Result<Edges, EdgesError> {
        if !(1..=Edges::MAX).contains(&edges.len()) {
            return Err(EdgesError::Count(edges.len()));
        }
        if let Some(&edge) = edges.iter().find(|edge| !edge.is_finite() || **edge < 0.0) {
            return Err(EdgesError::NoNumber(edge));
        }
        match edges.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(pair) => Err(EdgesError::Order {
                before: pair[0],
                after: pair[1],
            }),
            None => Ok(Edges(edges)),
        }
    }

    /// The edges, the lowest first.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// The highest edge.
    pub fn last(&self) -> f64 {
        self.0[self.0.len() - 1]
    }
}
