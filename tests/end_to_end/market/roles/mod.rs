//! Every route as every caller: the statuses in `routes.txt`, for the routes that the OpenAPI
//! document lists.
//!
//! A new route needs a row there, and a new kind of caller a column there and an account in
//! `callers.rs`. What a route acts on is prepared in `subjects.rs`.

mod callers;
mod document;
mod subjects;
mod table;

use std::collections::BTreeSet;

use super::client::count;
use crate::harness::{Roost, SIXTY_ROOMS, TestDatabase, roost, stdout};
use callers::Callers;
use document::Document;
use subjects::Subjects;
use table::{Row, Table};

/// Events of callers. Jobs that earlier requests have caused leave events of the system.
const BY_CALLERS: &str = "events WHERE actor_kind <> 'system'";

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let document = serde_json::from_str(&stdout(&roost(&["openapi"]))).unwrap();
    let document = Document(document);
    let table = Table::read();
    let rows: Vec<String> = table.rows.iter().map(Row::route).collect();
    let known: BTreeSet<&String> = rows.iter().collect();
    assert_eq!(known.len(), rows.len(), "a route has two rows");
    let routes = document.routes();
    let missing: Vec<_> = routes.iter().filter(|it| !known.contains(it)).collect();
    let extra: Vec<_> = known.iter().filter(|it| !routes.contains(**it)).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "routes without a row in tests/end_to_end/market/roles/routes.txt: {missing:?}; rows \
         without a route: {extra:?}"
    );
}

#[tokio::test]
async fn every_route_answers_every_caller_as_the_table_says_and_a_rejection_writes_nothing() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    // Each request comes from another address, so that none reaches a limit by address.
    let trusted = ("ROOST_TRUSTED_PROXIES", "127.0.0.1");
    let node = Roost::start_unready(&database.url, &database.name, &[trusted]).await;
    node.wait_until_ready().await;
    let callers = Callers::create(&database, &node).await;
    let document = Document(node.get("/openapi.json").await.1);
    let subjects = Subjects::new(&node, &callers).await;
    let table = Table::read();
    assert_eq!(table.callers, callers.names());
    let (mut wrong, mut requests) = (Vec::new(), 0);
    for row in &table.rows {
        for (caller, expected) in callers.iter().zip(&row.statuses) {
            let request = subjects.request(row, caller, &document).await;
            let events = count(&database, BY_CALLERS).await;
            let reply = callers.send(&node, &request).await;
            requests += 1;
            let who = format!("{} as {}", row.route(), caller.name);
            if reply.status != *expected {
                let error = &reply.json["error"]["message"];
                wrong.push(format!("{who}: {}, not {expected}: {error}", reply.status));
            }
            if !document.has_status(row, reply.status) {
                wrong.push(format!("{who}: {} is not documented", reply.status));
            }
            if reply.status >= 400 && count(&database, BY_CALLERS).await != events {
                wrong.push(format!("{who}: {} has left an event", reply.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{:#?}", wrong);
    println!(
        "{requests} requests: {} routes as {} callers",
        table.rows.len(),
        table.callers.len()
    );
}
