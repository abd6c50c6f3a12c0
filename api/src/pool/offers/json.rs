//! The JSON of an offer.

use roost_market::pool::offers::Offer;
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::write::Versioned;

/// An offer, as its student and its landlord see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Offer)]
pub(crate) struct OfferJson {
    id: Uuid,
    /// The request that it answers.
    request_id: Uuid,
    landlord_id: Uuid,
    room_id: Uuid,
    #[schema(example = "Quiet room with a desk in Powai")]
    room_title: String,
    /// `open`, `accepted`, `declined`, `withdrawn` or `expired`.
    #[schema(example = "open")]
    status: &'static str,
    /// Why it was declined; null without a reason.
    #[schema(example = "the student has accepted another offer")]
    decline_reason: Option<String>,
    /// The first evening, that of the request.
    #[schema(example = "2026-12-10")]
    check_in: String,
    /// The morning after the last night.
    #[schema(example = "2026-12-13")]
    check_out: String,
    /// The price for one night in the minor unit of the currency.
    #[schema(example = 80_000)]
    price_minor: i64,
    /// The price for all nights.
    #[schema(example = 240_000)]
    total_minor: i64,
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: String,
    #[schema(example = "Breakfast is included.")]
    message: String,
    /// Until when the student can accept it, UTC.
    #[schema(example = "2026-12-03T09:30:00.000Z")]
    valid_until: String,
    /// UTC.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    created_at: String,
    /// UTC.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    updated_at: String,
    /// When it stopped being open, UTC; null for an open offer.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    answered_at: Option<String>,
    /// Another one after each change; `ETag` has it in quotes.
    #[schema(example = 1)]
    version: i64,
}

impl From<Offer> for OfferJson {
    fn from(offer: Offer) -> OfferJson {
        OfferJson {
            id: offer.id,
            request_id: offer.request_id,
            landlord_id: offer.landlord_id,
            room_id: offer.room_id,
            room_title: offer.room_title,
            status: offer.status.as_str(),
            decline_reason: offer.decline_reason,
            check_in: offer.check_in.to_string(),
            check_out: offer.check_out.to_string(),
            price_minor: offer.price_minor,
            total_minor: offer.total_minor,
            currency: offer.currency,
            message: offer.message,
            valid_until: rfc3339(offer.valid_until),
            created_at: rfc3339(offer.created_at),
            updated_at: rfc3339(offer.updated_at),
            answered_at: offer.answered_at.map(rfc3339),
            version: offer.version,
        }
    }
}

/// An offer with its entity tag.
pub(super) fn versioned(offer: Offer) -> Versioned<OfferJson> {
    Versioned {
        version: offer.version,
        location: None,
        data: offer.into(),
    }
}
