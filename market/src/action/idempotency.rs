//! Idempotency keys: a repeated request gets the response of the first one, and writes nothing.

use std::collections::BTreeMap;

use sqlx::types::Json;

use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

/// The key of one request.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    /// Who sent it, 1 to 100 characters. Keys of different callers never meet.
    pub caller: String,
    /// What the caller sent, 1 to 255 characters.
    pub key: String,
    /// SHA-256 of what the request says: method, path, query and body.
    pub request_hash: [u8; 32],
}

/// A response, as the first request with a key got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResponse {
    /// The HTTP status, 200 to 599.
    pub status: u16,
    /// Headers by name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// No request has used it: this transaction does the action and stores its response.
    New,
    /// The same request was answered before.
    Answered(StoredResponse),
    /// Another request has used it.
    OtherRequest,
}

impl IdempotencyKey {
    /// Claims the key for this transaction. Waits while another transaction with the same key is in
    /// progress, and takes over if that one is rolled back.
    ///
    /// # Errors
    ///
    /// `Internal` if the database is unreachable.
    pub async fn claim(&self, transaction: &mut Transaction) -> Result<Claim, ActionError> {
        let claimed = sqlx::query_scalar!(
            r#"
            INSERT INTO idempotency_keys AS known (caller, key, request_hash)
            VALUES ($1, $2, $3)
            ON CONFLICT (caller, key) DO UPDATE SET
                request_hash = excluded.request_hash,
                status = NULL,
                headers = excluded.headers,
                body = NULL,
                created_at = excluded.created_at,
                expires_at = excluded.expires_at
            WHERE known.expires_at <= now()
            RETURNING 1 AS "claimed!"
            "#,
            self.caller,
            self.key,
            &self.request_hash[..],
        )
        .fetch_optional(transaction.sql())
        .await?;
        if claimed.is_some() {
            return Ok(Claim::New);
        }
        let known = sqlx::query!(
            r#"
            SELECT request_hash, status, headers AS "headers: Json<BTreeMap<String, String>>", body
            FROM idempotency_keys WHERE caller = $1 AND key = $2
            "#,
            self.caller,
            self.key,
        )
        .fetch_one(transaction.sql())
        .await?;
        if known.request_hash != self.request_hash {
            return Ok(Claim::OtherRequest);
        }
        let status = known
            .status
            .ok_or_else(|| ActionError::internal("an idempotency key was committed unanswered"))?;
        Ok(Claim::Answered(StoredResponse {
            status: status.unsigned_abs(),
            headers: known.headers.0,
            body: known.body.unwrap_or_default(),
        }))
    }

    /// Stores the response of the claimed key, to be committed with the action.
    ///
    /// # Errors
    ///
    /// `Internal` if the database is unreachable or the status is none of HTTP.
    pub async fn store(
        &self,
        transaction: &mut Transaction,
        response: &StoredResponse,
    ) -> Result<(), ActionError> {
        sqlx::query!(
            "UPDATE idempotency_keys SET status = $3, headers = $4, body = $5
            WHERE caller = $1 AND key = $2",
            self.caller,
            self.key,
            i16::try_from(response.status).map_err(ActionError::internal)?,
            Json(&response.headers) as _,
            &response.body,
        )
        .execute(transaction.sql())
        .await?;
        Ok(())
    }
}
