//! All searches of a batch see one snapshot, also while rows change.

use serde_json::{Value, json};

use crate::harness::{Roost, SIXTY_ROOMS, TestDatabase, VENUE, room_id};

async fn multi_search(node: &Roost, searches: Value) -> Vec<Value> {
    let body = json!({ "searches": searches });
    let (status, answer) = node.post("/api/v1/multi-search", &body).await;
    assert_eq!(status, 200, "{answer}");
    answer["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_search_of_a_batch_is_answered_and_a_bad_one_affects_no_other() {
    let (database, mut node) = sixty_rooms().await;
    let found = multi_search(
        &node,
        json!([
            {"venue": VENUE, "sort": "distance", "limit": 2},
            {"q": "sofa "},
            {"venue": "bombay"},
            {"amenities": ["wifi"], "price_max": 100},
        ]),
    )
    .await;
    let ids: Vec<&Value> = (0..2)
        .map(|at| &found[0]["data"][at]["room"]["id"])
        .collect();
    assert_eq!(ids, [&json!(room_id(1)), &json!(room_id(2))]);
    assert_eq!(found[1]["meta"]["total"], 6);
    assert_eq!(found[2]["error"]["field"], "searches[2].venue");
    assert_eq!(found[3]["meta"]["total"], 6);

    database
        .execute("DELETE FROM rooms WHERE title LIKE '%sofa'")
        .await;
    let body = json!({
        "searches": [{"q": "sofa "}, {}],
        "at_least": database.wal_end().await,
    });
    let (_, answer) = node.post("/api/v1/multi-search", &body).await;
    assert_eq!(answer["data"][0]["meta"]["total"], 0, "{answer}");
    assert_eq!(answer["data"][1]["meta"]["total"], 54, "{answer}");
    node.stop().await;
}

#[tokio::test]
async fn a_word_that_moves_from_room_to_room_is_always_found_in_one_of_them() {
    let (database, mut node) = sixty_rooms().await;
    let (first, second) = (room_id(1), room_id(2));
    let move_to = |to: &str| {
        format!(
            "UPDATE rooms SET title = CASE id::text WHEN '{to}' THEN 'Lighthouse' ELSE 'Room' END
             WHERE id IN ('{first}', '{second}')"
        )
    };
    database.execute(&move_to(&first)).await;
    let position = database.wal_end().await;
    node.get(&format!("/api/v1/rooms/search?at_least={position}"))
        .await;
    let writing = async {
        for to in [&second, &first].into_iter().cycle() {
            database.execute(&move_to(to)).await;
        }
    };
    let searching = async {
        let mut totals_seen = Vec::new();
        loop {
            // Room 1 costs 590, room 2 costs 580.
            let found = multi_search(
                &node,
                json!([
                    {"q": "lighthouse ", "price_min": 590},
                    {"q": "lighthouse ", "price_max": 589},
                ]),
            )
            .await;
            let totals = [0, 1].map(|at| found[at]["meta"]["total"].as_u64().unwrap());
            assert_eq!(totals[0] + totals[1], 1, "{found:?}");
            let positions = [0, 1].map(|at| &found[at]["meta"]["index"]["position"]);
            assert_eq!(positions[0], positions[1]);
            if totals_seen.last() != Some(&totals[0]) {
                totals_seen.push(totals[0]);
            }
            // The word has moved to the other room and back.
            if totals_seen.len() > 2 {
                return;
            }
        }
    };
    tokio::select! {
        () = writing => unreachable!("the writes continue until they are dropped"),
        () = searching => {}
    }
    node.stop().await;
}

async fn sixty_rooms() -> (TestDatabase, Roost) {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    let node = Roost::start(&database).await;
    (database, node)
}
