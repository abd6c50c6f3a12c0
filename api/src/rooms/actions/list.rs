//! The lists of rooms that come from the tables.

use roost_market::rooms::{QueueCursor, Status};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::params::declaration::{Param, params};
use crate::params::scalar::{Choice, Invalid, Scalar};

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

/// Microseconds and an id.
const QUEUE_PLACE_PATTERN: &str = r"^[0-9]{1,17}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

impl Scalar for QueuePlace {
    type Value = QueueCursor;

    fn parse(&self, text: &str) -> Result<QueueCursor, Invalid> {
        text.parse().map_err(|_| Invalid::default())
    }

    fn expected(&self) -> String {
        "a meta.next_cursor of an answer".to_owned()
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(QUEUE_PLACE_PATTERN))
            .into()
    }
}
