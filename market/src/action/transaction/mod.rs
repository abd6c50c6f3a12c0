//! The transaction of an action: its rows and its events are committed together or not at all.

mod position;

use sqlx::pool::PoolConnection;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Postgres};

use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, insert_all};

pub use position::Position;

/// A transaction of an actor. Dropping it rolls it back.
pub struct Transaction {
    actor: Actor,
    pool: PgPool,
    inner: sqlx::Transaction<'static, Postgres>,
    has_event: bool,
    is_kept_without_event: bool,
}

/// The result of a committed action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// What the action returned.
    pub result: T,
    /// A search that waits for this position reflects the action.
    pub position: Position,
}

impl Transaction {
    /// Begins a transaction in which an actor acts.
    ///
    /// # Errors
    ///
    /// `Busy` if no connection becomes free in time, `Internal` if the database is unreachable.
    pub async fn begin(pool: &PgPool, actor: Actor) -> Result<Self, ActionError> {
        Ok(Self {
            actor,
            inner: pool.begin().await?,
            pool: pool.clone(),
            has_event: false,
            is_kept_without_event: false,
        })
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The connection in which the action reads and writes.
    pub(crate) fn sql(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// When the transaction began, as Postgres writes it into rows.
    pub(crate) async fn now(&mut self) -> Result<DateTime<Utc>, ActionError> {
        let now = sqlx::query_scalar!(r#"SELECT now() AS "now!""#);
        Ok(now.fetch_one(self.sql()).await?)
    }

    /// Records what the action has done.
    pub(crate) async fn record(&mut self, event: Event) -> Result<(), ActionError> {
        event.insert(&self.actor, &mut self.inner).await?;
        self.has_event = true;
        Ok(())
    }

    /// Records the events of many rows.
    pub(crate) async fn record_all(&mut self, events: &[Event]) -> Result<(), ActionError> {
        if !events.is_empty() {
            insert_all(events, &self.actor, &mut self.inner).await?;
            self.has_event = true;
        }
        Ok(())
    }

    /// Names the actor once it has proved who it is.
    pub(crate) fn identify(&mut self, actor: Actor) {
        self.actor = actor;
    }

    /// Lets the commit keep rows of no interest to an audit, such as those of an unconfirmed
    /// registration.
    pub(crate) fn keep_without_event(&mut self) {
        self.is_kept_without_event = true;
    }

    /// Commits, and returns the result with the position of the commit.
    ///
    /// An action that has recorded no event has changed nothing: its transaction is rolled back. An
    /// action that changed rows and forgot its event is thus noticed at once.
    ///
    /// # Errors
    ///
    /// `Internal` if the database is unreachable. If the connection is lost meanwhile, the caller
    /// cannot know whether the action was committed, and repeats it under its idempotency key.
    pub async fn commit<T>(self, result: T) -> Result<Written<T>, ActionError> {
        if self.has_event || self.is_kept_without_event {
            self.inner.commit().await?;
        } else {
            self.inner.rollback().await?;
        }
        let mut connection = acquire(&self.pool).await?;
        let position = Position::of_confirmed_commits(&mut connection).await?;
        Ok(Written { result, position })
    }
}

/// A connection after a commit. The action is done, so an exhausted pool is no reason to report
/// that it is not; the caller waits as long as its own deadline lets it.
async fn acquire(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    loop {
        match pool.acquire().await {
            Err(sqlx::Error::PoolTimedOut) => {}
            acquired => return acquired,
        }
    }
}

impl<T> Written<T> {
    /// The same position with another result.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Written<U> {
        Written {
            result: with(self.result),
            position: self.position,
        }
    }
}
