//! Deletes what has expired.

use sqlx::PgPool;

/// Deletes expired registrations, invitations, tokens, sessions, idempotency keys, mail and secrets
/// of rotated API keys, and returns how many rows that were. Events are never deleted.
///
/// # Errors
///
/// The error of the database, such as missing rights.
pub async fn delete_expired(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let mut deleted = 0;
    let registrations = sqlx::query!("DELETE FROM registrations WHERE expires_at <= now()");
    deleted += registrations.execute(pool).await?.rows_affected();
    let invitations = sqlx::query!("DELETE FROM invitations WHERE expires_at <= now()");
    deleted += invitations.execute(pool).await?.rows_affected();
    let tokens = sqlx::query!("DELETE FROM account_tokens WHERE expires_at <= now()");
    deleted += tokens.execute(pool).await?.rows_affected();
    // An ended session is kept as long as one of its tokens could be tried.
    let sessions = sqlx::query!(
        "DELETE FROM sessions s WHERE refreshed_at <= now() - interval '7 days'
            AND NOT EXISTS (
                SELECT FROM refresh_tokens t WHERE t.session_id = s.id AND t.expires_at > now()
            )"
    );
    deleted += sessions.execute(pool).await?.rows_affected();
    let keys = sqlx::query!("DELETE FROM idempotency_keys WHERE expires_at <= now()");
    deleted += keys.execute(pool).await?.rows_affected();
    let secrets = sqlx::query!("DELETE FROM api_key_secrets WHERE expires_at <= now()");
    deleted += secrets.execute(pool).await?.rows_affected();
    // Its tokens would have expired, and its job has failed.
    let mail =
        sqlx::query!("DELETE FROM mail_outbox WHERE created_at <= now() - interval '7 days'");
    deleted += mail.execute(pool).await?.rows_affected();
    Ok(deleted)
}
