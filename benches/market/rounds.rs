//! One simulated market over several rounds.
//!
//! In each round, an hour, every landlord with a free place reads the first 20 of the feed, in
//! random order and each at another moment. The entry at rank `r` is seen with probability
//! `1 / log2(r + 1)`, and a landlord who likes it makes an offer. At the end of the round the
//! students answer, the best liked offer first.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use roost_collections::requests;
use roost_engine::{DateRange, Document, Key};
use roost_market::pool::statistics::exposure;

use crate::feeds::Feeds;
use crate::figures::{Figures, gini};
use crate::liking::Liking;
use crate::people::People;
use crate::ranking::{Batch, Entry, Ranking};

/// The entries that a landlord may see.
const SEEN_MAX: usize = 20;

/// The time between two rounds.
const ROUND: Duration = Duration::from_hours(1);

/// An offer that waits for its answer.
struct Offer {
    landlord: usize,
    room: Key,
    /// How much the student likes it.
    liking: f64,
}

/// What has happened to a request.
#[derive(Default)]
struct Request {
    /// Open offers.
    offers: Vec<Offer>,
    /// The rounds of the views without an offer.
    views: Vec<u32>,
    /// The landlords who have viewed it.
    viewers: u32,
    is_matched: bool,
}

/// What has happened to a landlord.
#[derive(Default)]
struct Landlord {
    viewed: HashSet<Key>,
    open_offers: u32,
    contracts: u32,
}

/// A market in progress.
struct Market<'a> {
    people: &'a People,
    feeds: Feeds,
    ranking: Ranking,
    rng: ChaCha8Rng,
    landlords: Vec<Landlord>,
    requests: Vec<Request>,
    request_index: HashMap<Key, usize>,
    /// Whether any room can serve each request.
    is_servable: Vec<bool>,
    booked: HashMap<Key, Vec<DateRange>>,
    round: u32,
    offers: u32,
    student_liking: f64,
}

/// Runs a market with a ranking.
pub(crate) fn run(people: &People, ranking: Ranking, seed: u64, rounds: u32) -> Figures {
    let feeds = Feeds::of(people);
    let request_index: HashMap<Key, usize> = (people.requests.iter().map(|request| request.key))
        .zip(0..)
        .collect();
    let mut is_servable = vec![false; people.requests.len()];
    for landlord in &people.landlords {
        let possible = feeds.best(landlord, &requests::profile(), &[], people.requests.len());
        for ranked in possible {
            is_servable[request_index[&ranked.key]] = true;
        }
    }
    let mut market = Market {
        people,
        feeds,
        ranking,
        rng: ChaCha8Rng::seed_from_u64(seed),
        landlords: people
            .landlords
            .iter()
            .map(|_| Landlord::default())
            .collect(),
        requests: people.requests.iter().map(|_| Request::default()).collect(),
        request_index,
        is_servable,
        booked: HashMap::new(),
        round: 0,
        offers: 0,
        student_liking: 0.0,
    };
    for round in 0..rounds {
        market.round = round;
        market.read_feeds();
        market.answer_offers();
    }
    market.figures()
}

