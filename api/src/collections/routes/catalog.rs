//! The collections that can be searched, by their names.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::Extension;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use roost_collections::{Declaration, Declared, FieldDeclaration, Source, requests, rooms, venues};
use roost_engine::{Component, DecayShape, Profile};
use utoipa::IntoParams;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayItems, Schema};

use crate::collections::facets::FACETS;
use crate::collections::filters::area::AREA;
use crate::collections::heatmap::{CELLS, FORMATS};
use crate::collections::highlight::{HIGHLIGHT, HIGHLIGHT_STYLE};
use crate::collections::order::{EXPLANATION, SORT};
use crate::collections::reach::{REACH, TIMEOUT};
use crate::collections::searched::SearchedCollection;
use crate::collections::wording::Wording;
use crate::http::error::{ApiError, Code};
use crate::params::declaration::ParamSet;
use crate::params::scalar::one_of;
use crate::params::spelling::did_you_mean;
use crate::query::at_least::POSITION;
use crate::query::paging::{COUNTING, CURSOR_PARAMS, PAGE_PARAMS};
use crate::query::place::{POINT, VENUE_PLACE};
use crate::query::text::{TERM_MATCHING, TYPO_TOLERANCE};

/// The collections that can be searched.
#[derive(Clone)]
pub(crate) struct Catalog(Arc<[Entry]>);

/// A collection with the query parameters of its routes.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) collection: &'static SearchedCollection,
    pub(crate) search: Arc<ParamSet>,
    pub(crate) heatmap: Arc<ParamSet>,
}

/// The collection that the path of a request names.
pub(crate) struct PathCollection(pub(crate) Entry);

/// The query parameters of a search that every collection has.
pub(crate) struct CommonSearchParams;

/// The query parameters of a heat map that every collection has.
pub(crate) struct CommonHeatmapParams;

impl Catalog {
    /// The collections, each with its default profile where the configuration has one.
    pub(crate) fn new(
        declared: &[Declared],
        profiles: &BTreeMap<&'static str, Profile>,
    ) -> Catalog {
        let entry = |declared: &Declared| {
            let configured = profiles.get(declared.declaration.name).cloned();
            let profile = configured.unwrap_or_else(|| default_profile(*declared));
            Entry::new(*declared, profile)
        };
        Catalog(declared.iter().map(entry).collect())
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.0
    }

    fn named(&self, name: &str) -> Result<&Entry, ApiError> {
        let names = || self.0.iter().map(|entry| entry.collection.name());
        let mut entries = self.0.iter();
        let found = entries.find(|entry| entry.collection.name() == name);
        found.ok_or_else(|| {
            let expected = format!("the name of a collection: {}", one_of(names()));
            let error = ApiError::not_found(Code::CollectionNotFound, "name", name, &expected);
            match did_you_mean(name, names()) {
                Some(hint) => error.with_hint(&hint),
                None => error,
            }
        })
    }
}

impl Entry {
    /// Builds all that requests need of a collection, which then lives as long as the program, like
    /// its declaration.
    pub(crate) fn new(declared: Declared, default: Profile) -> Entry {
        let wording = Wording::of(declared);
        let collection = SearchedCollection::new(declared, default, &wording);
        let collection: &'static SearchedCollection = Box::leak(Box::new(collection));
        let ranking = collection.ranking.group();
        let (attributes, conditions) = (
            collection.filters.attributes(),
            collection.filters.conditions(),
        );
        let place = [VENUE_PLACE, POINT, REACH, TIMEOUT].map(|group| group.params());
        let search = [
            collection.order.group(),
            EXPLANATION.params(),
            ranking,
            TYPO_TOLERANCE.params(),
            TERM_MATCHING.params(),
            collection.highlight.group(),
            HIGHLIGHT_STYLE.params(),
            attributes,
            conditions,
            AREA.params(),
            collection.facets.group(),
            collection.facets.counting(),
            PAGE_PARAMS.params(),
            CURSOR_PARAMS.params(),
            COUNTING.params(),
            POSITION.params(),
        ];
        let heatmap = [
            ranking,
            attributes,
            conditions,
            AREA.params(),
            CELLS.params(),
            FORMATS.params(),
            POSITION.params(),
        ];
        Entry {
            collection,
            search: Arc::new(ParamSet::of(&[&place[..], &search].concat())),
            heatmap: Arc::new(ParamSet::of(&[&place[..], &heatmap].concat())),
        }
    }
}

/// The profile of a search that names none. It has the name of the collection, unless it is a
/// built-in one.
fn default_profile(declared: Declared) -> Profile {
    if declared == rooms::declared() {
        return rooms::profile();
    }
    if declared == venues::declared() {
        return venues::profile();
    }
    if declared == requests::declared() {
        return requests::profile();
    }
    let weights = [
        (Component::Text, 100.0),
        (Component::Distance, 30.0),
        (Component::Tags, 10.0),
        (Component::Rating, 10.0),
        (Component::Budget, 10.0),
    ];
    let has = |component| declared.collection.components().any(|it| it == component);
    let mut weights = weights.into_iter().filter(|(component, _)| has(*component));
    let name = declared.declaration.name;
    let profile = Profile::new(name, 0.0, DecayShape::Exponential, 2_000.0);
    let profile = weights.try_fold(
        profile.expect("a valid base"),
        |profile, (component, weight)| profile.with_weight(component, weight),
    );
    profile.expect("valid weights")
}

impl<S: Send + Sync> FromRequestParts<S> for PathCollection {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let catalog = Extension::<Catalog>::from_request_parts(parts, state).await;
        let Extension(catalog) = catalog.map_err(ApiError::internal)?;
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) => catalog.named(&name).cloned().map(PathCollection),
            // The segment of the name is unknown where the path cannot be decoded.
            Err(_) => Err(ApiError::parameter(
                "name",
                parts.uri.path(),
                "UTF-8 text, percent-encoded",
            )),
        }
    }
}

/// A collection without fields, whose parameters every other collection has too.
static COMMON: LazyLock<Entry> = LazyLock::new(|| {
    const DOCUMENTS: Declaration = Declaration {
        name: "documents",
        doc: "A document.",
        table: "documents",
        fields: &[
            FieldDeclaration::new("id", Source::Key),
            FieldDeclaration::new("location", Source::Place),
        ],
        signals: &[],
    };
    let documents = DOCUMENTS.declare().expect("a valid declaration");
    Entry::new(documents, default_profile(documents))
});

/// Whether the search or the heat map of every collection has a query parameter of this name.
pub fn is_common_parameter(name: &str) -> bool {
    COMMON.search.contains(name) || COMMON.heatmap.contains(name)
}

impl IntoParams for CommonSearchParams {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        common(&COMMON.search)
    }
}

impl IntoParams for CommonHeatmapParams {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        common(&COMMON.heatmap)
    }
}

/// The parameters in the OpenAPI document, without the names that depend on the collection.
fn common(params: &ParamSet) -> Vec<Parameter> {
    let params = params.document().map(|mut param| {
        let depends = [SORT, FACETS, HIGHLIGHT, "profile"].contains(&&*param.name);
        if let (true, Some(RefOr::T(schema))) = (depends, &mut param.schema) {
            without_names(schema);
        }
        param
    });
    params.collect()
}

fn without_names(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => {
            object.enum_values = None;
            object.default = None;
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items
                && let RefOr::T(items) = &mut **items
            {
                without_names(items);
            }
        }
        _ => {}
    }
}
