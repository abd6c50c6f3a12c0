//! A write in progress: its transaction, its idempotency key, and its turn.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::Response;
use roost_market::{Actor, Claim, IdempotencyKey, StoredResponse, Transaction};
use serde::Serialize;

use super::conditions::{Conditions, caller};
use super::pool::{Turn, WritePool};
use super::reply::{Reply, Versioned, with_position};
use crate::http::error::{ApiError, Code};

/// The response header that says that an earlier response is repeated.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A write in progress.
pub(crate) struct Write {
    /// The transaction of the action.
    pub(crate) transaction: Transaction,
    key: Option<IdempotencyKey>,
    /// Kept until the response is committed.
    _turn: Option<Turn>,
}

/// How a write starts.
pub(crate) enum Started {
    /// The action is to be done.
    New(Write),
    /// The same request was answered before, and this is its response.
    Answered(Response),
}

impl Write {
    /// Starts a write. Waits while another request with the same key is in progress.
    pub(super) async fn begin(
        pool: &WritePool,
        actor: Actor,
        key: Option<IdempotencyKey>,
    ) -> Result<Started, ApiError> {
        let turn = match &key {
            Some(key) => Some(pool.turn(key).await),
            None => None,
        };
        let mut transaction = Transaction::begin(pool, actor).await?;
        let claim = match &key {
            Some(key) => key.claim(&mut transaction).await?,
            None => Claim::New,
        };
        match claim {
            Claim::New => Ok(Started::New(Write {
                transaction,
                key,
                _turn: turn,
            })),
            Claim::Answered(response) => {
                // The position is that of now, after the commit of the stored response.
                let done = transaction.commit(()).await?;
                let mut response = with_position(response, done.position)?;
                let headers = response.headers_mut();
                headers.insert(REPLAYED, HeaderValue::from_static("true"));
                Ok(Started::Answered(response))
            }
            Claim::OtherRequest => {
                let message = "this idempotency-key was used for another request; send a new key";
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Err(ApiError::new(status, Code::IdempotencyKeyReused, message))
            }
        }
    }

    /// Commits the action with its response, and returns it.
    pub(super) async fn commit(mut self, reply: Reply) -> Result<Response, ApiError> {
        if let Some(key) = &self.key {
            key.store(&mut self.transaction, &reply.stored).await?;
        }
        let done = self.transaction.commit(reply).await?;
        done.result.into_response(done.position)
    }
}

#[allow(
    dead_code,
    reason = "the routes move to WriteRequest one by one, and this goes with the last"
)]
impl Write {
    /// Starts a write of a signed-in actor.
    pub(crate) async fn start(
        pool: &WritePool,
        actor: Actor,
        conditions: &Conditions,
        body: &[u8],
    ) -> Result<Started, ApiError> {
        let key = conditions.idempotency_key(caller(&actor)?, body);
        Self::begin(pool, actor, key).await
    }

    /// Commits the action with its response, and returns it.
    pub(crate) async fn finish<T: Serialize>(
        self,
        status: StatusCode,
        row: Versioned<T>,
    ) -> Result<Response, ApiError> {
        self.commit(Reply::row(status, row)?).await
    }

    /// The same with metadata.
    pub(crate) async fn finish_with<T: Serialize, M: Serialize>(
        self,
        status: StatusCode,
        row: Versioned<T>,
        meta: M,
    ) -> Result<Response, ApiError> {
        self.commit(Reply::row_with(status, row, meta)?).await
    }

    /// The same for a result without a version.
    pub(crate) async fn finish_plain<T: Serialize>(
        self,
        status: StatusCode,
        data: T,
    ) -> Result<Response, ApiError> {
        self.commit(Reply::plain(status, data)?).await
    }

    /// The same for an answer that is not one row with a version.
    pub(crate) async fn answer(
        self,
        status: StatusCode,
        headers: BTreeMap<String, String>,
        answer: &impl Serialize,
    ) -> Result<Response, ApiError> {
        let body = serde_json::to_vec(answer).map_err(ApiError::internal)?;
        let stored = StoredResponse {
            status: status.as_u16(),
            headers,
            body,
        };
        self.commit(Reply::stored(stored)).await
    }
}