impl Market<'_> {
    /// Every landlord with a free place reads the feed.
    fn read_feeds(&mut self) {
        for request in 0..self.requests.len() {
            if !self.requests[request].views.is_empty() {
                self.update_exposure(request);
            }
        }
        let profile = self.ranking.profile();
        let batch: Option<Batch> = profile.is_none().then(|| {
            let landlords = 0..self.landlords.len();
            let places: Vec<u32> = landlords.map(|landlord| self.places(landlord)).collect();
            self.ranking.batch(self.people, &self.feeds, &places)
        });
        let mut order: Vec<usize> = (0..self.landlords.len()).collect();
        order.shuffle(&mut self.rng);
        for landlord in order {
            if self.places(landlord) == 0 {
                continue;
            }
            let viewed = &self.landlords[landlord].viewed;
            let feed: Vec<Entry> = match (&profile, &batch) {
                (Some(profile), _) => {
                    let mut viewed: Vec<Key> = viewed.iter().copied().collect();
                    viewed.sort_unstable();
                    let person = &self.people.landlords[landlord];
                    let best = self.feeds.best(person, profile, &viewed, SEEN_MAX);
                    let entry = |ranked: roost_engine::Ranked| Entry {
                        request: ranked.key,
                        room: ranked.probe.expect("the room of a reverse search"),
                    };
                    best.into_iter().map(entry).collect()
                }
                (None, Some(batch)) => {
                    let unseen = batch[landlord].iter();
                    let unseen = unseen.filter(|entry| !viewed.contains(&entry.request));
                    unseen.take(SEEN_MAX).copied().collect()
                }
                (None, None) => Vec::new(),
            };
            for (rank, entry) in (1..).zip(feed) {
                if self.rng.random_bool(1.0 / f64::from(rank + 1).log2()) {
                    self.view(landlord, entry);
                }
            }
        }
    }

    /// A landlord sees a request, and makes an offer with a probability that rises with the liking.
    fn view(&mut self, landlord: usize, entry: Entry) {
        let request = self.request_index[&entry.request];
        self.landlords[landlord].viewed.insert(entry.request);
        self.requests[request].viewers += 1;
        let liking = Liking::actual(
            self.room(landlord, entry.room),
            &self.people.requests[request],
        );
        let likes = self.rng.random_bool(0.15 + 0.7 * liking.landlord);
        if likes && self.places(landlord) > 0 {
            self.offers += 1;
            self.landlords[landlord].open_offers += 1;
            self.requests[request].offers.push(Offer {
                landlord,
                room: entry.room,
                liking: liking.student,
            });
        } else {
            self.requests[request].views.push(self.round);
        }
        self.update_exposure(request);
    }

    /// Every student with offers answers all of them: accepts the best liked one with a probability
    /// that rises with the liking, or else the next, and declines the others.
    fn answer_offers(&mut self) {
        let mut order: Vec<usize> = (0..self.requests.len()).collect();
        order.shuffle(&mut self.rng);
        for request in order {
            let mut offers = std::mem::take(&mut self.requests[request].offers);
            if offers.is_empty() {
                continue;
            }
            offers.sort_by(|a, b| b.liking.total_cmp(&a.liking));
            for offer in offers {
                self.landlords[offer.landlord].open_offers -= 1;
                let accepts = self.rng.random_bool(0.1 + 0.8 * offer.liking);
                if accepts && !self.requests[request].is_matched && self.is_free(request, &offer) {
                    self.agree(request, &offer);
                }
            }
            self.update_exposure(request);
        }
        self.feeds.commit();
    }

    /// Whether the room of an offer is still free for the nights.
    fn is_free(&self, request: usize, offer: &Offer) -> bool {
        let stay = self.people.requests[request].date_range(requests::STAY);
        let stay = stay.expect("a request has nights");
        let booked = self.booked.get(&offer.room);
        booked.is_none_or(|booked| booked.iter().all(|nights| !nights.overlaps(&stay)))
    }

    fn agree(&mut self, request: usize, offer: &Offer) {
        self.requests[request].is_matched = true;
        self.student_liking += offer.liking;
        let document = &self.people.requests[request];
        let nights = document.date_range(requests::STAY);
        self.booked.entry(offer.room).or_default().extend(nights);
        self.feeds.close(document, offer.room);
        let landlord = &mut self.landlords[offer.landlord];
        landlord.contracts += 1;
        let person = &self.people.landlords[offer.landlord];
        self.feeds.set_contracts(person, landlord.contracts);
    }

    /// The offers that a landlord can still make.
    fn places(&self, landlord: usize) -> u32 {
        let Landlord {
            open_offers,
            contracts,
            ..
        } = &self.landlords[landlord];
        self.people.landlords[landlord].capacity - open_offers - contracts
    }

    fn update_exposure(&self, request: usize) {
        let Request { offers, views, .. } = &self.requests[request];
        let open = u32::try_from(offers.len()).unwrap_or(u32::MAX);
        let ages = views.iter().map(|round| ROUND * (self.round - round));
        let key = self.people.requests[request].key;
        self.feeds.set_exposure(key, exposure(open, ages));
    }

    fn room(&self, landlord: usize, key: Key) -> &Document {
        let mut rooms = self.people.landlords[landlord].rooms.iter();
        rooms
            .find(|room| room.key == key)
            .expect("a room of the landlord")
    }

    fn figures(&self) -> Figures {
        // Requests that no room can serve are in no feed.
        let servable = self.requests.iter().zip(&self.is_servable);
        let servable = servable.filter(|(_, is_servable)| **is_servable);
        let viewers: Vec<u32> = servable.map(|(request, _)| request.viewers).collect();
        let unseen = viewers.iter().filter(|viewers| **viewers == 0).count();
        let matched = self.requests.iter().filter(|request| request.is_matched);
        let matches = matched.count() as f64;
        Figures {
            matches,
            gini: gini(&viewers),
            unseen: unseen as f64 / viewers.len().max(1) as f64,
            offers_per_match: f64::from(self.offers) / matches.max(1.0),
            student_liking: self.student_liking / matches.max(1.0),
        }
    }
}
