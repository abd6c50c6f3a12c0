//! A hit of a room search in JSON.

use std::borrow::{Borrow, Cow};

use roost_engine::Hit;
use serde::Serialize;
use utoipa::ToSchema;

use super::highlight::{Highlighting, Highlights};
use crate::query::score::Score;
use crate::rooms::room::Room;

/// A room with its score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoomHit<'a> {
    room: Room<'a>,
    #[serde(flatten)]
    score: Score,
    /// With `highlight`.
    #[serde(skip_serializing_if = "Option::is_none")]
    highlights: Option<Highlights>,
}

impl<'a> RoomHit<'a> {
    pub(super) fn new(hit: Hit<&'a str>, highlighting: &Highlighting) -> RoomHit<'a> {
        let highlights = highlighting.highlight(&hit);
        RoomHit::with(hit, highlights)
    }

    /// A hit that owns its texts.
    pub(super) fn owned(hit: Hit<&str>, highlighting: &Highlighting) -> RoomHit<'static> {
        let highlights = highlighting.highlight(&hit);
        RoomHit::with(hit.into_owned(), highlights)
    }

    fn with<Text: Into<Cow<'a, str>> + Borrow<str> + Ord>(
        mut hit: Hit<Text>,
        highlights: Option<Highlights>,
    ) -> RoomHit<'a> {
        let score = Score::take(&mut hit);
        RoomHit {
            room: hit.document.into(),
            score,
            highlights,
        }
    }
}
