//! The body that makes an offer.

use roost_market::Change;
use roost_market::pool::offers::NewOffer;
use roost_market::pool::offers::fields::{MESSAGE_EXPECTED, PRICE_EXPECTED, VALID_UNTIL_EXPECTED};
use roost_market::rooms::fields::CURRENCY;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::Member;
use crate::params::scalar::{Id, Scalar};
use crate::pool::required::required;

/// A new offer.
#[derive(Debug, ToSchema)]
#[schema(as = NewOffer, example = json!({
    "room_id": "019b76da-a85e-77d1-92b0-13d485117cc7", "price_minor": 80_000, "currency": "INR",
    "message": "Breakfast is included. The venue is a ten-minute walk away."
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct NewOfferBody {
    /// A listed room of the landlord that is free for the nights of the request.
    room_id: Uuid,
    /// The price for one night in the minor unit of the currency, at most the budget of the
    /// request.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    price_minor: i64,
    /// ISO 4217, the currency of the request.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// What the student reads.
    #[schema(
        max_length = 2_000,
        pattern = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"
    )]
    message: Option<String>,
    /// Until when the student can accept it, in the format of RFC 3339, at most 30 days from now;
    /// two days from now if it is left out.
    #[schema(format = DateTime)]
    valid_until: Option<String>,
}

/// Reads a new offer.
pub(super) fn read_new_offer(body: &[u8]) -> Result<NewOffer, ApiError> {
    let known = [
        "room_id",
        "price_minor",
        "currency",
        "message",
        "valid_until",
    ];
    let mut object = JsonObject::parse(body, &known)?;
    let room_id = Member::id("room_id", &mut object)?;
    let price = Member::new("price_minor", PRICE_EXPECTED).whole(&mut object)?;
    let currency = Member::new("currency", CURRENCY.expected).text(&mut object)?;
    let message = Member::new("message", MESSAGE_EXPECTED).text(&mut object)?;
    Ok(NewOffer {
        room_id: required("room_id", room_id, Scalar::expected(&Id))?,
        price_minor: required("price_minor", price, PRICE_EXPECTED)?,
        currency: required("currency", currency, CURRENCY.expected)?,
        message: match message {
            Change::Set(message) => message,
            Change::Keep | Change::Clear => String::new(),
        },
        valid_until: object.text("valid_until", VALID_UNTIL_EXPECTED)?,
    })
}
