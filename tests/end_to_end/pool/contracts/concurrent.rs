//! Many actors request, offer, accept, pay, refund, end and cancel at the same time over few rooms,
//! some of them hang up before the answer, and the node is killed. Afterwards every invariant is
//! true, the stored matches are those of a fresh ranking, and the index equals Postgres.
//!
//! The usual run is short. The long one is `CONTRACT_SECONDS=60 CONTRACT_ACTORS=300
//! CONTRACT_KILLS=2` in the environment of the test; `SEED` repeats the draws, though not their
//! order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sqlx::Row;

use super::actors::Actor;
use super::invariants::violations;
use super::scene::PRICE;
use crate::harness::{Roost, TestDatabase, day, stderr, stdout, verify};
use crate::market::client::{Client, rental_request};
use crate::pool::matches::fresh::{assert_stored_are_fresh, settle};

/// What has to succeed at least once, also on a busy machine.
const EXPECTED: [&str; 4] = ["accept", "pay", "cancel", "refund"];

/// A passing run on a busy machine never lasts this much longer.
const GRACE: Duration = Duration::from_secs(60);

/// What the actors share.
#[derive(Default)]
struct World {
    /// Requests that were active when they were created.
    requests: Mutex<Vec<String>>,
    /// How often each action was answered with each status.
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
}

impl World {
    /// One of the newest requests, most of which are still active.
    fn recent_request(&self, dice: &mut StdRng) -> Option<String> {
        let requests = self.requests.lock().unwrap();
        let newest = &requests[requests.len().saturating_sub(40)..];
        newest.choose(dice).cloned()
    }

