//! A request pool whose rows a test writes with the events of their actions, and what is expected
//! of its statistics, computed here from the same facts.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::Row;

use super::measures::{gini, percentile};
use super::rows::{LANDLORDS, REQUESTS, change, city, event, landlord_id, people, request_id};
use crate::harness::TestDatabase;

/// A pool with one room for each landlord.
pub(super) struct Scene {
    pub(super) database: TestDatabase,
    /// All times are whole seconds after this one.
    base_s: i64,
    /// The week of each request.
    weeks: Vec<String>,
    requests: Vec<Request>,
    pairs: BTreeMap<(usize, usize), Pair>,
    rng: ChaCha8Rng,
}

#[derive(Clone, Default)]
struct Request {
    created_s: i64,
    is_closed: bool,
    /// The landlord of each open offer.
    open: BTreeSet<usize>,
    first_offer_s: Option<i64>,
    contract_s: Option<i64>,
}

/// What a landlord did with a request.
#[derive(Clone, Default)]
struct Pair {
    created_s: i64,
    viewed_s: Option<i64>,
    responded_s: Option<i64>,
}

/// The statistics of a city and week, or of all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    pub(super) counts: [i64; 6],
    /// The Gini coefficient, and the percentiles of both times.
    pub(super) numbers: [Option<f64>; 5],
}

