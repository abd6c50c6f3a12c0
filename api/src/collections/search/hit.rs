//! A hit of a search in JSON.

use std::borrow::Borrow;

use roost_engine::Hit;
use serde::Serialize;
use utoipa::ToSchema;

use super::request::Search;
use crate::collections::document::DocumentJson;
use crate::collections::highlight::{Highlights, MarkedText};
use crate::query::score::Score;

/// A document with its score.
#[derive(Debug, Serialize, ToSchema)]
#[serde(bound = "Text: Borrow<str>")]
#[schema(as = CollectionHit)]
pub(crate) struct DocumentHit<Text = String> {
    /// The fields of the document, as `GET /api/v1/collections` lists them.
    #[schema(value_type = Object)]
    document: DocumentJson<Text>,
    #[serde(flatten)]
    score: Score,
    /// With `highlight`: the texts that contain words of `q`. Texts without one are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HashMap<String, MarkedText>>)]
    highlights: Option<Highlights>,
}

impl<'a> DocumentHit<&'a str> {
    pub(super) fn new(mut hit: Hit<&'a str>, search: &Search) -> DocumentHit<&'a str> {
        let highlights = search.highlighting.highlight(&hit);
        let score = Score::take(&mut hit, search.indexed());
        DocumentHit {
            document: DocumentJson::new(search.collection.declared, hit.document)
                .with_owner(search.shows_owner),
            score,
            highlights,
        }
    }
}
