//! The best room of a landlord for a request, in JSON.

use std::borrow::Borrow;

use roost_collections::rooms;
use roost_engine::Document;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The best free room of the landlord for the request.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct BestRoom {
    pub(crate) id: Uuid,
    #[schema(example = "Quiet room with a desk")]
    title: String,
    /// For one night, in units of `currency`; null if it is unknown.
    #[schema(example = 850.0)]
    price: Option<f64>,
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: String,
}

impl BestRoom {
    pub(crate) fn of<Text: Borrow<str>>(room: &Document<Text>) -> BestRoom {
        BestRoom {
            id: room.key,
            title: room.text(rooms::TITLE).to_owned(),
            price: room.number(rooms::PRICE),
            currency: room.text(rooms::CURRENCY).to_owned(),
        }
    }
}
