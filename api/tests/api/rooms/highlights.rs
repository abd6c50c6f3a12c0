//! Tests of highlights.

use roost_collections::rooms;
use roost_engine::{Checkpoint, Document, Key, LatLng, Position};
use serde_json::{Value, json};

use crate::service::{Service, rejected};

const NEAR: &str = "/api/v1/rooms/search?";

/// A service with additional rooms of these titles and descriptions.
fn with_rooms(texts: &[(&str, &str)]) -> Service {
    let service = Service::start();
    let mut writer = service.writer.lock().unwrap();
    for (number, (title, description)) in (0x9000..).zip(texts) {
        let room = Document::of(
            rooms::collection(),
            Key::from_u128(number),
            LatLng::new(18.5, 73.8).unwrap(),
            [
                ("title", ((*title).to_owned()).into()),
                ("description", ((*description).to_owned()).into()),
                ("city", ("Pune".to_owned()).into()),
            ],
        )
        .unwrap();
        writer.put(rooms::collection(), room).unwrap();
    }
    let (position, source) = (Position(0x17_0000_0000), Value::Null);
    writer.commit(Checkpoint { position, source }).unwrap();
    drop(writer);
    service
}

async fn highlights(service: &Service, query: &str) -> Value {
    let (hits, _) = service.ok(&format!("{NEAR}{query}")).await;
    hits[0]["highlights"].clone()
}

#[tokio::test]
async fn matched_words_are_marked_whole_despite_typos_and_prefixes() {
    let service = with_rooms(&[("Sunny CAFÉ-room", "Balconies & <b>wifi</b>; 2 cafés.")]);
    let query = "q=cafe+balconeis+wif&highlight=title,description";
    let expected = json!({
        "title": {
            "marked": "Sunny <mark>CAFÉ</mark>-room",
            "ranges": [{"start": 6, "length": 4}],
        },
        "description": {
            "marked": "<mark>Balconies</mark> &amp; &lt;b&gt;<mark>wifi</mark>&lt;/b&gt;; 2 <mark>cafés</mark>.",
            "ranges": [
                {"start": 0, "length": 9}, {"start": 15, "length": 4}, {"start": 27, "length": 5},
            ],
        },
    });
    assert_eq!(highlights(&service, query).await, expected);
}

#[tokio::test]
async fn ranges_count_utf_16_code_units() {
    let service = with_rooms(&[("🏠🏠 zimmer 𝒜 Zimmer", "")]);
    let found = highlights(&service, "q=zimmer&highlight=title").await;
    let expected = json!([{"start": 5, "length": 6}, {"start": 15, "length": 6}]);
    assert_eq!(found["title"]["ranges"], expected);
    assert_eq!(
        found["title"]["marked"],
        "🏠🏠 <mark>zimmer</mark> 𝒜 <mark>Zimmer</mark>"
    );
}

#[tokio::test]
async fn a_snippet_surrounds_the_passage_with_the_most_words() {
    let text = "Lamps one two three four five six seven; a \"lamp\" and a harp, eight nine ten.";
    let service = with_rooms(&[("Harp", text)]);
    let query = "q=lamp+harp&typos=0&highlight=description&snippet_words=6&highlight_tag=em.hit";
    let found = highlights(&service, query).await;
    let expected =
        "…a &quot;<em class=\"hit\">lamp</em>&quot; and a <em class=\"hit\">harp</em>, eight…";
    assert_eq!(found["description"]["marked"], expected);
    assert_eq!(found["description"]["ranges"].as_array().unwrap().len(), 2);
    let query = "q=harp&highlight=title&snippet_words=1";
    let found = highlights(&service, query).await;
    assert_eq!(found["title"]["marked"], "<mark>Harp</mark>");
}

#[tokio::test]
async fn a_marked_text_without_its_marks_equals_the_text() {
    let pieces = [
        "<b>",
        "&amp;",
        "\"",
        "🏠",
        " shikara ",
        "shikára",
        "'",
        "SHIKARAS",
        "…",
        "\u{FB01}",
        "房間",
    ];
    let mut titles = Vec::new();
    for (a, b, c) in (0..11_usize.pow(3)).map(|n| (n / 121, n / 11 % 11, n % 11)) {
        titles.push([pieces[a], pieces[b], pieces[c]].concat());
    }
    titles.retain(|title| title.contains("shik"));
    let texts: Vec<(&str, &str)> = titles.iter().map(|title| (title.as_str(), "")).collect();
    let service = with_rooms(&texts);
    let mut seen = 0;
    for page in 1.. {
        let path = format!("{NEAR}q=shikara&highlight=all&limit=100&page={page}");
        let (hits, meta) = service.ok(&path).await;
        for hit in hits.as_array().unwrap() {
            let title = hit["room"]["title"].as_str().unwrap();
            let shown = &hit["highlights"]["title"];
            let marked = shown["marked"].as_str().unwrap();
            let plain = marked.replace("<mark>", "").replace("</mark>", "");
            assert_eq!(unescape(&plain), title);
            assert!(!plain.contains(['<', '>', '"', '\'']), "{plain}");
            let units: Vec<u16> = title.encode_utf16().collect();
            let ranges = shown["ranges"].as_array().unwrap().iter().map(|range| {
                let start = range["start"].as_u64().unwrap() as usize;
                let end = start + range["length"].as_u64().unwrap() as usize;
                String::from_utf16(&units[start..end]).unwrap()
            });
            let between = marked.split("<mark>").skip(1);
            let between = between.map(|part| unescape(part.split("</mark>").next().unwrap()));
            assert!(ranges.eq(between), "{marked}");
            seen += 1;
        }
        if meta["next_cursor"].is_null() {
            break;
        }
    }
    assert!(seen > 100, "only {seen} rooms were seen");
}

fn unescape(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[tokio::test]
async fn nothing_is_marked_without_a_request_or_without_words() {
    let service = Service::start();
    assert_eq!(highlights(&service, "q=desk").await, Value::Null);
    assert_eq!(highlights(&service, "highlight=all").await, json!({}));
    let found = highlights(&service, "q=desk&highlight=locality,title,title").await;
    assert_eq!(found.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn an_element_that_could_harm_a_page_is_rejected() {
    let service = Service::start();
    for tag in [
        "script",
        "%3Cem%3E",
        "em%20onclick",
        "em.",
        "em.a%22b",
        "em.a.b",
        "EM",
        "",
    ] {
        let path = format!("{NEAR}q=desk&highlight=all&highlight_tag={tag}");
        let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
        assert_eq!(error["field"], "highlight_tag", "{tag}");
    }
    for (name, value) in [("highlight", "heading"), ("snippet_words", "0")] {
        let path = format!("{NEAR}q=desk&{name}={value}");
        let error = rejected(&service.get(&path).await, 400, "invalid_parameter");
        assert_eq!(error["field"], name);
    }
}
