//! One listener: the queue of its messages, and the body of the response that sends them.

use std::collections::HashSet;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use roost_market::pool::live::Seen;

use super::listeners::Registration;
use super::queue::{Item, QueueEnd};
use super::resume_position::ResumePosition;

/// What is sent when a client is too far behind.
const CATCH_UP: &str = "event: catch_up\ndata: {\"reason\":\"too many events were waiting to be \
                        read; connect again with Last-Event-ID\"}\n\n";

/// The time after which a client connects again, in milliseconds.
const RETRY: &str = "retry: 2000\n";

/// The body of a response: the messages of one listener, as server-sent events.
#[derive(Debug)]
pub(crate) struct LiveBody {
    /// What the client has received.
    position: ResumePosition,
    /// What it missed before it connected, and is sent first.
    missed: std::vec::IntoIter<Item>,
    /// What it has received once it has got what it missed.
    after_missed: Option<ResumePosition>,
    /// Messages of events that the client has received already, by another node.
    known: HashSet<i64>,
    queue: QueueEnd,
    is_started: bool,
    is_ended: bool,
    _registration: Registration,
}

impl LiveBody {
    /// The body of a listener that has received everything up to a position, missed some events
    /// since, and gets every later one through its queue.
    pub(super) fn new(
        received: ResumePosition,
        missed: Vec<Item>,
        after_missed: ResumePosition,
        queue: QueueEnd,
        registration: Registration,
    ) -> LiveBody {
        LiveBody {
            known: received.received.iter().copied().collect(),
            position: received,
            missed: missed.into_iter(),
            after_missed: Some(after_missed),
            queue,
            is_started: false,
            is_ended: false,
            _registration: registration,
        }
    }

    /// The text of an item; `None` for one that the client has received already.
    fn text_of(&mut self, item: Item) -> Option<String> {
        match item {
            Item::Message {
                id,
                transaction,
                text,
            } => {
                let is_known = self.position.seen.sees(transaction) || self.known.contains(&id);
                if is_known {
                    return None;
                }
                self.position.received.push(id);
                Some(format!("id: {}\n{text}", self.position))
            }
            Item::Seen { seen, as_of_s } => {
                if !seen.includes(&self.position.seen) {
                    return None;
                }
                self.position.seen = Seen::clone(&seen);
                self.position.as_of_s = as_of_s;
                self.position.received = Vec::new();
                self.known = HashSet::new();
                Some(self.position_only())
            }
        }
    }

    /// A message without data: browsers keep its id and dispatch no event. The comment shows
    /// proxies that the connection is alive.
    fn position_only(&self) -> String {
        format!(": heartbeat\nid: {}\n\n", self.position)
    }

    /// The next text of what the client has missed, and then its position.
    fn next_missed(&mut self) -> Option<String> {
        while let Some(item) = self.missed.next() {
            if let Some(text) = self.text_of(item) {
                return Some(text);
            }
        }
        let position = self.after_missed.take()?;
        self.known = position.received.iter().copied().collect();
        self.position = position;
        Some(self.position_only())
    }

    fn poll_text(&mut self, cx: &mut Context<'_>) -> Poll<Option<String>> {
        if let Some(text) = self.next_missed() {
            return Poll::Ready(Some(text));
        }
        loop {
            let Poll::Ready(item) = self.queue.poll_next(cx) else {
                return Poll::Pending;
            };
            let Some(item) = item else {
                self.is_ended = true;
                return Poll::Ready(self.queue.is_behind().then(|| CATCH_UP.to_owned()));
            };
            if let Some(text) = self.text_of(item) {
                return Poll::Ready(Some(text));
            }
        }
    }
}

