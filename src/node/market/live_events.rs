//! Announces the events of the change stream to those who listen for live events.

use roost_api::Live;
use roost_indexer::{EventNotice, EventSubscription};
use tokio_util::sync::CancellationToken;

/// Announces events until the node stops. If this ends, events are looked for every second.
pub(super) async fn follow(live: Live, mut events: EventSubscription, shutdown: CancellationToken) {
    let run = async {
        loop {
            match events.next().await {
                Some(EventNotice::Event(event)) => {
                    live.announce(&event.kind, &event.subject_kind, event.transaction);
                }
                Some(EventNotice::Current { .. }) => live.mark_current(),
                Some(EventNotice::Missed) => live.missed(),
                None => return,
            }
        }
    };
    shutdown.run_until_cancelled(run).await;
}
