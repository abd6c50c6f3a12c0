//! The client of a request, as admission tells clients apart.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::http::client_address::ClientAddress;

/// Who sent a request: an address or network. Clients share the threads for searches fairly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(IpAddr);

impl Client {
    #[cfg(test)]
    pub(crate) fn unknown() -> Client {
        Client::of(ClientAddress::of(&axum::http::Extensions::new()))
    }

    fn of(address: ClientAddress) -> Client {
        Client(address.network())
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Client, Infallible> {
        Ok(Client::of(ClientAddress::of(&parts.extensions)))
    }
}
