//! What a caller may read of the index.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use roost_collections::{Declared, requests, rooms, venues};
use roost_engine::{Condition, Filters, Key, Query, Reader};
use roost_market::{ActionError, Actor, KeyActor, Role, Scope};

use super::filters::condition::Filter;
use crate::app::caller::{Caller, KeyCaller};
use crate::app::clock::now_s;
use crate::app::market::KeyMeter;
use crate::app::state::App;
use crate::http::error::ApiError;

/// What the caller of a route that searches may read. Everybody reads everything that is public,
/// but for callers with a key that has filters: these restrict the rooms that exist for them.
/// Rental requests are for landlords.
#[derive(Clone)]
pub(crate) struct Access {
    actor: Actor,
    rooms: Option<Arc<Condition>>,
    meter: Option<KeyMeter>,
    /// Whether the route has checked who may read which requests.
    is_to_pool: bool,
}

impl Access {
    /// The caller.
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What an actor reads of the request pool through routes that check its rights themselves.
    pub(crate) fn to_pool(actor: Actor) -> Result<Access, ApiError> {
        if let Actor::Key(key) = &actor
            && !key.filters.is_empty()
        {
            let reason = "an API key with a filter reads rooms and venues, not the request pool";
            return Err(ActionError::forbidden(reason).into());
        }
        Ok(Access {
            actor,
            rooms: None,
            meter: None,
            is_to_pool: true,
        })
    }

    /// The documents of a collection that exist for the caller; `None` for all.
    pub(crate) fn restriction(&self, collection: Declared) -> Result<Option<Condition>, ApiError> {
        if collection == requests::declared() && !self.is_to_pool {
            return self.of_requests();
        }
        match &self.rooms {
            Some(condition) if collection == rooms::declared() => {
                Ok(Some(Condition::clone(condition)))
            }
            Some(_) if collection != venues::declared() => {
                let name = collection.declaration.name;
                let reason = format!("an API key with a filter reads rooms and venues, not {name}");
                Err(ActionError::forbidden(reason).into())
            }
            _ => Ok(None),
        }
    }

    /// The rental requests that exist for the caller: those that a landlord can serve, and all for
    /// those who manage everything.
    fn of_requests(&self) -> Result<Option<Condition>, ApiError> {
        if self.actor.require_admin().is_ok() {
            return Ok(None);
        }
        let reads = match &self.actor {
            Actor::Anonymous => return Err(ActionError::sign_in_required().into()),
            Actor::User(user) => user.role == Role::Landlord,
            Actor::Key(key) => key.scopes.contains(&Scope::FeedRead),
            Actor::System => true,
        };
        if !reads {
            let reason = "only landlords, admins and API keys with the scope feed:read search \
                          rental requests";
            return Err(ActionError::forbidden(reason).into());
        }
        let active = requests::collection().category(requests::STATUS, "active");
        let active = active.into_iter().collect();
        Ok(Some(Condition::Category(requests::STATUS, active)))
    }

    /// Whether documents of a collection say to the caller who their owner is. A landlord reads
    /// what a student needs, and not who the student is.
    pub(crate) fn shows_owner(&self, collection: Declared) -> bool {
        collection != requests::declared() || self.actor.require_admin().is_ok()
    }

    /// Whether a room exists for the caller.
    pub(crate) fn includes_room(&self, reader: &Reader, room: Key) -> Result<bool, ApiError> {
        let Some(condition) = &self.rooms else {
            return Ok(true);
        };
        let query = Query {
            filters: Filters {
                restriction: Some(Condition::clone(condition)),
                ..Filters::default()
            },
            // Filters do not depend on the profile.
            ..Query::all(rooms::profile(), now_s())
        };
        let passes = reader.passes(rooms::collection(), room, &query)?;
        Ok(passes == Some(true))
    }

    /// Counts one more search of a request of several, or rejects it.
    pub(crate) fn count_search(&self) -> Result<(), ApiError> {
        match &self.meter {
            Some(meter) => Ok(meter.count()?),
            None => Ok(()),
        }
    }

    #[cfg(test)]
    pub(crate) fn to_all() -> Access {
        Access {
            actor: Actor::Anonymous,
            rooms: None,
            meter: None,
            is_to_pool: false,
        }
    }
}

impl FromRequestParts<App> for Access {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Access, ApiError> {
        let Caller(actor) = Caller::from_request_parts(parts, app).await?;
        actor.require_scope(Scope::Search)?;
        let rooms = match &actor {
            Actor::Anonymous if !app.anonymous().search => {
                return Err(ActionError::sign_in_required().into());
            }
            Actor::Key(key) => restriction(key)?,
            _ => None,
        };
        let key = parts.extensions.get::<KeyCaller>();
        Ok(Access {
            actor,
            rooms: rooms.map(Arc::new),
            meter: key.map(|key| key.meter.clone()),
            is_to_pool: false,
        })
    }
}

/// The rooms that pass all filters of a key. A filter that the current vocabulary does not accept
/// any more lets nothing pass.
fn restriction(key: &KeyActor) -> Result<Option<Condition>, ApiError> {
    let mut parts = Vec::new();
    for text in &key.filters {
        let filter = Filter::parse(text, rooms::declared()).map_err(|error| {
            tracing::warn!(key = %key.id, %error, "the filter of an API key is not valid any more");
            ActionError::forbidden(
                "the filter of the API key is not valid any more; create another",
            )
        })?;
        parts.push(filter.into_condition());
    }
    Ok(match parts.len() {
        0 => None,
        _ => Some(Condition::All(parts)),
    })
}
