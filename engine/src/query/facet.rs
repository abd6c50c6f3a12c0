//! By what are all matches to be counted?

/// What matches are counted by, whatever page is asked for. What the query filters by the same does
/// not count here: with a highest price, a facet of prices still tells how many are dearer.
#[derive(Clone, Debug, PartialEq)]
pub enum Facet {
    /// Each category.
    Category,
    /// Each tag.
    Tag,
    /// The localities with the most matches, so many of them.
    Locality(usize),
    /// The cities with the most matches, so many of them.
    City(usize),
    /// Ranges of prices.
    Price(Edges),
    /// Rings around the center, in metres. Where the query has a radius, the last edge takes its place:
    /// it must be a [`Radius`](crate::Radius), it belongs to its ring, and no ring is open.
    Distance(Edges),
    /// Ranges of ratings.
    Rating(Edges),
}

/// Where ranges begin and end: each takes in its lower edge and not its upper one. There is one below
/// the first edge, unless that is 0, and one from the last edge on.
///
/// ```
/// use roost_engine::Edges;
/// assert!(Edges::new(vec![0.0, 500.0, 1_000.0]).is_ok());
/// assert!(Edges::new(vec![500.0, 500.0]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Edges(Vec<f64>);

/// Why some numbers divide nothing.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum EdgesError {
    /// Too few or too many.
    #[error("there are {0} edges, not 1 to {max}", max = Edges::MAX)]
    Count(usize),
    /// Below 0, or no number.
    #[error("{0} is not a number from 0")]
    NoNumber(f64),
    /// Not above the one before.
    #[error("{after} does not lie above {before}, which comes before it")]
    Order {
        /// The earlier edge.
        before: f64,
        /// The one that should be larger.
        after: f64,
    },
}

impl Edges {
    /// The most edges that there may be.
    pub const MAX: usize = 20;

    /// Takes numbers from 0 up, each above the one before.
    ///
    /// # Errors
    /// Names the edge that is none.
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

    /// The lowest first.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// The highest.
    pub fn last(&self) -> f64 {
        self.0[self.0.len() - 1]
    }
}