impl HttpBody for LiveBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = self.get_mut();
        if body.is_ended {
            return Poll::Ready(None);
        }
        let text = std::task::ready!(body.poll_text(cx));
        let is_first = !std::mem::replace(&mut body.is_started, true);
        let text = text.map(|text| match is_first {
            true => format!("{RETRY}{text}"),
            false => text,
        });
        Poll::Ready(text.map(|text| Ok(Frame::data(Bytes::from(text)))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Waker;

    use roost_market::parse_rfc3339;
    use roost_market::pool::live::LiveEvent;
    use serde_json::json;
    use uuid::Uuid;

    use super::super::listeners::{Limit, Listeners};
    use super::super::message::Audience;
    use super::super::queue::{Queue, queue};
    use super::super::resume_position::Origin;
    use super::*;

    const RECIPIENT: (Audience, Uuid) = (Audience::Landlord, Uuid::from_u128(1));
    const SESSION: Uuid = Uuid::from_u128(2);

    fn position(seen: &str, received: &[i64]) -> ResumePosition {
        ResumePosition {
            origin: Origin {
                audience: Audience::Landlord,
                database: 1,
            },
            seen: seen.parse().unwrap(),
            as_of_s: 0,
            received: received.to_vec(),
        }
    }

    fn message(id: i64, transaction: u64) -> Item {
        Item::Message {
            id,
            transaction,
            text: format!("data: {id}\n\n").into(),
        }
    }

    fn seen(text: &str) -> Item {
        Item::Seen {
            seen: Arc::new(text.parse().unwrap()),
            as_of_s: 0,
        }
    }

    /// A registered queue, and the body that reads it.
    fn listen(
        listeners: &Arc<Listeners>,
        received: ResumePosition,
        missed: Vec<Item>,
        now: ResumePosition,
    ) -> LiveBody {
        let (queue, end) = queue();
        let registration = listeners.add(RECIPIENT, vec![SESSION], queue).unwrap();
        LiveBody::new(received, missed, now, end, registration)
    }

    /// The ids and data of everything that is ready, and whether the body has ended.
    fn ready(body: &mut LiveBody) -> (Vec<String>, bool) {
        let mut texts = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        loop {
            match Pin::new(&mut *body).poll_frame(&mut context) {
                Poll::Pending => return (texts, false),
                Poll::Ready(None) => return (texts, true),
                Poll::Ready(Some(Ok(frame))) => {
                    let bytes = frame.into_data().unwrap();
                    let text = std::str::from_utf8(&bytes).unwrap();
                    let line = |start: &str| {
                        let line = text.lines().find_map(|line| line.strip_prefix(start));
                        line.unwrap_or_default().to_owned()
                    };
                    let id = line("id: f.0000000000000001.0.");
                    texts.push(format!("{id} {}", line("data: ")));
                }
            }
        }
    }

    fn deliver(listeners: &Listeners, items: Vec<Item>, seen: &str) -> usize {
        let deliveries = items.into_iter().map(|item| (0, item)).collect();
        listeners.deliver(deliveries, &Arc::new(seen.parse().unwrap()), 0)
    }

    #[test]
    fn what_was_missed_comes_first_and_what_is_known_does_not_come_again() {
        let listeners = Arc::new(Listeners::default());
        let received = position("10:12:", &[7]);
        let missed = vec![message(7, 12), message(8, 13), message(5, 14)];
        let now = position("15:15:", &[]);
        let mut body = listen(&listeners, received, missed, now);
        // The node reads a little later than the client has connected.
        deliver(&listeners, vec![message(5, 14)], "15:15:");
        deliver(&listeners, vec![message(9, 16), message(6, 15)], "17:17:");
        let (texts, is_ended) = ready(&mut body);
        let expected = [
            "10:12:.7,8 8",
            "10:12:.7,8,5 5",
            "15:15: ",
            "15:15: ",
            "15:15:.9 9",
            "15:15:.9,6 6",
            "17:17: ",
        ];
        assert_eq!(texts, expected);
        assert!(!is_ended);
        // A snapshot from before changes nothing.
        deliver(&listeners, vec![seen("16:16:")], "17:17:");
        assert_eq!(ready(&mut body).0, ["17:17: "]);
    }

    #[test]
    fn a_full_queue_ends_its_listener_with_the_event_that_says_why() {
        let listeners = Arc::new(Listeners::default());
        let now = position("10:10:", &[]);
        let mut body = listen(&listeners, now.clone(), Vec::new(), now);
        let items = (0..100).map(|n| message(n, 10)).collect();
        assert_eq!(deliver(&listeners, items, "11:11:"), 1);
        assert_eq!(listeners.len(), 0);
        let (texts, is_ended) = ready(&mut body);
        assert!(is_ended);
        assert!(texts.len() > 10 && texts.len() < 100, "{texts:?}");
        assert!(
            texts.last().unwrap().contains("too many events"),
            "{texts:?}"
        );
    }

    #[test]
    fn a_listener_ends_with_its_session_and_one_too_many_is_rejected() {
        let listeners = Arc::new(Listeners::default());
        let now = position("10:10:", &[]);
        let mut bodies: Vec<LiveBody> = (0..10)
            .map(|_| listen(&listeners, now.clone(), Vec::new(), now.clone()))
            .collect();
        let add = |queue: Queue| listeners.add(RECIPIENT, Vec::new(), queue).map(drop);
        assert_eq!(add(queue().0), Err(Limit::OfRecipient));
        bodies.pop();
        assert_eq!(listeners.len(), 9);
        assert_eq!(add(queue().0), Ok(()));
        let event = LiveEvent {
            id: 1,
            transaction: 10,
            occurred_at: parse_rfc3339("2026-12-01T09:00:00Z").unwrap(),
            kind: "session.ended".to_owned(),
            subject_kind: "session".to_owned(),
            subject_id: SESSION,
            change: json!({}),
        };
        listeners.collect(&event, &mut Vec::new());
        assert_eq!(listeners.len(), 0);
        assert!(bodies.iter_mut().all(|body| ready(body).1));
        listeners.close();
        assert_eq!(add(queue().0), Err(Limit::OfNode));
    }
}
