//! A request that writes, and the one function that acts on it.

use std::net::IpAddr;

use axum::body::Bytes;
use axum::extract::Request;
use axum::response::Response;
use roost_market::{Actor, IdempotencyKey, IfVersion, Transaction};

use super::conditions::{Conditions, caller};
use super::in_progress::{Started, Write};
use super::pool::WritePool;
use super::reply::Reply;
use crate::http::body::read_json_body;
use crate::http::error::ApiError;

/// Who sends a request that writes, and what its head and body say.
pub(crate) struct WriteRequest<'a> {
    pool: &'a WritePool,
    actor: Actor,
    if_version: IfVersion,
    key: Option<IdempotencyKey>,
    body: Bytes,
}

impl<'a> WriteRequest<'a> {
    /// Reads the request of a signed-in actor. `read_body` reads its body.
    pub(crate) async fn read(
        pool: &'a WritePool,
        actor: Actor,
        request: Request,
        read_body: impl AsyncFnOnce(Request) -> Result<Bytes, ApiError>,
    ) -> Result<Self, ApiError> {
        let conditions = Conditions::read(&request)?;
        let body = read_body(request).await?;
        let caller = caller(&actor)?;
        Ok(Self::new(pool, actor, caller, conditions, body))
    }

    /// Reads the request of a signed-in actor, whose body says nothing.
    pub(crate) fn without_body(
        pool: &'a WritePool,
        actor: Actor,
        request: &Request,
    ) -> Result<Self, ApiError> {
        let conditions = Conditions::read(request)?;
        let caller = caller(&actor)?;
        Ok(Self::new(pool, actor, caller, conditions, Bytes::new()))
    }

    /// A request of a signed-in actor, of which the path says all. A repeated one changes nothing.
    pub(crate) fn without_key(pool: &'a WritePool, actor: Actor) -> Self {
        Self {
            pool,
            actor,
            if_version: IfVersion::Any,
            key: None,
            body: Bytes::new(),
        }
    }

    /// Reads the JSON request of an anonymous caller, whose keys are those of its address or
    /// network. The body must contain no password, because a fast hash of it is stored, unless it
    /// contains a random token as well.
    pub(crate) async fn read_anonymous(
        pool: &'a WritePool,
        address: IpAddr,
        request: Request,
    ) -> Result<Self, ApiError> {
        let conditions = Conditions::read(&request)?;
        let body = read_json_body(request).await?;
        let caller = format!("address:{address}");
        Ok(Self::new(pool, Actor::Anonymous, caller, conditions, body))
    }

    fn new(
        pool: &'a WritePool,
        actor: Actor,
        caller: String,
        conditions: Conditions,
        body: Bytes,
    ) -> Self {
        Self {
            key: conditions.idempotency_key(caller, &body),
            if_version: conditions.if_version,
            pool,
            actor,
            body,
        }
    }

    /// The body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The versions of the row that the caller accepts.
    pub(crate) fn if_version(&self) -> &IfVersion {
        &self.if_version
    }

    /// Does the action and commits it together with its reply; for a repeated request returns the
    /// response of the first one instead. Waits while another request with the same key is in
    /// progress.
    pub(crate) async fn run(
        &self,
        action: impl AsyncFnOnce(&mut Transaction) -> Result<Reply, ApiError>,
    ) -> Result<Response, ApiError> {
        let mut write = match self.begin().await? {
            Started::New(write) => write,
            Started::Answered(response) => return Ok(response),
        };
        let reply = action(&mut write.transaction).await?;
        write.commit(reply).await
    }

    /// The response of the first request with this key, if there was one.
    pub(crate) async fn repeated(&self) -> Result<Option<Response>, ApiError> {
        if self.key.is_none() {
            return Ok(None);
        }
        Ok(match self.begin().await? {
            Started::Answered(response) => Some(response),
            Started::New(_) => None,
        })
    }

    async fn begin(&self) -> Result<Started, ApiError> {
        Write::begin(self.pool, self.actor.clone(), self.key.clone()).await
    }
}
