//! No suggestion, correction or hint contains a word or a name that only other rooms have.

use serde_json::Value;

use super::caller::Caller;
use super::filtered::{FILTER, filtered, world};

/// The names and words of other rooms.
const SECRETS: [&str; 4] = ["zanzibar", "xylophone", "pune", "nashik"];

/// Asserts that an answer reveals nothing but what the request contains.
fn assert_reveals_nothing(path: &str, answer: &Value) {
    let text = answer.to_string().to_lowercase();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{path}: {text}");
    }
}

#[tokio::test]
async fn suggestions_come_from_the_permitted_rooms() {
    let (database, node) = world().await;
    let admin = Caller::admin(&database, &node).await;
    let key = filtered(&admin, FILTER).await;
    let anonymous = Caller::with(&node, "");
    let mut hidden = 0;
    for typed in [
        "z",
        "zan",
        "zanzi",
        "zanzibr",
        "xyl",
        "xylo",
        "pu",
        "pun",
        "pume",
        "nash",
        "nas",
        "zanzibar+r",
    ] {
        let path = format!("/suggest?q={typed}&limit=20");
        assert_reveals_nothing(&path, &key.read(&path).await);
        let all = anonymous.read(&path).await.to_string().to_lowercase();
        hidden += usize::from(SECRETS.iter().any(|secret| all.contains(secret)));
    }
    assert!(hidden > 8, "everybody gets these suggestions: {hidden}");
    let total = key.read("/rooms/search").await["meta"]["total"].clone();
    let city = key.read("/suggest?q=mum&types=city").await;
    assert_eq!(city["data"][0]["text"], "Mumbai");
    assert_eq!(city["data"][0]["rooms"], total);
    let locality = key.read("/suggest?q=pow&types=locality").await;
    assert_eq!(locality["data"][0]["rooms"], total);
    let word = key.read("/suggest?q=balc&types=word").await;
    assert_eq!(word["data"][0]["text"], "balcony");
    assert_eq!(word["data"][0]["rooms"], total);
    // The middle of a place is that of its permitted rooms.
    let of = async |caller: &Caller<'_>| {
        let city = caller.read("/suggest?q=mum&types=city").await;
        city["data"][0]["location"]["lat"].as_f64().unwrap()
    };
    assert!((of(&key).await - of(&anonymous).await).abs() > 1e-6);
    let venue = key.read("/suggest?q=iit+bom&types=venue").await;
    assert_eq!(venue["data"][0]["type"], "venue");
}

#[tokio::test]
async fn corrections_and_hints_name_nothing_that_only_other_rooms_have() {
    let (database, node) = world().await;
    let admin = Caller::admin(&database, &node).await;
    let key = filtered(&admin, FILTER).await;
    let anonymous = Caller::with(&node, "");
    let mut revealed_to_all = 0;
    for query in [
        "q=zannzibbar&typos=0",
        "q=xilophone&typos=0",
        "q=desk+xilophone&typos=0",
        "q=balconi+xilophone&typos=0&match=most",
        "q=balconi+xilophone&typos=0&match=any",
        "filter=city:pune",
        "filter=city:%5Bmumbai,pune%5D",
        "filter=city:nashik",
        "filter=locality:%22zanzibar+road%22",
    ] {
        let path = format!("/rooms/search?{query}&limit=1");
        let (answer, all) = (key.read(&path).await, anonymous.read(&path).await);
        for part in ["did_you_mean", "hints"] {
            let part = &answer["meta"][part];
            let text = part.to_string();
            for secret in ["Pune", "Nashik", "Zanzibar", "zanzibar", "xylophone"] {
                assert!(!text.contains(secret), "{path}: {part}");
            }
        }
        let meta = all["meta"].to_string();
        let names = ["Pune", "Nashik", "Zanzibar", "zanzibar", "xylophone"];
        revealed_to_all += usize::from(names.iter().any(|name| meta.contains(name)));
    }
    assert!(
        revealed_to_all >= 4,
        "everybody is helped: {revealed_to_all}"
    );
    // A word that permitted rooms have is offered.
    let path = "/rooms/search?q=balconi&typos=0";
    let answer = key.read(path).await;
    assert_eq!(answer["meta"]["did_you_mean"]["q"], "balcony");
    let hint = key.read("/rooms/search?filter=city:mumbai").await;
    let hints = hint["meta"]["hints"].to_string();
    assert!(hints.contains("Mumbai"), "{hints}");
}
