//! Keeps the cache of authenticated callers current, by the events of the market.

use std::sync::Arc;

use roost_api::{AuthenticationCache, SigningKey};
use roost_indexer::{EventNotice, EventSubscription};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Applies events to the cache until the node stops. If this ends, nothing marks the cache as
/// current, and it is not used any more.
pub(super) async fn follow(
    cache: AuthenticationCache,
    mut events: EventSubscription,
    mut keys: watch::Receiver<Arc<[SigningKey]>>,
    shutdown: CancellationToken,
) {
    let run = async {
        loop {
            tokio::select! {
                notice = events.next() => match notice {
                    Some(EventNotice::Event(event)) => {
                        let (kind, subject) = (&event.subject_kind, event.subject_id);
                        cache.apply_event(kind, subject, event.transaction);
                    }
                    Some(EventNotice::Current { as_of, .. }) => cache.mark_current(as_of),
                    Some(EventNotice::Missed) => cache.clear(),
                    None => return,
                },
                // Tokens of a key that is gone are not accepted any more.
                changed = keys.changed() => match changed {
                    Ok(()) => cache.clear(),
                    Err(_) => return,
                },
            }
        }
    };
    shutdown.run_until_cancelled(run).await;
}
