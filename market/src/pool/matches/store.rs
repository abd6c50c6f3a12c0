//! Stores the best landlords of requests.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};
use sqlx::types::chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::queue::{Claimed, columns};
use super::ranker::{RankedLandlord, RankedRequest};
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// An active request that can have matches.
struct Open {
    id: Uuid,
    student_id: Uuid,
    /// The first day of the month of its matches.
    month: NaiveDate,
}

/// The columns of the rows to store.
#[derive(Default)]
struct Rows {
    requests: Vec<Uuid>,
    months: Vec<NaiveDate>,
    landlords: Vec<Uuid>,
    rooms: Vec<Uuid>,
    scores: Vec<f64>,
    components: Vec<Value>,
    reasons: Vec<String>,
    ranks: Vec<i16>,
}

/// Replaces the matches of the requests by these, keeps what was viewed and answered, and records
/// which landlords are new.
///
/// A request that was enqueued again since it was claimed is left to the job that claims it then,
/// so that an older ranking never replaces a newer one.
pub(super) async fn store(
    pool: &PgPool,
    claimed: &[Claimed],
    ranked: &[RankedRequest],
) -> Result<(), ActionError> {
    let mut transaction = Transaction::begin(pool, Actor::System).await?;
    let (requests, _) = columns(claimed);
    let open = lock_open(transaction.sql(), &requests).await?;
    let current = finish(transaction.sql(), claimed).await?;
    let open = open.into_iter().filter(|open| current.contains(&open.id));
    let open: BTreeMap<Uuid, Open> = open.map(|open| (open.id, open)).collect();
    let ranked: HashMap<Uuid, &[RankedLandlord]> = ranked
        .iter()
        .map(|ranked| (ranked.request, &*ranked.landlords))
        .collect();
    let mut rows = Rows::default();
    for open in open.values() {
        let landlords = ranked.get(&open.id).copied().unwrap_or_default();
        let ranks = 1..;
        for (rank, landlord) in ranks.zip(landlords) {
            rows.push(open, landlord, rank);
        }
    }
    rows.remove_others(transaction.sql(), open.values()).await?;
    let new = rows.insert(transaction.sql()).await?;
    let events: Vec<Event> = open
        .values()
        .filter_map(|open| event(open, new.get(&open.id)?, ranked.get(&open.id)?))
        .collect();
    transaction.record_all(&events).await?;
    // Removed and changed rows are of no interest to an audit.
    transaction.keep_without_event();
    transaction.commit(()).await?;
    Ok(())
}

/// The event that new landlords have been found for a request.
fn event(open: &Open, new: &HashSet<Uuid>, ranked: &[RankedLandlord]) -> Option<Event> {
    let landlords = ranked.iter().filter(|it| new.contains(&it.landlord));
    let landlords: Vec<Value> = landlords
        .map(|it| json!({"landlord_id": it.landlord, "room_id": it.room, "score": it.score}))
        .collect();
    let event = Event::new("request.ranked", Subject::new("request", open.id));
    let change = json!({"student_id": open.student_id, "landlords": landlords});
    (!landlords.is_empty()).then(|| event.with_change(change))
}

/// Those of some requests that are active and not older than matches are kept, locked against
/// another status until the transaction ends.
async fn lock_open(sql: &mut PgConnection, requests: &[Uuid]) -> Result<Vec<Open>, sqlx::Error> {
    let open = sqlx::query_as!(
        Open,
        r#"
        SELECT id, student_id,
            date_trunc('month', created_at AT TIME ZONE 'UTC')::date AS "month!"
        FROM requests
        WHERE id = ANY ($1) AND status = 'active'
            AND date_trunc('month', created_at AT TIME ZONE 'UTC')
                >= date_trunc('month', (now() - interval '90 days') AT TIME ZONE 'UTC')
        ORDER BY id FOR SHARE
        "#,
        requests
    );
    open.fetch_all(sql).await
}

