//! Ranks landlords and finds requests for the jobs that match them.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::thread::available_parallelism;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use roost_collections::{requests, rooms};
use roost_engine::{
    Category, Count, Explanation, Key, Position, Probes, Query, Reader, SearchAfter, StoreError,
};
use roost_market::ActionError;
use roost_market::pool::matches::{self, RankedRequest, Ranker, Ranking};
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::landlords::{LandlordRanking, RankedLandlord};
use super::rooms::{Closed, listed_rooms};
use crate::admission::Priority;
use crate::app::clock::now_s;
use crate::app::source::Health;

/// The requests of one page of the search for all that a landlord's rooms fit.
const REQUESTS_PER_PAGE: usize = 1_000;

/// Ranks over the index of this node, on threads of its own that yield to searches.
#[derive(Clone)]
pub struct IndexRanker {
    reader: Reader,
    health: Arc<dyn Health>,
    threads: Arc<ThreadPool>,
}

impl IndexRanker {
    /// A ranker with half as many threads as there are processors.
    ///
    /// # Errors
    ///
    /// If the threads cannot be started.
    pub fn new(
        reader: Reader,
        health: Arc<dyn Health>,
    ) -> Result<IndexRanker, ThreadPoolBuildError> {
        let processors = available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = ThreadPoolBuilder::new()
            .num_threads((processors / 2).max(1))
            .thread_name(|number| format!("matching-{number}"))
            .start_handler(|_| Priority::Low.apply())
            .build()?;
        Ok(IndexRanker {
            reader,
            health,
            threads: Arc::new(threads),
        })
    }

    /// Runs a computation over one snapshot on the threads of the ranker.
    async fn run<T: Send + 'static>(
        &self,
        compute: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ActionError> {
        let (sender, receiver) = oneshot::channel();
        let reader = self.reader.clone();
        self.threads.spawn(move || {
            // The receiver is gone when the job was aborted.
            let _ = sender.send(compute(&reader.pinned()));
        });
        let computed = receiver.await.map_err(ActionError::internal)?;
        computed.map_err(ActionError::internal)
    }
}

impl Ranker for IndexRanker {
    fn reached(&self, position: roost_market::Position) -> Ranking<'_, ()> {
        Box::pin(async move {
            if !self.health.report().ready {
                return Err(ActionError::Busy);
            }
            self.health.reached(Position(position.as_u64())).await;
            Ok(())
        })
    }

    fn landlords(&self, requests: Vec<Key>, limit: usize) -> Ranking<'_, Vec<RankedRequest>> {
        Box::pin(self.run(move |reader| {
            let now_s = now_s();
            let ranked = requests.into_par_iter();
            let ranked = ranked.map(|request| rank(reader, request, limit, now_s));
            ranked.collect()
        }))
    }

    fn requests(&self, landlord: Key, rooms: Vec<Key>) -> Ranking<'_, Vec<Key>> {
        Box::pin(self.run(move |reader| fitting_requests(reader, landlord, &rooms)))
    }
}

impl Debug for IndexRanker {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexRanker").finish_non_exhaustive()
    }
}

/// The best landlords for a request by the original formula of the request pool.
fn rank(
    reader: &Reader,
    request: Key,
    limit: usize,
    now_s: i64,
) -> Result<RankedRequest, StoreError> {
    let document = reader.get(requests::collection(), request)?;
    let active = document.filter(|it| it.category(requests::STATUS) == Some(Category::FIRST));
    let Some(document) = active else {
        return Ok(RankedRequest {
            request,
            landlords: Vec::new(),
            are_all: true,
        });
    };
    let ranking = LandlordRanking {
        request: &document,
        profile: &rooms::landlord_profile(),
        now_s,
        deadline: None,
    };
    let best = ranking.best(reader, limit)?;
    Ok(RankedRequest {
        request,
        landlords: best.landlords.into_iter().map(Into::into).collect(),
        are_all: best.are_all,
    })
}

/// All active requests that some rooms of a landlord fit.
fn fitting_requests(reader: &Reader, landlord: Key, rooms: &[Key]) -> Result<Vec<Key>, StoreError> {
    if Closed::of(reader.signals(landlord)).is_some() {
        return Ok(Vec::new());
    }
    let mut probes = listed_rooms(reader, landlord, rooms)?;
    probes.truncate(Probes::MAX);
    let probes = Probes::new(requests::matching(), probes);
    let Ok(probes) = probes.map(Arc::new) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let mut after: Option<SearchAfter> = None;
    loop {
        let query = Query {
            probes: Some(Arc::clone(&probes)),
            limit: REQUESTS_PER_PAGE,
            count: Count::None,
            after,
            ..Query::all(requests::profile(), now_s())
        };
        let page = reader.rank(requests::collection(), &query)?;
        found.extend(page.ranked.iter().map(|ranked| ranked.key));
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

impl From<RankedLandlord> for matches::RankedLandlord {
    fn from(ranked: RankedLandlord) -> matches::RankedLandlord {
        matches::RankedLandlord {
            landlord: ranked.landlord,
            room: ranked.room.id,
            score: ranked.score,
            components: components(ranked.explanation),
            reason: ranked.reason,
        }
    }
}

/// The value of each component by its name.
fn components(explanation: Option<Explanation>) -> Value {
    let parts = explanation.into_iter().flat_map(|it| it.parts);
    let collection = rooms::collection();
    let values = parts.map(|part| {
        let name = collection.component_name(part.component).to_owned();
        (name, Value::from(part.value))
    });
    Value::Object(values.collect::<Map<String, Value>>())
}
