//! The activity of landlords, which ranks their rooms.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::action::error::ActionError;

/// Notes that the landlord of a user acts now, at most once a minute, so that a busy landlord does
/// not fill the change stream.
pub(crate) async fn record_activity(
    sql: &mut PgConnection,
    user_id: Uuid,
) -> Result<(), ActionError> {
    sqlx::query!(
        "UPDATE landlords SET last_active_at = now()
        WHERE user_id = $1 AND last_active_at < now() - interval '1 minute'",
        user_id
    )
    .execute(sql)
    .await?;
    Ok(())
}
