//! A client that listens.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::harness::Roost;

const DEADLINE: Duration = Duration::from_secs(40);

pub(crate) const FEED: &str = "/landlords/me/feed/live";
pub(crate) const REQUESTS: &str = "/requests/live";

/// A client that listens, and what it has received so far.
pub(crate) struct Stream {
    response: reqwest::Response,
    text: String,
    /// The id of the last event.
    pub(crate) last_id: String,
}

/// An event with a name.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl Stream {
    /// Connects and waits for the first position.
    pub(crate) async fn open(node: &Roost, path: &str, token: &str) -> Self {
        Self::resume(node, path, token, "").await
    }

    /// Connects after the event with an id, and waits for the first message.
    pub(crate) async fn resume(node: &Roost, path: &str, token: &str, last_id: &str) -> Self {
        let response = request(node, path, token, last_id).await;
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream = Self {
            response,
            text: String::new(),
            last_id: last_id.to_owned(),
        };
        while !stream.text.contains("\n\n") {
            assert!(
                stream.read().await,
                "the stream ends before its first message"
            );
        }
        // A position without an event.
        while let Some((block, rest)) = stream.text.clone().split_once("\n\n") {
            if block.contains("event: ") {
                break;
            }
            assert!(stream.take(block).is_none());
            rest.clone_into(&mut stream.text);
        }
        stream
    }

    /// The next event with a name; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(message) = self.take(&block) {
                    return Some(message);
                }
                continue;
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// The next event, which has this name.
    pub(crate) async fn expect(&mut self, name: &str) -> Value {
        let message = self.next().await.expect("the stream goes on");
        assert_eq!(message.name, name, "{message:?}");
        message.data
    }

    /// The scores of the next matches.
    pub(crate) async fn scores(&mut self, count: usize) -> Vec<u64> {
        let mut scores = Vec::new();
        while scores.len() < count {
            scores.push(self.expect("match").await["score"].as_u64().unwrap());
        }
        scores
    }

    /// Asserts that the next match has a score, so that no other came before it.
    pub(crate) async fn expect_score(&mut self, score: u64) {
        assert_eq!(self.scores(1).await, [score]);
    }

    async fn read(&mut self) -> bool {
        let chunk = timeout(DEADLINE, self.response.chunk()).await;
        match chunk.expect("the next part of the stream") {
            Ok(Some(bytes)) => {
                self.text += std::str::from_utf8(&bytes).unwrap();
                true
            }
            // A node that is killed breaks the connection.
            Ok(None) | Err(_) => false,
        }
    }

    fn take(&mut self, block: &str) -> Option<Message> {
        let (mut name, mut data) = (None, String::new());
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("id", id)) => self.last_id = id.to_owned(),
                Some(("event", it)) => name = Some(it.to_owned()),
                Some(("data", it)) => data += it,
                _ => {}
            }
        }
        name.map(|name| Message {
            name,
            data: serde_json::from_str(&data).unwrap(),
        })
    }
}

/// The response to a client that resumes after an event, or not if the id is empty.
pub(crate) async fn request(
    node: &Roost,
    path: &str,
    token: &str,
    last_id: &str,
) -> reqwest::Response {
    let url = format!("http://{}/api/v1{path}", node.address());
    let request = reqwest::Client::new().get(url).bearer_auth(token);
    let request = match last_id {
        "" => request,
        id => request.header("last-event-id", id),
    };
    request.send().await.unwrap()
}