impl Scene {
    pub(super) async fn start(seed: u64) -> Self {
        let database = TestDatabase::create().await;
        database.execute(&people()).await;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let now = "SELECT extract(epoch FROM now())::bigint - 40 * 3600";
        let base_s: i64 = database.row(now).await.get(0);
        let mut requests = Vec::new();
        for request in 0..REQUESTS {
            let created_s = rng.random_range(0..3_600);
            let (id, city) = (request_id(request), city(request));
            database
                .execute(&format!(
                    "INSERT INTO requests (id, student_id, title, city, location, reach_m,
                        check_in, check_out, currency, expires_at, created_at)
                    SELECT '{id}', id, 'Request', '{city}', ST_MakePoint(76.6, 12.3)::geography, 5000,
                        current_date + {from}, current_date + {to}, 'INR', now() + interval '14 days',
                        to_timestamp({at})
                    FROM users WHERE role = 'student';
                    {event}",
                    from = 10 + 3 * request,
                    to = 12 + 3 * request,
                    at = base_s + created_s,
                    event = event("request.created", "request", &id, "{}"),
                ))
                .await;
            requests.push(Request {
                created_s,
                ..Request::default()
            });
        }
        let mut weeks = Vec::new();
        for request in 0..REQUESTS {
            let week = format!(
                "SELECT week FROM requests WHERE id = '{}'",
                request_id(request)
            );
            weeks.push(database.row(&week).await.get(0));
        }
        Self {
            database,
            base_s,
            weeks,
            requests,
            pairs: BTreeMap::new(),
            rng,
        }
    }

    /// Does something random to a random request.
    pub(super) async fn step(&mut self) {
        let request = self.rng.random_range(0..REQUESTS);
        let landlord = self.rng.random_range(0..LANDLORDS);
        match self.rng.random_range(0..20) {
            0..6 => self.match_with(request, landlord).await,
            6..13 => self.view(request, landlord).await,
            13..17 => self.offer(request, landlord).await,
            17 => self.withdraw(request, landlord).await,
            18 => self.accept(request, landlord).await,
            _ => self.cancel(request).await,
        }
    }

    async fn match_with(&mut self, request: usize, landlord: usize) {
        if self.requests[request].is_closed || self.pairs.contains_key(&(request, landlord)) {
            return;
        }
        let created_s = self.rng.random_range(3_600..7_200);
        let sql = self.insert_match(request, landlord, created_s, "rank", "1");
        let (id, change) = (request_id(request), "{}");
        self.database
            .execute(&(sql + &event("request.ranked", "request", &id, change)))
            .await;
        let pair = Pair {
            created_s,
            ..Pair::default()
        };
        self.pairs.insert((request, landlord), pair);
    }

    async fn view(&mut self, request: usize, landlord: usize) {
        let viewed_s = self.rng.random_range(7_200..36_000);
        let at = self.base_s + viewed_s;
        let (id, owner) = (request_id(request), landlord_id(landlord));
        let sql = match self.pairs.get(&(request, landlord)) {
            Some(pair) if pair.viewed_s.is_some() => return,
            Some(_) => format!(
                "UPDATE matches SET viewed_at = to_timestamp({at})
                WHERE request_id = '{id}' AND landlord_id = '{owner}';"
            ),
            None => {
                let at = format!("to_timestamp({at})");
                self.insert_match(request, landlord, viewed_s, "viewed_at", &at)
            }
        };
        let viewed = event("match.viewed", "request", &id, &change(request, landlord));
        self.database.execute(&(sql + &viewed)).await;
        let pair = self.pairs.entry((request, landlord)).or_insert(Pair {
            created_s: viewed_s,
            ..Pair::default()
        });
        pair.viewed_s = Some(viewed_s);
    }

    async fn offer(&mut self, request: usize, landlord: usize) {
        if self.requests[request].is_closed || self.requests[request].open.contains(&landlord) {
            return;
        }
        // Without a match the trigger creates one now, so a test could not know its time.
        if !self.pairs.contains_key(&(request, landlord)) {
            return;
        }
        let offered_s = self.rng.random_range(36_000..72_000);
        let (id, owner) = (request_id(request), landlord_id(landlord));
        let made = event("offer.made", "offer", &id, &change(request, landlord));
        let at = self.base_s + offered_s;
        self.database
            .execute(&format!(
                "INSERT INTO offers (request_id, landlord_id, room_id, check_in, check_out,
                    price_minor, currency, valid_until, created_at)
                SELECT r.id, '{owner}', '{owner}', r.check_in, r.check_out, 50000, 'INR',
                    now() + interval '1 day', to_timestamp({at})
                FROM requests r WHERE r.id = '{id}';
                {made}"
            ))
            .await;
        let of = &mut self.requests[request];
        of.open.insert(landlord);
        let since_s = offered_s - of.created_s;
        of.first_offer_s = Some(of.first_offer_s.map_or(since_s, |first| first.min(since_s)));
        let pair = self.pairs.get_mut(&(request, landlord)).unwrap();
        pair.responded_s.get_or_insert(offered_s);
    }

    async fn withdraw(&mut self, request: usize, landlord: usize) {
        if !self.requests[request].open.remove(&landlord) {
            return;
        }
        let (id, owner) = (request_id(request), landlord_id(landlord));
        let withdrawn = event("offer.withdrawn", "offer", &id, &change(request, landlord));
        self.database
            .execute(&format!(
                "UPDATE offers SET status = 'withdrawn', answered_at = now()
                WHERE request_id = '{id}' AND landlord_id = '{owner}' AND status = 'open';
                {withdrawn}"
            ))
            .await;
    }

    async fn accept(&mut self, request: usize, landlord: usize) {
        if !self.requests[request].open.contains(&landlord) {
            return;
        }
        let contracted_s = self.rng.random_range(72_000..108_000);
        let (id, owner) = (request_id(request), landlord_id(landlord));
        let created = event(
            "contract.created",
            "contract",
            &id,
            &change(request, landlord),
        );
        let at = self.base_s + contracted_s;
        let matched = event("request.matched", "request", &id, "{}");
        self.database
            .execute(&format!(
                "UPDATE requests SET status = 'matched' WHERE id = '{id}';
                UPDATE offers SET answered_at = now(),
                    status = CASE landlord_id WHEN '{owner}' THEN 'accepted' ELSE 'declined' END
                WHERE request_id = '{id}' AND status = 'open';
                WITH booking AS (
                    INSERT INTO bookings (room_id, student_id, check_in, check_out)
                    SELECT '{owner}', student_id, check_in, check_out
                    FROM requests WHERE id = '{id}' RETURNING id, student_id
                )
                INSERT INTO contracts (offer_id, request_id, room_id, landlord_id, student_id,
                    booking_id, check_in, check_out, total_minor, currency, due_on, created_at)
                SELECT o.id, o.request_id, o.room_id, o.landlord_id, b.student_id, b.id, o.check_in,
                    o.check_out, o.price_minor * (o.check_out - o.check_in), o.currency,
                    o.check_in, to_timestamp({at})
                FROM offers o, booking b WHERE o.request_id = '{id}' AND o.status = 'accepted';
                {created} {matched}"
            ))
            .await;
        let of = &mut self.requests[request];
        of.is_closed = true;
        of.open.clear();
        of.contract_s = Some(contracted_s - of.created_s);
    }

    async fn cancel(&mut self, request: usize) {
        if self.requests[request].is_closed {
            return;
        }
        let id = request_id(request);
        let cancelled = event("request.cancelled", "request", &id, "{}");
        self.database
            .execute(&format!(
                "UPDATE requests SET status = 'cancelled' WHERE id = '{id}';
                UPDATE offers SET status = 'declined', answered_at = now()
                WHERE request_id = '{id}' AND status = 'open';
                {cancelled}"
            ))
            .await;
        let of = &mut self.requests[request];
        of.is_closed = true;
        of.open.clear();
    }

    fn insert_match(
        &self,
        request: usize,
        landlord: usize,
        created_s: i64,
        column: &str,
        value: &str,
    ) -> String {
        let (id, owner) = (request_id(request), landlord_id(landlord));
        let at = self.base_s + created_s;
        format!(
            "INSERT INTO matches (request_id, landlord_id, month, room_id, score, components,
                reason, created_at, {column})
            SELECT id, '{owner}', date_trunc('month', created_at AT TIME ZONE 'UTC'), '{owner}', 70,
                '{{}}', 'near', to_timestamp({at}), {value}
            FROM requests WHERE id = '{id}';"
        )
    }

    /// The open offers of a request, and the times of its views without a response.
    pub(super) fn open_and_views(&self, request: usize) -> (u32, Vec<i64>) {
        let pairs = self.pairs.range((request, 0)..(request + 1, 0));
        let views = pairs.filter(|(_, pair)| pair.responded_s.is_none());
        let views = views.filter_map(|(_, pair)| pair.viewed_s);
        let open = u32::try_from(self.requests[request].open.len()).unwrap();
        (open, views.map(|viewed_s| self.base_s + viewed_s).collect())
    }

    /// The acceptance rate and the mean response time of each landlord who has seen a request.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    pub(super) fn expected_landlords(&self) -> BTreeMap<String, (f64, Option<f64>)> {
        let mut expected = BTreeMap::new();
        for landlord in 0..LANDLORDS {
            let pairs = self.pairs.iter().filter(|((_, of), _)| *of == landlord);
            let seen = pairs.map(|(_, pair)| pair);
            let seen: Vec<&Pair> = seen
                .filter(|pair| pair.viewed_s.is_some() || pair.responded_s.is_some())
                .collect();
            let times = seen.iter();
            let times: Vec<i64> = times
                .filter_map(|pair| Some(pair.responded_s? - pair.created_s))
                .collect();
            let mean = times.iter().sum::<i64>() as f64 / times.len().max(1) as f64;
            if !seen.is_empty() {
                let rate = times.len() as f64 / seen.len() as f64;
                let mean = (!times.is_empty()).then_some(mean);
                expected.insert(landlord_id(landlord), (rate, mean));
            }
        }
        expected
    }

    /// The statistics by city and week, and of all under two empty names.
    pub(super) fn expected_pool(&self) -> BTreeMap<(String, String), Expected> {
        let mut groups: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for request in 0..REQUESTS {
            let group = (city(request).to_owned(), self.weeks[request].clone());
            groups.entry(group).or_default().push(request);
            groups.entry(Default::default()).or_default().push(request);
        }
        let groups = groups.into_iter();
        groups
            .map(|(group, requests)| (group, self.expected(&requests)))
            .collect()
    }

    fn expected(&self, requests: &[usize]) -> Expected {
        let seen = |request: usize| -> Vec<bool> {
            let pairs = self.pairs.range((request, 0)..(request + 1, 0));
            let is_seen = |pair: &Pair| pair.viewed_s.is_some() || pair.responded_s.is_some();
            pairs.map(|(_, pair)| is_seen(pair)).collect()
        };
        let matches: Vec<Vec<bool>> = requests.iter().map(|request| seen(*request)).collect();
        let viewers = matches.iter().filter(|pairs| !pairs.is_empty());
        let viewers: Vec<usize> = viewers
            .map(|pairs| pairs.iter().filter(|is_seen| **is_seen).count())
            .collect();
        let of = |time: fn(&Request) -> Option<i64>| -> Vec<i64> {
            let times = requests.iter().map(|request| &self.requests[*request]);
            times.filter_map(time).collect()
        };
        let is_active = |request: &&usize| !self.requests[**request].is_closed;
        let (offers, contracts) = (of(|it| it.first_offer_s), of(|it| it.contract_s));
        let count = |count: usize| i64::try_from(count).unwrap();
        Expected {
            counts: [
                count(requests.len()),
                count(requests.iter().filter(is_active).count()),
                count(contracts.len()),
                count(matches.iter().map(Vec::len).sum()),
                count(viewers.len()),
                count(viewers.iter().filter(|viewers| **viewers == 0).count()),
            ],
            numbers: [
                gini(&viewers),
                percentile(&offers, 0.5),
                percentile(&offers, 0.9),
                percentile(&contracts, 0.5),
                percentile(&contracts, 0.9),
            ],
        }
    }
}
