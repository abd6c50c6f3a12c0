//! Attacks with valid requests that cost much.

use std::fmt::Write;

use serde_json::{Value, json};

use super::attack::Attack;
use super::http::{Connection, encoded, get, post};

const MULTI_SEARCH: &str = "/api/v1/multi-search";

/// Words of the generated rooms and venues, which are misspelt below.
const WORDS: [&str; 30] = [
    "furnished",
    "apartment",
    "bedroom",
    "private",
    "shared",
    "spacious",
    "balcony",
    "kitchen",
    "university",
    "institute",
    "technology",
    "engineering",
    "college",
    "campus",
    "station",
    "student",
    "students",
    "parking",
    "laundry",
    "breakfast",
    "conditioning",
    "quiet",
    "single",
    "double",
    "mumbai",
    "delhi",
    "bengaluru",
    "hyderabad",
    "chennai",
    "kolkata",
];

/// A search within 5 km of a place, which differs a little from request to request.
pub(crate) fn cheap(index: usize) -> String {
    let (north, east) = (index % 37, index % 23);
    format!("/api/v1/rooms/search?lat=19.1{north:02}&lng=72.9{east:02}&radius_m=5000")
}

/// One request of each kind of search below.
pub(crate) fn one_of_each() -> Vec<Vec<u8>> {
    let mut requests: Vec<Vec<u8>> = [
        all_facets,
        all_groups,
        misspelt,
        suggestion,
        heat_map,
        expensive_multi_search,
    ]
    .iter()
    .flat_map(|request| (0..4).map(request))
    .collect();
    requests.push(get(&polygon(100, 0)));
    requests.push(deep_page(10, 100, 0));
    requests.push(post(MULTI_SEARCH, &multi_search(5, 10)));
    requests
}

/// 64 parallel searches of 30 misspelt words.
pub(crate) async fn misspelt_64(attack: &Attack) {
    attack.flood(64, misspelt).await;
}

/// 256 parallel searches of 30 misspelt words.
pub(crate) async fn misspelt_256(attack: &Attack) {
    attack.flood(256, misspelt).await;
}

/// Four clients that repeat expensive multi-searches.
pub(crate) async fn multi_search_4(attack: &Attack) {
    attack.flood(4, expensive_multi_search).await;
}

/// 32 such clients.
pub(crate) async fn multi_search_32(attack: &Attack) {
    attack.flood(32, expensive_multi_search).await;
}

/// 128 such clients.
pub(crate) async fn multi_search_128(attack: &Attack) {
    attack.flood(128, expensive_multi_search).await;
}

/// Polygons with as many corners as a request may have, around the whole country.
pub(crate) async fn polygons(attack: &Attack) {
    let corners = most_corners(attack).await;
    attack.note(format!("{corners} corners"));
    let request = move |index| get(&format!("{}&count=exact", polygon(corners, index)));
    attack.flood(32, request).await;
}

/// The last pages that may be requested.
pub(crate) async fn deep_pages(attack: &Attack) {
    let mut limit = 100;
    let mut page = 100;
    // The deepest page that the node accepts.
    while status(attack, &deep_page(page, limit, 0)).await == 400 && page > 1 {
        (page, limit) = (page / 2, limit.max(50));
    }
    attack.note(format!("page {page} of {limit}"));
    attack
        .flood(32, move |index| deep_page(page, limit, index))
        .await;
}

/// All facets over the whole country.
pub(crate) async fn facets(attack: &Attack) {
    attack.flood(32, all_facets).await;
}

/// Groups over the whole country, all of them counted.
pub(crate) async fn groups(attack: &Attack) {
    attack.flood(32, all_groups).await;
}

/// Suggestions for misspelt prefixes.
pub(crate) async fn suggestions(attack: &Attack) {
    attack.flood(64, suggestion).await;
}

/// Heat maps of the whole country in small cells.
pub(crate) async fn heat_maps(attack: &Attack) {
    attack.flood(32, heat_map).await;
}

/// The largest multi-search that the node accepts.
pub(crate) async fn largest_multi_search(attack: &Attack) -> Vec<u8> {
    for (searches, limit) in [(50, 100), (50, 50), (50, 40), (50, 20), (50, 10), (20, 10)] {
        let request = post(MULTI_SEARCH, &multi_search(searches, limit));
        if status(attack, &request).await == 200 {
            attack.note(format!("{searches} searches of {limit} hits"));
            return request;
        }
    }
    attack.problem("no multi-search is accepted".to_owned());
    Vec::new()
}

