//! What the matching of requests needs of an index, which the market does not know.

use std::fmt::Debug;
use std::pin::Pin;

use serde_json::Value;
use uuid::Uuid;

use crate::action::error::ActionError;
use crate::action::transaction::Position;

/// A request is matched with at most this many landlords.
pub const LANDLORDS_MAX: usize = 100;

/// The result of ranking, once it is there.
pub type Ranking<'a, T> = Pin<Box<dyn Future<Output = Result<T, ActionError>> + Send + 'a>>;

/// Ranks landlords for requests, and finds requests for landlords.
pub trait Ranker: Debug + Send + Sync {
    /// Waits until the index reflects a position.
    fn reached(&self, position: Position) -> Ranking<'_, ()>;

    /// The best landlords for each request, found among the best `limit` who are available. A
    /// request that is not active has none. Preferred areas have no effect.
    fn landlords(&self, requests: Vec<Uuid>, limit: usize) -> Ranking<'_, Vec<RankedRequest>>;

    /// The active requests that some rooms of a landlord fit. Preferred areas have no effect.
    fn requests(&self, landlord: Uuid, rooms: Vec<Uuid>) -> Ranking<'_, Vec<Uuid>>;
}

/// A request with its best landlords.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedRequest {
    /// The request.
    pub request: Uuid,
    /// The best first.
    pub landlords: Vec<RankedLandlord>,
    /// Whether there are no others.
    pub are_all: bool,
}

/// A landlord with its best free room for a request.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedLandlord {
    /// The landlord.
    pub landlord: Uuid,
    /// The room.
    pub room: Uuid,
    /// The match score, 0 to 100.
    pub score: f64,
    /// The value of each component of the score, a JSON object.
    pub components: Value,
    /// Why both fit, in words.
    pub reason: String,
}
