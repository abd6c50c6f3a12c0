//! Writes with an `Idempotency-Key`: the action and its response are committed together.

pub(crate) mod conditions;
pub(crate) mod pool;

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use axum::http::{Response as HttpResponse, StatusCode};
use axum::response::Response;
use roost_market::{
    ActionError, Actor, Claim, IdempotencyKey, Position, StoredResponse, Transaction,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use self::conditions::{Conditions, etag};
use self::pool::{Turn, WritePool};
use super::action::POSITION;
use super::envelope::{Answer, NoMeta};
use super::error::{ApiError, Code};

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

/// A row that is answered with its entity tag.
pub(crate) struct Versioned<T> {
    /// The version of the row.
    pub(crate) version: i64,
    /// The path of the row, if it is new.
    pub(crate) location: Option<String>,
    /// The JSON of the row.
    pub(crate) data: T,
}

/// A result with a secret, of which the stored response contains nothing.
pub(crate) struct Secretive<T> {
    /// The path of the row, if it is new.
    pub(crate) location: Option<String>,
    /// The JSON with the secret.
    pub(crate) sent: T,
    /// The JSON without it, which a repeated request gets.
    pub(crate) stored: T,
}

impl Write {
    /// Starts a write of a signed-in actor. Waits while another request with the same key is in
    /// progress.
    pub(crate) async fn start(
        pool: &WritePool,
        actor: Actor,
        conditions: &Conditions,
        body: &[u8],
    ) -> Result<Started, ApiError> {
        let caller = caller(&actor)?;
        Self::start_as(caller, pool, actor, conditions, body).await
    }

    /// Starts a write of an anonymous caller, whose keys are those of its address or network. The
    /// body must contain no password, because a fast hash of it is stored, unless it contains a
    /// random token as well.
    pub(crate) async fn start_anonymous(
        pool: &WritePool,
        address: IpAddr,
        conditions: &Conditions,
        body: &[u8],
    ) -> Result<Started, ApiError> {
        let caller = format!("address:{address}");
        Self::start_as(caller, pool, Actor::Anonymous, conditions, body).await
    }

    async fn start_as(
        caller: String,
        pool: &WritePool,
        actor: Actor,
        conditions: &Conditions,
        body: &[u8],
    ) -> Result<Started, ApiError> {
        let key = idempotency_key(caller, conditions, body);
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
    pub(crate) async fn finish<T: Serialize>(
        self,
        status: StatusCode,
        row: Versioned<T>,
    ) -> Result<Response, ApiError> {
        self.finish_with(status, row, NoMeta).await
    }

    /// The same with metadata.
    pub(crate) async fn finish_with<T: Serialize, M: Serialize>(
        self,
        status: StatusCode,
        row: Versioned<T>,
        meta: M,
    ) -> Result<Response, ApiError> {
        let mut headers = BTreeMap::from([(ETAG.to_string(), etag(row.version))]);
        headers.extend(row.location.map(|path| (LOCATION.to_string(), path)));
        let answer = Answer::json(row.data, meta).0;
        self.answer(status, headers, &answer).await
    }

    /// The same for a result without a version.
    pub(crate) async fn finish_plain<T: Serialize>(
        self,
        status: StatusCode,
        data: T,
    ) -> Result<Response, ApiError> {
        let answer = Answer::json(data, NoMeta).0;
        self.answer(status, BTreeMap::new(), &answer).await
    }

    /// The same for an answer that is not one row with a version.
    pub(crate) async fn answer(
        mut self,
        status: StatusCode,
        headers: BTreeMap<String, String>,
        answer: &impl Serialize,
    ) -> Result<Response, ApiError> {
        let response = StoredResponse {
            status: status.as_u16(),
            headers,
            body: body_of(answer)?,
        };
        self.store(&response).await?;
        let done = self.transaction.commit(response).await?;
        with_position(done.result, done.position)
    }

    /// Commits the action with its response but for the secret, and returns it with the secret,
    /// which no cache may keep.
    pub(crate) async fn finish_secretive<T: Serialize>(
        mut self,
        status: StatusCode,
        answer: Secretive<T>,
    ) -> Result<Response, ApiError> {
        let headers = answer.location.map(|path| (LOCATION.to_string(), path));
        let mut response = StoredResponse {
            status: status.as_u16(),
            headers: headers.into_iter().collect(),
            body: body_of(&Answer::json(answer.stored, NoMeta).0)?,
        };
        self.store(&response).await?;
        response.body = body_of(&Answer::json(answer.sent, NoMeta).0)?;
        let done = self.transaction.commit(response).await?;
        let mut response = with_position(done.result, done.position)?;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    async fn store(&mut self, response: &StoredResponse) -> Result<(), ActionError> {
        match &self.key {
            Some(key) => key.store(&mut self.transaction, response).await,
            None => Ok(()),
        }
    }
}

fn body_of(answer: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(answer).map_err(ApiError::internal)
}

/// A response as it is sent.
fn with_position(stored: StoredResponse, position: Position) -> Result<Response, ApiError> {
    let mut response = HttpResponse::builder()
        .status(stored.status)
        .header(CONTENT_TYPE, "application/json")
        .header(POSITION, position.to_string());
    for (name, value) in &stored.headers {
        response = response.header(name, value);
    }
    let response = response.body(Body::from(stored.body));
    response.map_err(ApiError::internal)
}

/// The caller of a signed-in actor. Keys of different callers never meet.
fn caller(actor: &Actor) -> Result<String, ApiError> {
    match actor {
        Actor::User(user) => Ok(format!("user:{}", user.id)),
        Actor::Key(key) => Ok(format!("key:{}", key.id)),
        Actor::Anonymous | Actor::System => Err(ActionError::sign_in_required().into()),
    }
}

/// The key of a request, if it has one.
fn idempotency_key(caller: String, conditions: &Conditions, body: &[u8]) -> Option<IdempotencyKey> {
    conditions.key.clone().map(|key| IdempotencyKey {
        caller,
        key,
        request_hash: Sha256::new()
            .chain_update(&conditions.head)
            .chain_update(body)
            .finalize()
            .into(),
    })
}