/// A multi-search of many hits.
pub(crate) fn multi_search(searches: usize, limit: usize) -> String {
    let search = |at: usize| {
        json!({
            "lat": 19.1334, "lng": 72.9133, "radius_m": 20_000 + at, "limit": limit,
            "q": "room", "highlight": "all", "explain": true,
        })
    };
    let searches: Vec<Value> = (0..searches).map(search).collect();
    json!({"searches": searches, "timeout_ms": 10_000}).to_string()
}

fn all_facets(index: usize) -> Vec<u8> {
    get(&format!(
        "/api/v1/rooms/search?q={}&match=any&count=exact&timeout_ms=10000&max_facet_values=100&\
         facets=room_type,amenities,locality,city,price,rating",
        word(index)
    ))
}

fn all_groups(index: usize) -> Vec<u8> {
    get(&format!(
        "/api/v1/rooms/search?q={}&match=any&group_by=landlord&group_limit=10&limit=100&\
         count=exact&timeout_ms=10000",
        word(index)
    ))
}

fn suggestion(index: usize) -> Vec<u8> {
    get(&format!("/api/v1/suggest?q={}", misspelt_word(index)))
}

fn heat_map(index: usize) -> Vec<u8> {
    get(&format!(
        "/api/v1/rooms/heatmap?bbox=6.0,68.0,36.0,97.0&resolution={}&timeout_ms=10000",
        5 + index % 5
    ))
}

fn expensive_multi_search(index: usize) -> Vec<u8> {
    let search = |at: usize| {
        json!({
            "q": misspelt_words(index * 50 + at, 10), "match": "any", "count": "exact",
            "facets": ["city", "locality", "amenities"], "group_by": "landlord", "group_limit": 1,
            "limit": 5,
        })
    };
    let searches: Vec<Value> = (0..50).map(search).collect();
    let body = json!({"searches": searches, "timeout_ms": 10_000}).to_string();
    post(MULTI_SEARCH, &body)
}

fn misspelt(index: usize) -> Vec<u8> {
    let q = encoded(&misspelt_words(index, 30));
    get(&format!(
        "/api/v1/rooms/search?lat=19.1334&lng=72.9133&radius_m=25000&q={q}"
    ))
}

fn misspelt_words(index: usize, count: usize) -> String {
    let words: Vec<String> = (0..count)
        .map(|at| misspelt_word(index * count + at))
        .collect();
    words.join(" ")
}

/// A word with one or two typos, which depend on the index.
fn misspelt_word(index: usize) -> String {
    let mut word: Vec<u8> = word(index).bytes().collect();
    let length = word.len();
    let at = 1 + index / WORDS.len() % (length - 1);
    word[at] = b'a' + u8::try_from(index % 26).unwrap_or_default();
    if length >= 8 {
        word.swap(length - 2, length - 1);
    }
    String::from_utf8(word).unwrap_or_default()
}

fn word(index: usize) -> &'static str {
    WORDS[index % WORDS.len()]
}

fn deep_page(page: usize, limit: usize, index: usize) -> Vec<u8> {
    get(&format!(
        "/api/v1/rooms/search?q={}&match=any&page={page}&limit={limit}&timeout_ms=10000",
        word(index)
    ))
}

/// A circle of corners around the middle of the country.
fn polygon(corners: usize, index: usize) -> String {
    let mut path = "/api/v1/rooms/search?polygon=".to_owned();
    #[expect(clippy::cast_precision_loss, reason = "some thousand corners")]
    for corner in 0..corners {
        let angle = std::f64::consts::TAU * corner as f64 / corners as f64;
        let radius = 12.0 + 0.001 * (index % 100) as f64;
        let (lat, lng) = (22.0 + radius * angle.sin(), 79.0 + radius * angle.cos());
        let comma = if corner == 0 { "" } else { "," };
        // A string accepts everything that is written to it.
        let _written = write!(path, "{comma}{lat:.4},{lng:.4}");
    }
    path
}

async fn most_corners(attack: &Attack) -> usize {
    for corners in [500, 200, 100, 50] {
        if status(attack, &get(&polygon(corners, 0))).await == 200 {
            return corners;
        }
    }
    attack.problem("no polygon is accepted".to_owned());
    3
}

/// The status of a request on a connection of its own; 0 without a response.
async fn status(attack: &Attack, request: &[u8]) -> u16 {
    let Ok(mut connection) = Connection::open(attack.address).await else {
        return 0;
    };
    match connection.request(request).await {
        Ok(response) => response.status,
        Err(_) => 0,
    }
}