/// Removes requests from the queue, and returns those that were not enqueued again. They are locked
/// in the order in which they are enqueued, so that no two transactions wait for each other.
async fn finish(sql: &mut PgConnection, claimed: &[Claimed]) -> Result<HashSet<Uuid>, sqlx::Error> {
    let (requests, generations) = columns(claimed);
    let current = sqlx::query_scalar!(
        "WITH current AS (
            SELECT q.request_id FROM matching_queue q
            JOIN UNNEST($1::uuid[], $2::bigint[]) AS claimed (request_id, generation)
                ON q.request_id = claimed.request_id AND q.generation = claimed.generation
            ORDER BY q.request_id FOR UPDATE OF q
        )
        DELETE FROM matching_queue q USING current WHERE q.request_id = current.request_id
        RETURNING q.request_id",
        &requests,
        &generations
    );
    Ok(current.fetch_all(sql).await?.into_iter().collect())
}

impl Rows {
    fn push(&mut self, open: &Open, landlord: &RankedLandlord, rank: i16) {
        self.requests.push(open.id);
        self.months.push(open.month);
        self.landlords.push(landlord.landlord);
        self.rooms.push(landlord.room);
        self.scores.push(landlord.score);
        self.components.push(landlord.components.clone());
        self.reasons.push(landlord.reason.clone());
        self.ranks.push(rank);
    }

    /// Removes the other matches of the requests. Those that were viewed or answered lose their
    /// rank alone.
    async fn remove_others(
        &self,
        sql: &mut PgConnection,
        open: impl Iterator<Item = &Open>,
    ) -> Result<(), sqlx::Error> {
        let (requests, months): (Vec<Uuid>, Vec<NaiveDate>) =
            open.map(|open| (open.id, open.month)).unzip();
        sqlx::query!(
            "DELETE FROM matches m
            USING UNNEST($1::uuid[], $2::date[]) AS open (request_id, month)
            WHERE m.request_id = open.request_id AND m.month = open.month
                AND m.viewed_at IS NULL AND m.responded_at IS NULL
                AND NOT EXISTS (
                    SELECT FROM UNNEST($3::uuid[], $4::uuid[]) AS best (request_id, landlord_id)
                    WHERE best.request_id = m.request_id AND best.landlord_id = m.landlord_id
                )",
            &requests,
            &months,
            &self.requests,
            &self.landlords
        )
        .execute(&mut *sql)
        .await?;
        sqlx::query!(
            "UPDATE matches m SET rank = NULL, updated_at = now()
            FROM UNNEST($1::uuid[], $2::date[]) AS open (request_id, month)
            WHERE m.request_id = open.request_id AND m.month = open.month AND m.rank IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM UNNEST($3::uuid[], $4::uuid[]) AS best (request_id, landlord_id)
                    WHERE best.request_id = m.request_id AND best.landlord_id = m.landlord_id
                )",
            &requests,
            &months,
            &self.requests,
            &self.landlords
        )
        .execute(&mut *sql)
        .await?;
        Ok(())
    }

    /// Inserts the rows or changes those that exist, and returns the new landlords of each request.
    async fn insert(
        &self,
        sql: &mut PgConnection,
    ) -> Result<HashMap<Uuid, HashSet<Uuid>>, sqlx::Error> {
        // A row that exists was created by an earlier transaction, so at another time.
        let stored = sqlx::query!(
            r#"
            INSERT INTO matches AS m
                (request_id, month, landlord_id, room_id, score, components, reason, rank)
            SELECT * FROM UNNEST(
                $1::uuid[], $2::date[], $3::uuid[], $4::uuid[], $5::float8[], $6::jsonb[],
                $7::text[], $8::smallint[]
            )
            ON CONFLICT (request_id, landlord_id, month) DO UPDATE SET
                room_id = excluded.room_id, score = excluded.score,
                components = excluded.components, reason = excluded.reason, rank = excluded.rank,
                updated_at = now()
            WHERE (m.room_id, m.score, m.components, m.reason, m.rank) IS DISTINCT FROM
                (excluded.room_id, excluded.score, excluded.components, excluded.reason,
                    excluded.rank)
            RETURNING m.request_id, m.landlord_id, m.created_at = now() AS "is_new!"
            "#,
            &self.requests,
            &self.months,
            &self.landlords,
            &self.rooms,
            &self.scores,
            &self.components,
            &self.reasons,
            &self.ranks
        )
        .fetch_all(sql)
        .await?;
        let mut new: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
        for row in stored.into_iter().filter(|row| row.is_new) {
            new.entry(row.request_id)
                .or_default()
                .insert(row.landlord_id);
        }
        Ok(new)
    }
}
