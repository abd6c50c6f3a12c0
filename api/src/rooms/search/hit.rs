//! A hit of a room search in JSON.

use std::borrow::Borrow;

use roost_collections::rooms;
use roost_engine::Hit;
use serde::Serialize;
use utoipa::ToSchema;

use crate::collections::document::DocumentJson;
use crate::collections::highlight::{Highlighting, Highlights};
use crate::query::score::Score;
use crate::rooms::room::Room;
use crate::rooms::schema::RoomHighlights;

/// A room with its score.
#[derive(Debug, Serialize, ToSchema)]
#[serde(bound = "Text: Borrow<str>")]
#[schema(as = RoomHit)]
pub(crate) struct RoomHit<Text = String> {
    #[schema(value_type = Room)]
    room: DocumentJson<Text>,
    #[serde(flatten)]
    score: Score,
    /// With `highlight`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RoomHighlights>)]
    highlights: Option<Highlights>,
}

impl<'a> RoomHit<&'a str> {
    pub(super) fn new(hit: Hit<&'a str>, highlighting: &Highlighting) -> RoomHit<&'a str> {
        let highlights = highlighting.highlight(&hit);
        RoomHit::with(hit, highlights)
    }
}

impl RoomHit {
    /// A hit that owns its texts.
    pub(super) fn owned(hit: Hit<&str>, highlighting: &Highlighting) -> RoomHit {
        let highlights = highlighting.highlight(&hit);
        RoomHit::with(hit.into_owned(), highlights)
    }
}

impl<Text> RoomHit<Text> {
    fn with(mut hit: Hit<Text>, highlights: Option<Highlights>) -> RoomHit<Text> {
        let score = Score::take(&mut hit, rooms::collection());
        RoomHit {
            room: Room::json(hit.document),
            score,
            highlights,
        }
    }
}
