//! A collection as requests search it: what follows from its declaration, built once.

use roost_collections::Declared;
use roost_engine::Profile;

use super::facets::FacetParams;
use super::filters::FilterParams;
use super::highlight::HighlightParam;
use super::order::OrderParam;
use super::ranking::RankingParams;
use super::wording::Wording;

/// A collection with the parameters of its searches. It lives as long as the program, like the
/// declaration, so that a request builds nothing of it.
pub(crate) struct SearchedCollection {
    pub(crate) declared: Declared,
    pub(crate) ranking: RankingParams,
    pub(crate) filters: FilterParams,
    pub(crate) order: OrderParam,
    pub(crate) facets: FacetParams,
    pub(crate) highlight: HighlightParam,
}

impl SearchedCollection {
    /// A collection that is ranked by this profile unless a request names another.
    pub(crate) fn new(
        declared: Declared,
        profile: Profile,
        wording: &Wording,
    ) -> SearchedCollection {
        SearchedCollection {
            declared,
            ranking: RankingParams::new(declared, profile, wording),
            filters: FilterParams::new(declared, wording),
            order: OrderParam::new(declared),
            facets: FacetParams::new(declared, wording),
            highlight: HighlightParam::new(declared.collection, wording),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.declared.declaration.name
    }
}
