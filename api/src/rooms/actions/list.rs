//! The lists of rooms that come from the tables.

use roost_market::rooms::{QueueCursor, Status};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::params::declaration::{Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Id, Invalid, Scalar, Whole};

params! {
    /// The size of a list.
    pub(super) const SIZE;

    /// The maximum number of rooms in an answer.
    LIMIT: WithDefault<Whole<u32>> = Param::new("limit", Whole { min: 1, max: 100 })
        .default(20)
        .example("10");
}

params! {
    /// Which rooms of a landlord.
    pub(super) const OWN;

    /// Only rooms in this state.
    STATUS: Choice<Status> = Param::new("status", Choice(&[
        ("draft", Status::Draft),
        ("submitted", Status::Submitted),
        ("listed", Status::Listed),
        ("paused", Status::Paused),
        ("removed", Status::Removed),
    ]))
    .example("draft");

    /// The `meta.next_cursor` of the previous page.
    AFTER_ROOM: Id = Param::new("cursor", Id);
}

params! {
    /// A place in the review queue.
    pub(super) const QUEUE;

    /// The `meta.next_cursor` of the previous page.
    AFTER_SUBMISSION: QueuePlace = Param::new("cursor", QueuePlace);
}

/// A place in the review queue, as text.
#[derive(Clone, Copy)]
pub(super) struct QueuePlace;

/// How a list goes on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoomListMeta {
    /// The `cursor` of the next page; null on the last one.
    pub(super) next_cursor: Option<String>,
    #[schema(example = 20)]
    pub(super) limit: u32,
}

impl Scalar for QueuePlace {
    type Value = QueueCursor;

    fn parse(&self, text: &str) -> Result<QueueCursor, Invalid> {
        text.parse().map_err(|_| Invalid::default())
    }

    fn expected(&self) -> String {
        "a meta.next_cursor of an answer".to_owned()
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}
