//! What a feed needs to know of its landlord.

use std::collections::HashSet;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;
use crate::landlords::{Areas, record_activity};

/// A feed is computed for at most this many rooms, those that were created first.
const ROOMS_MAX: i64 = 1_000;

/// The landlord of a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedLandlord {
    /// The id.
    pub id: Uuid,
    /// Its listed rooms, at most 1,000.
    pub rooms: Vec<Uuid>,
    /// Where it prefers requests; `None` for anywhere.
    pub preferred_areas: Option<Areas>,
    /// The active requests that it has viewed.
    pub viewed: HashSet<Uuid>,
    /// The active requests that it has answered with an offer.
    pub responded: HashSet<Uuid>,
}

/// The landlord for whom the actor acts, which is active now.
///
/// # Errors
///
/// Those of [`Actor::acts_for`], and `Internal`.
pub async fn feed_landlord(pool: &PgPool, actor: &Actor) -> Result<FeedLandlord, ActionError> {
    let user = actor.acts_for(Role::Landlord, Scope::FeedRead)?;
    let mut connection = pool.acquire().await?;
    record_activity(&mut connection, user).await?;
    let row = sqlx::query!(
        r#"
        SELECT l.id,
            ST_AsGeoJSON(l.preferred_areas::geometry, 15)::jsonb ->> 'coordinates' AS areas,
            ARRAY(
                SELECT r.id FROM rooms r WHERE r.landlord_id = l.id AND r.status = 'listed'
                ORDER BY r.id LIMIT $2
            ) AS "rooms!"
        FROM landlords l WHERE l.user_id = $1
        "#,
        user,
        ROOMS_MAX
    )
    .fetch_optional(&mut *connection)
    .await?;
    let none = || ActionError::internal("a user of the role landlord has no landlord");
    let row = row.ok_or_else(none)?;
    let areas = row.areas.as_deref().map(Areas::of_coordinates);
    let mut landlord = FeedLandlord {
        id: row.id,
        rooms: row.rooms,
        preferred_areas: areas.transpose()?,
        viewed: HashSet::new(),
        responded: HashSet::new(),
    };
    landlord.read_seen(&mut connection).await?;
    Ok(landlord)
}

impl FeedLandlord {
    /// Reads which active requests it has viewed and answered.
    async fn read_seen(&mut self, sql: &mut PgConnection) -> Result<(), ActionError> {
        let seen = sqlx::query!(
            r#"
            SELECT m.request_id, m.viewed_at IS NOT NULL AS "viewed!",
                m.responded_at IS NOT NULL AS "responded!"
            FROM matches m JOIN requests r ON r.id = m.request_id
            WHERE m.landlord_id = $1 AND r.status = 'active'
                AND (m.viewed_at IS NOT NULL OR m.responded_at IS NOT NULL)
            "#,
            self.id
        )
        .fetch_all(sql)
        .await?;
        for row in seen {
            if row.viewed {
                self.viewed.insert(row.request_id);
            }
            if row.responded {
                self.responded.insert(row.request_id);
            }
        }
        Ok(())
    }
}