    /// What has not succeeded yet.
    fn missing(&self) -> Vec<&'static str> {
        let answers = self.answers.lock().unwrap();
        let done = |action: &&str| {
            let mut answers = answers.keys();
            answers.any(|(name, status)| name == action && (200..300).contains(status))
        };
        EXPECTED.into_iter().filter(|it| !done(it)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_many_concurrent_actions_aborts_and_kills_every_invariant_is_true() {
    let setting = |name: &str, default: u64| {
        let text = std::env::var(name).ok();
        text.map_or(default, |text| text.parse().unwrap())
    };
    let seconds = setting("CONTRACT_SECONDS", 5);
    let actors = setting("CONTRACT_ACTORS", 40);
    let kills = u32::try_from(setting("CONTRACT_KILLS", 1)).unwrap();
    let seed = setting("SEED", rand::random());
    println!("contracts: SEED={seed}, {actors} actors, {seconds} s, {kills} kills");
    let database = TestDatabase::create().await;
    let settings = [
        ("ROOST_PAYMENT_SANDBOX", "true"),
        ("ROOST_CONNECTIONS_PER_ADDRESS_MAX", "1000"),
    ];
    let mut node = Roost::start_unready(&database.url, &database.name, &settings).await;
    node.wait_until_ready().await;
    let address = Arc::new(RwLock::new(node.address().to_string()));
    let actors = usize::try_from(actors).unwrap();
    // Few rooms, for which many students compete.
    let landlords = (actors / 6).clamp(8, 20);
    let students = actors.saturating_sub(landlords).max(8);
    let actors = Actor::create(&database, &node, &address, landlords, students).await;
    let world = Arc::new(World::default());
    let pause = Duration::from_secs(seconds) / (kills + 1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let tasks = actors.into_iter().enumerate().map(|(number, actor)| {
        let dice = StdRng::seed_from_u64(seed.wrapping_add(number as u64));
        tokio::spawn(act_until(end, actor, Arc::clone(&world), dice))
    });
    let tasks: Vec<_> = tasks.collect();
    for _ in 0..kills {
        tokio::time::sleep(pause).await;
        node.kill();
        node.restart().await;
        *address.write().unwrap() = node.address().to_string();
    }
    for task in tasks {
        task.await.unwrap();
    }
    let missing = world.missing();
    let answers = std::mem::take(&mut *world.answers.lock().unwrap());
    println!("contracts: {answers:?}");
    let counts = database
        .row(
            "SELECT concat_ws(', ', 'offers ' || (SELECT count(*) FROM offers),
                'contracts ' || (SELECT count(*) FROM contracts),
                'payments ' || (SELECT count(*) FROM payments),
                'entries ' || (SELECT count(*) FROM ledger_entries))",
        )
        .await;
    println!("contracts: {}", counts.get::<String, _>(0));
    assert_eq!(violations(&database).await, [], "SEED={seed}");
    settle(&database).await;
    let admin = Client::admin(&database, &node).await;
    let fresh = assert_stored_are_fresh(&database, &admin, "status = 'active'").await;
    println!("contracts: {fresh} matches of active requests equal a fresh ranking");
    // Again, because jobs have written meanwhile.
    assert_eq!(violations(&database).await, [], "SEED={seed}");
    let output = verify(&database, &node.data_dir).await;
    let verified = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{verified}");
    println!("contracts: {verified}");
    let faults: Vec<_> = answers
        .keys()
        .filter(|(_, status)| *status == 500)
        .collect();
    assert!(faults.is_empty(), "{faults:?} SEED={seed}");
    assert_eq!(missing, [""; 0], "SEED={seed}");
}

/// Acts at random until a time, and longer if something has not succeeded yet.
async fn act_until(end: Instant, actor: Arc<Actor>, world: Arc<World>, mut dice: StdRng) {
    while Instant::now() < end || (!world.missing().is_empty() && Instant::now() < end + GRACE) {
        // One in ten does not wait for the answer.
        let patience = match dice.random_bool(0.1) {
            true => Duration::from_millis(dice.random_range(0..20)),
            false => Duration::from_secs(20),
        };
        let act = async {
            match actor.rooms.is_empty() {
                true => act_as_student(&actor, &world, &mut dice).await,
                false => act_as_landlord(&actor, &world, &mut dice).await,
            }
        };
        // Whether the node has answered in time is of no interest.
        let _answered = tokio::time::timeout(patience, act).await;
    }
}

async fn act_as_student(actor: &Actor, world: &World, dice: &mut StdRng) {
    match dice.random_range(0..10) {
        0..2 => {
            let check_in = dice.random_range(0..6);
            let mut request = rental_request();
            request["check_in"] = json!(day(check_in).to_string());
            request["check_out"] = json!(day(check_in + dice.random_range(1..3)).to_string());
            let created = send(actor, world, "request", "/requests", Some(request)).await;
            if let Some(id) = created["data"]["id"].as_str() {
                world.requests.lock().unwrap().push(id.to_owned());
            }
        }
        2..6 => {
            // Some are answered already.
            let path = ["/offers?limit=5", "/offers?status=open&limit=5"];
            let offers = actor.list(path[usize::from(dice.random_bool(0.8))]).await;
            let Some(offer) = offers.choose(dice) else {
                return;
            };
            let (action, body) = match dice.random_bool(0.8) {
                true => ("accept", None),
                false => ("decline", Some(json!({"reason": "too far"}))),
            };
            let path = format!("/offers/{}/{action}", id(offer));
            send(actor, world, action, &path, body).await;
        }
        6 if dice.random_bool(0.2) => {
            let requests = actor.list("/requests?status=active").await;
            if let Some(request) = requests.choose(dice) {
                let path = format!("/requests/{}/cancel", id(request));
                send(actor, world, "cancel_request", &path, None).await;
            }
        }
        _ => act_on_contract(actor, world, dice, "provider").await,
    }
}

async fn act_as_landlord(actor: &Actor, world: &World, dice: &mut StdRng) {
    match dice.random_range(0..10) {
        0..5 => {
            let Some(request) = world.recent_request(dice) else {
                return;
            };
            let room = actor.rooms.choose(dice).unwrap();
            let offer = json!({"room_id": room, "price_minor": PRICE, "currency": "INR"});
            let path = format!("/requests/{request}/offers");
            send(actor, world, "offer", &path, Some(offer)).await;
        }
        5 => {
            let offers = actor.list("/offers?status=open").await;
            if let Some(offer) = offers.choose(dice) {
                let path = format!("/offers/{}/withdraw", id(offer));
                send(actor, world, "withdraw", &path, None).await;
            }
        }
        _ => act_on_contract(actor, world, dice, "cash").await,
    }
}

/// Pays, refunds, ends or cancels a contract of the actor.
async fn act_on_contract(actor: &Actor, world: &World, dice: &mut StdRng, method: &str) {
    let contracts = actor.list("/contracts?limit=5").await;
    let Some(contract) = contracts.choose(dice) else {
        return;
    };
    let path = format!("/contracts/{}", id(contract));
    match dice.random_range(0..10) {
        0..5 => {
            let mut payment = json!({
                "amount_minor": dice.random_range(PRICE / 2..PRICE * 2), "currency": "INR",
                "method": method,
                // Two in ten repeat a reference.
                "reference": format!("r{}", dice.random_range(0..10)),
            });
            if method == "provider" {
                payment["provider_token"] = json!("card");
            }
            send(
                actor,
                world,
                "pay",
                &format!("{path}/payments"),
                Some(payment),
            )
            .await;
        }
        5..7 => {
            let payments = actor.list(&format!("{path}/payments")).await;
            if let Some(payment) = payments.choose(dice) {
                let reference = format!("b{}", dice.random_range(0..100));
                let path = format!("/payments/{}/refund", id(payment));
                let refund = json!({"reference": reference});
                send(actor, world, "refund", &path, Some(refund)).await;
            }
        }
        7 => {
            send(actor, world, "end", &format!("{path}/end"), None).await;
        }
        _ => {
            send(actor, world, "cancel", &format!("{path}/cancel"), None).await;
        }
    }
}

/// Sends a POST request, counts its answer, and returns it.
async fn send(
    actor: &Actor,
    world: &World,
    action: &'static str,
    path: &str,
    body: Option<Value>,
) -> Value {
    let Some((status, answer)) = actor.send("POST", path, body).await else {
        return Value::Null;
    };
    if status == 500 {
        println!("contracts: {action} {path}: {answer}");
    }
    let mut answers = world.answers.lock().unwrap();
    *answers.entry((action, status)).or_default() += 1;
    answer
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}
