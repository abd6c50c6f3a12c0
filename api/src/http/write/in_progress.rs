//! A write in progress: its transaction, its idempotency key, and its turn.

use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::Response;
use roost_market::{Actor, Claim, IdempotencyKey, Transaction};

use super::pool::{Turn, WritePool};
use super::reply::{Reply, with_position};
use crate::http::error::{ApiError, Code};

/// The response header that says that an earlier response is repeated.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A write in progress.
pub(super) struct Write {
    /// The transaction of the action.
    pub(super) transaction: Transaction,
    key: Option<IdempotencyKey>,
    /// Kept until the response is committed.
    _turn: Option<Turn>,
}

/// How a write starts.
pub(super) enum Started {
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
