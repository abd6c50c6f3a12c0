//! The rankings that are compared.

use std::collections::HashMap;

use roost_collections::requests;
use roost_engine::{Component, DecayShape, Key, Profile};

use crate::feeds::Feeds;
use crate::ipfp::{self, Pair};
use crate::liking::{Liking, PRIVATE_DEVIATION};
use crate::people::People;

/// How the feeds of all landlords are ranked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ranking {
    /// By what the landlord likes, in the engine.
    LandlordOnly,
    /// By the shipped profile `feed` without exposure: the components that either side likes, in
    /// the engine.
    Reciprocal,
    /// By the product of both sides' liking, which the engine cannot rank by.
    Product,
    /// By the expected matches with transferable utility, computed once a round from all pairs.
    Ipfp,
    /// By the shipped profile `feed`, exposure included, in the engine.
    Feed,
}

/// An entry of a feed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) request: Key,
    /// The room that suits it best.
    pub(crate) room: Key,
}

/// The feeds of one round that are computed for all landlords at once, each entry the best first.
pub(crate) type Batch = Vec<Vec<Entry>>;

impl Ranking {
    pub(crate) const ALL: [Ranking; 5] = [
        Ranking::LandlordOnly,
        Ranking::Reciprocal,
        Ranking::Product,
        Ranking::Ipfp,
        Ranking::Feed,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Ranking::LandlordOnly => "landlord only",
            Ranking::Reciprocal => "reciprocal",
            Ranking::Product => "product of likings",
            Ranking::Ipfp => "IPFP, each round",
            Ranking::Feed => "feed (reciprocal, exposure)",
        }
    }

    /// The profile that the engine ranks by; `None` for a ranking outside of the engine.
    pub(crate) fn profile(self) -> Option<Profile> {
        match self {
            Ranking::LandlordOnly => {
                let profile = Profile::new("pay", 0.0, DecayShape::Exponential, 2_000.0);
                let profile = profile.expect("a valid base");
                Some(weighted(profile, Component::Budget, 1.0))
            }
            Ranking::Reciprocal => Some(weighted(requests::profile(), Component::Exposure, 0.0)),
            Ranking::Feed => Some(requests::profile()),
            Ranking::Product | Ranking::Ipfp => None,
        }
    }

    /// The feeds of all landlords with free places, for a ranking outside of the engine.
    pub(crate) fn batch(self, people: &People, feeds: &Feeds, places: &[u32]) -> Batch {
        let index: HashMap<Key, usize> = (people.requests.iter().map(|request| request.key))
            .zip(0..)
            .collect();
        let (mut pairs, mut entries) = (Vec::new(), Vec::new());
        for (landlord, person) in people.landlords.iter().enumerate() {
            if places[landlord] == 0 {
                continue;
            }
            let possible = feeds.best(person, &requests::profile(), &[], people.requests.len());
            for ranked in possible {
                let request = index[&ranked.key];
                let room = ranked.probe.expect("the room of a reverse search");
                let document = person.rooms.iter().find(|candidate| candidate.key == room);
                let document = document.expect("a room of the landlord");
                let known = Liking::known(document, &people.requests[request]);
                let surplus = self.value(known);
                pairs.push(Pair {
                    landlord,
                    request,
                    surplus,
                });
                let request = ranked.key;
                entries.push(Entry { request, room });
            }
        }
        let values: Vec<f64> = match self {
            Ranking::Ipfp => {
                let places: Vec<f64> = places.iter().copied().map(f64::from).collect();
                ipfp::matches(&pairs, &places, people.requests.len())
            }
            _ => pairs.iter().map(|pair| pair.surplus).collect(),
        };
        let mut ranked: Vec<Vec<(f64, Entry)>> = vec![Vec::new(); people.landlords.len()];
        for ((pair, entry), value) in pairs.iter().zip(entries).zip(values) {
            ranked[pair.landlord].push((value, entry));
        }
        let sorted = ranked.into_iter().map(|mut feed| {
            feed.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            feed.into_iter().map(|(_, entry)| entry).collect()
        });
        sorted.collect()
    }

    /// The product of both sides' liking, or their sum in units of a Gumbel distribution as wide as
    /// the private parts.
    fn value(self, known: Liking) -> f64 {
        match self {
            Ranking::Ipfp => {
                let unit = PRIVATE_DEVIATION * 6.0_f64.sqrt() / std::f64::consts::PI;
                (known.landlord + known.student) / unit
            }
            _ => known.landlord * known.student,
        }
    }
}

fn weighted(profile: Profile, component: Component, weight: f64) -> Profile {
    profile
        .with_weight(component, weight)
        .expect("a valid weight")
}
