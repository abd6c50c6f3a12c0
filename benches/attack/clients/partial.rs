//! An attack with searches that reach their deadline while they search or count. A partial answer
//! must not call a count exact, or a facet complete, that is smaller than without a deadline.

use serde_json::Value;

use super::attack::Attack;
use super::http::{Connection, get};

const SEARCHES: [&str; 4] = [
    "group_by=landlord&count=exact&facets=city",
    "q=furnishd+apartmnt+bedrom+privte&group_by=landlord&count=exact&facets=city",
    "q=furnishd+apartmnt+bedrom+privte+shred+spacios+balcny&count=exact&facets=city,amenities",
    "q=furnished+room&match=any&count=exact&facets=city,locality,price",
];

/// What a search counts.
struct Counts {
    total: u64,
    is_exact: bool,
    /// The sum of the counts of each facet that claims to be complete.
    facets: Vec<(String, u64)>,
}

/// Searches with deadlines of one to three milliseconds.
pub(crate) async fn partial(attack: &Attack) {
    let mut expected = Vec::new();
    for search in SEARCHES {
        match complete_counts(attack, search).await {
            Some(counts) => expected.push(counts),
            None => return attack.problem(format!("no complete answer to {search}")),
        }
    }
    let expected = std::sync::Arc::new(expected);
    attack
        .repeat(16, move |attack, mut connection, index| {
            let expected = expected.clone();
            async move {
                let (search, expected) = (
                    SEARCHES[index % SEARCHES.len()],
                    &expected[index % SEARCHES.len()],
                );
                let timeout_ms = 1 + index / SEARCHES.len() % 3;
                let request = get(&path(search, timeout_ms));
                for _ in 0..20 {
                    let response = connection.request(&request).await?;
                    attack.record(&response);
                    if let Some(counts) = Counts::of(&response.body)
                        && let Some(problem) = counts.false_claim(expected)
                    {
                        attack.problem(format!("{search}&timeout_ms={timeout_ms}: {problem}"));
                    }
                    if response.is_last {
                        break;
                    }
                }
                Ok(())
            }
        })
        .await;
}

/// The counts without a deadline that matters. Other clients only add rooms.
async fn complete_counts(attack: &Attack, search: &str) -> Option<Counts> {
    let mut connection = Connection::open(attack.address).await.ok()?;
    let response = connection.request(&get(&path(search, 10_000))).await.ok()?;
    Counts::of(&response.body)
}

fn path(search: &str, timeout_ms: usize) -> String {
    format!("/api/v1/rooms/search?{search}&limit=5&timeout_ms={timeout_ms}")
}

impl Counts {
    fn of(body: &[u8]) -> Option<Self> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        let meta = &answer["meta"];
        let facets = meta["facets"].as_object()?.iter();
        let complete = facets.filter(|(_, facet)| facet["partial"] == false);
        Some(Self {
            total: meta["total"].as_u64()?,
            is_exact: meta["total_is"] == "exact",
            facets: complete
                .map(|(name, facet)| (name.clone(), sum(facet)))
                .collect(),
        })
    }

    /// What these counts claim although the complete ones are greater.
    fn false_claim(&self, complete: &Self) -> Option<String> {
        if self.is_exact && self.total < complete.total {
            let (total, all) = (self.total, complete.total);
            return Some(format!("total {total} of {all} claims to be exact"));
        }
        let mut facets = self.facets.iter();
        facets.find_map(|(name, count)| {
            let (_, all) = complete.facets.iter().find(|(other, _)| other == name)?;
            let text = format!("{count} of {all} rooms by {name} claim to be complete");
            (count < all).then_some(text)
        })
    }
}

/// The sum of the counts of a facet.
fn sum(facet: &Value) -> u64 {
    let counts = ["values", "ranges"]
        .iter()
        .filter_map(|list| facet[list].as_array());
    let counts = counts
        .flatten()
        .filter_map(|counted| counted["count"].as_u64());
    counts.sum::<u64>() + facet["missing"].as_u64().unwrap_or_default()
}
