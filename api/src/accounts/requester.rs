//! The address from which a request comes, as attempts are counted by it.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::http::client_address::ClientAddress;

/// The address or network of the client.
pub(crate) struct Requester(pub(super) IpAddr);

impl<S: Sync> FromRequestParts<S> for Requester {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Requester, Infallible> {
        Ok(Requester(ClientAddress::of(&parts.extensions).network()))
    }
}
