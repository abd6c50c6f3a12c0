//! The route that lists the collections with their fields.

use axum::extract::RawQuery;
use axum::{Extension, Json};
use roost_collections::{Declared, FieldDeclaration, FilterParameter, Source};
use serde::Serialize;
use utoipa::ToSchema;

use super::catalog::{Catalog, Entry};
use crate::collections::filters::condition::is_comparable;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::ApiError;
use crate::params::declaration::{NoParams, QueryParams};

/// A collection that can be searched.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Collection)]
pub(crate) struct CollectionDescription {
    #[schema(example = "venues")]
    name: &'static str,
    #[schema(example = "An exam venue.")]
    description: &'static str,
    /// The components of the match score of its documents.
    #[schema(example = json!(["text", "distance"]))]
    components: Vec<&'static str>,
    /// The profile of a search that names none.
    #[schema(example = "venue")]
    profile: String,
    fields: Vec<FieldDescription>,
}

/// A field of the documents of a collection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Field)]
pub(crate) struct FieldDescription {
    /// Its name in documents.
    #[schema(example = "rating_average")]
    name: &'static str,
    /// Its name in filters, facets and sort orders.
    #[schema(example = "rating")]
    query_name: &'static str,
    kind: FieldKind,
    /// Empty if the declaration has none.
    #[schema(example = "0 to 5; null without a rated review.")]
    description: &'static str,
    /// Of a category or tags: the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, example = json!(["college", "school"]))]
    values: Option<&'static [&'static str]>,
    /// Of a number: the lowest one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.0)]
    min: Option<f64>,
    /// Of a number: the highest one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 5.0)]
    max: Option<f64>,
    /// The number of occurrences that each of its words counts as; 0 if they are not searched.
    #[schema(example = 0)]
    searched_weight: u8,
    /// Whether `filter` can compare it.
    #[schema(example = true)]
    filtered: bool,
    /// The parameters that filter by it.
    parameters: Vec<ParameterDescription>,
    /// Whether `facets` can count by it.
    #[schema(example = true)]
    faceted: bool,
    /// Whether `sort` can order by it.
    #[schema(example = true)]
    sorted: bool,
}

/// A parameter that filters by a field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldParameter)]
pub(crate) struct ParameterDescription {
    #[schema(example = "price_max")]
    name: &'static str,
    /// Empty if the declaration has none.
    #[schema(example = "The highest price for one night.")]
    description: &'static str,
}

/// The kind of a field.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldKind {
    /// The key of the document: a UUID.
    Key,
    /// The owner of the document: a UUID.
    Owner,
    /// The place of the document.
    Place,
    /// A text.
    Text,
    /// Several texts.
    Texts,
    /// A text that many documents share, compared as a whole.
    Name,
    /// A number.
    Number,
    /// A whole number.
    WholeNumber,
    /// A moment.
    Time,
    /// A distance in metres from the place of the document.
    Reach,
    /// Consecutive days.
    DateRange,
    /// One of `values`.
    Category,
    /// Any of `values`.
    Tags,
    /// True or false.
    Flag,
}

/// List the collections that can be searched, with their fields.
#[utoipa::path(
    get,
    path = "/api/v1/collections",
    operation_id = "list_collections",
    tag = "collections",
    responses((status = 200, description = "The collections.", body = Answer<Vec<CollectionDescription>, NoMeta>))
)]
pub(crate) async fn collections(
    Extension(catalog): Extension<Catalog>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Vec<CollectionDescription>, NoMeta>>, ApiError> {
    NoParams::parse(raw.as_deref())?;
    let entries = catalog.entries().iter();
    let descriptions = entries.map(CollectionDescription::of);
    Ok(Answer::json(descriptions.collect(), NoMeta))
}

impl CollectionDescription {
    fn of(entry: &Entry) -> CollectionDescription {
        let Declared {
            declaration,
            collection,
        } = entry.collection.declared;
        let components = collection.components();
        let fields = declaration.fields.iter();
        CollectionDescription {
            name: declaration.name,
            description: declaration.doc,
            components: components
                .map(|component| collection.component_name(component))
                .collect(),
            profile: entry.collection.ranking.default_name().to_owned(),
            fields: fields.map(FieldDescription::of).collect(),
        }
    }
}

impl FieldDescription {
    fn of(field: &FieldDeclaration) -> FieldDescription {
        let range = match field.source {
            Source::Number { min, max, .. } => Some((min, max)),
            _ => None,
        };
        let (min, max) = range.unzip();
        FieldDescription {
            name: field.name,
            query_name: field.query_name,
            kind: FieldKind::of(field.source),
            description: field.doc,
            values: Some(field.names()).filter(|names| !names.is_empty()),
            min,
            max,
            searched_weight: field.weight,
            filtered: is_comparable(field.source),
            parameters: field.parameters.iter().map(Into::into).collect(),
            faceted: field.facet.is_some(),
            sorted: field.order.is_some(),
        }
    }
}

impl From<&FilterParameter> for ParameterDescription {
    fn from(parameter: &FilterParameter) -> ParameterDescription {
        ParameterDescription {
            name: parameter.name,
            description: parameter.doc,
        }
    }
}

impl FieldKind {
    fn of(source: Source) -> FieldKind {
        match source {
            Source::Key => FieldKind::Key,
            Source::Owner => FieldKind::Owner,
            Source::Place => FieldKind::Place,
            Source::Text { .. } => FieldKind::Text,
            Source::Texts => FieldKind::Texts,
            Source::Name { .. } => FieldKind::Name,
            Source::Number {
                is_whole: false, ..
            } => FieldKind::Number,
            Source::Number { .. } => FieldKind::WholeNumber,
            Source::Reach { .. } => FieldKind::Reach,
            Source::DateRange { .. } => FieldKind::DateRange,
            Source::Category(_) => FieldKind::Category,
            Source::Tags(_) => FieldKind::Tags,
            Source::Time => FieldKind::Time,
            Source::IsSet | Source::IsTrue => FieldKind::Flag,
        }
    }
}
