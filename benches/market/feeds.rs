//! The feeds of simulated landlords: reverse searches of the real engine over the collection of
//! requests, with its signals and booked nights.

use std::sync::Arc;

use roost_collections::{built_in, requests, rooms};
use roost_engine::{
    Checkpoint, Count, Date, DaysChange, Document, Filters, Key, NumberChange, Position, Probes,
    Profile, Query, Ranked, Reader, SignalId, Signals, Store, StoreOptions, Writer,
};

use crate::people::{Landlord, NOW_S, People};

/// The engine with the requests and rooms of one market.
pub(crate) struct Feeds {
    writer: Writer,
    reader: Reader,
    exposure: SignalId,
    /// Deleted when dropped.
    _folder: tempfile::TempDir,
}

impl Feeds {
    /// Loads a market.
    pub(crate) fn of(people: &People) -> Feeds {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let options = StoreOptions::default();
        let (writer, reader) =
            Store::open(folder.path(), &built_in(), &options).expect("an empty store");
        let mut signals = requests::declared().signals();
        let exposure = signals.find(|signal| signal.declaration.name == "exposure");
        let mut feeds = Feeds {
            writer,
            reader,
            exposure: exposure.expect("a declared signal").id,
            _folder: folder,
        };
        let today = Date::of_moment(NOW_S);
        while feeds
            .writer
            .advance_availability_window(rooms::collection(), today)
            .is_some()
        {}
        for landlord in &people.landlords {
            feeds.set_contracts(landlord, 0);
            for room in &landlord.rooms {
                feeds.put(rooms::collection(), room.clone());
            }
        }
        for request in &people.requests {
            feeds.put(requests::collection(), request.clone());
        }
        feeds.commit();
        feeds
    }

    /// The best requests for a landlord's rooms, each with its best free room, but for those that
    /// the landlord has viewed.
    pub(crate) fn best(
        &self,
        landlord: &Landlord,
        profile: &Profile,
        viewed: &[Key],
        limit: usize,
    ) -> Vec<Ranked> {
        let probes = Probes::new(requests::matching(), landlord.rooms.clone());
        let query = Query {
            probes: Some(Arc::new(probes.expect("few rooms"))),
            filters: Filters {
                exclude: viewed.to_vec(),
                ..Filters::default()
            },
            limit,
            count: Count::None,
            ..Query::all(profile.clone(), NOW_S)
        };
        let ranking = self.reader.rank(requests::collection(), &query);
        ranking.expect("an answer").ranked
    }

    /// Sets the exposure of a request. The next feed sees it.
    pub(crate) fn set_exposure(&self, request: Key, value: f64) {
        let change = NumberChange {
            key: request,
            value,
        };
        let changed = self
            .writer
            .change_numbers(requests::collection(), self.exposure, &[change]);
        changed.expect("a number");
    }

    /// Sets the number of contracts of a landlord.
    pub(crate) fn set_contracts(&self, landlord: &Landlord, contracts: u32) {
        let signals = Signals {
            capacity_total: landlord.capacity,
            capacity_used: contracts,
            active_at_s: NOW_S,
            high_acceptance: false,
            fast_response: false,
            available: contracts < landlord.capacity,
        };
        self.writer.set_signals(landlord.key, signals);
    }

    /// Ends a request with a contract, and books the nights of its room. The request leaves the
    /// feeds with the next commit.
    pub(crate) fn close(&mut self, request: &Document, room: Key) {
        let mut matched = request.clone();
        let status = requests::collection().category(requests::STATUS, "matched");
        matched.set(requests::STATUS, status);
        self.put(requests::collection(), matched);
        let booking = DaysChange {
            key: room,
            freed: Vec::new(),
            busy: request.date_range(requests::STAY).into_iter().collect(),
        };
        let booked = self.writer.change_days(rooms::collection(), &[booking]);
        booked.expect("the nights were free");
    }

    /// Commits what has been put.
    pub(crate) fn commit(&mut self) {
        let checkpoint = Checkpoint {
            position: Position(1),
            source: serde_json::Value::Null,
        };
        self.writer.commit(checkpoint).expect("committed");
    }

    fn put(&mut self, collection: roost_engine::Collection, document: Document) {
        self.writer.put(collection, document).expect("written");
    }
}
