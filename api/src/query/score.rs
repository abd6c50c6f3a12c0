//! How is a match score told, and which weights may a caller give?

use roost_engine::{Component, Hit, MatchedWord, Profile, ScorePart};
use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::error::ApiError;
use crate::params::{Params, unknown_word};
use crate::place::rounded_m;
use crate::profiles::Profiles;

/// How well a document matches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Score {
    /// Great-circle distance to the place in metres; null where the query has no place.
    #[schema(example = 1204.3)]
    distance_m: Option<f64>,
    /// 0 to 100.
    #[schema(minimum = 0, maximum = 100, example = 81.25)]
    match_score: f64,
    /// On `explain`: the score of a room whose components are all 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100, example = 0.0)]
    base: Option<f64>,
    /// On `explain`: what the score is made of. `base` and the points add up to `match_score`.
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<ComponentPoints>>,
    /// On `explain`, where the query has words: what each was taken for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<WordMatch>,
}

/// What a word of the query was taken for.
#[derive(Debug, Serialize, ToSchema)]
struct WordMatch {
    #[schema(example = "balkony")]
    word: String,
    /// The word of the document that counts for it, or the words of a phrase or of a synonym.
    #[schema(example = "balcony")]
    matched: String,
    /// How many typos lie between the two.
    #[schema(minimum = 0, maximum = 2, example = 1)]
    typos: u8,
    /// What a match counts in parts of one for the very word.
    #[schema(minimum = 0, maximum = 1, example = 0.7)]
    factor: f64,
}

/// One component's share of a score.
#[derive(Debug, Serialize, ToSchema)]
struct ComponentPoints {
    #[schema(value_type = ComponentName)]
    component: &'static str,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1, example = 0.66)]
    value: f64,
    /// Relative to the other components' weights.
    #[schema(minimum = 0, maximum = 1000, example = 30.0)]
    weight: f64,
    #[schema(minimum = 0, maximum = 100, example = 19.8)]
    points: f64,
}

/// The name of a part of the match score.
struct ComponentName;

/// Reads `profile` and `weights`.
pub(crate) fn read_profile(params: &Params, profiles: &Profiles) -> Result<Profile, ApiError> {
    let name = params.text("profile")?.unwrap_or(Profiles::DEFAULT);
    let profile = profiles
        .get(name)
        .ok_or_else(|| unknown_word("profile", name, profiles.names()))?;
    match params.text("weights")? {
        None => Ok(profile.clone()),
        Some(weights) => reweigh(profile, weights),
    }
}

impl Score {
    pub(crate) fn take<Text>(hit: &mut Hit<Text>) -> Score {
        let explanation = hit.explanation.take();
        let (base, parts) = explanation.map(|e| (e.base, e.parts)).unzip();
        Score {
            // Places are known to some metres at best, so more digits would claim too much.
            distance_m: hit.distance_m.map(rounded_m),
            match_score: hit.score,
            base,
            components: parts.map(|parts| parts.iter().map(ComponentPoints::from).collect()),
            words: std::mem::take(&mut hit.matched_words)
                .into_iter()
                .map(WordMatch::from)
                .collect(),
        }
    }
}

impl From<MatchedWord> for WordMatch {
    fn from(word: MatchedWord) -> WordMatch {
        WordMatch {
            word: word.word,
            matched: word.term,
            typos: word.typos,
            factor: word.penalty,
        }
    }
}

impl From<&ScorePart> for ComponentPoints {
    fn from(part: &ScorePart) -> ComponentPoints {
        ComponentPoints {
            component: part.component.name(),
            value: part.value,
            weight: part.weight,
            points: part.points,
        }
    }
}

impl PartialSchema for ComponentName {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Component::ALL.map(Component::name)));
        Schema::Object(schema.build()).into()
    }
}

impl ToSchema for ComponentName {}

/// A profile with the caller's weights and no others. What the list leaves out counts nothing, so
/// that a query says all of what it goes by.
fn reweigh(profile: &Profile, list: &str) -> Result<Profile, ApiError> {
    let refused = || {
        let expected = "a list such as text:30,distance:40, each weight from 0 to 1000, \
                        at least one above 0 and no component twice";
        ApiError::parameter("weights", list, expected)
    };
    let mut weights = [None; Component::ALL.len()];
    for item in list.split(',') {
        let (name, weight) = item.split_once(':').ok_or_else(refused)?;
        let at = Component::ALL
            .iter()
            .position(|component| component.name() == name);
        let at = at.ok_or_else(|| {
            let names = Component::ALL.iter().map(|component| component.name());
            unknown_word("weights", name, names)
        })?;
        let weight: f64 = weight.parse().map_err(|_| refused())?;
        if weights[at].replace(weight).is_some() {
            return Err(refused());
        }
    }
    if weights.iter().flatten().all(|&weight| weight == 0.0) {
        return Err(refused());
    }
    let all = Component::ALL.into_iter().zip(weights);
    all.into_iter()
        .try_fold(profile.clone(), |profile, (component, weight)| {
            profile.with_weight(component, weight.unwrap_or(0.0))
        })
        .map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_weights_take_the_place_of_all_of_the_profiles() {
        let profile = reweigh(&Profile::landlord(), "distance:3,text:0.5").unwrap();
        assert_eq!(profile.weight(Component::Distance), 3.0);
        assert_eq!(profile.weight(Component::Text), 0.5);
        assert_eq!(profile.weight(Component::Capacity), 0.0);
        assert_eq!(profile.base(), 50.0);
    }

    #[test]
    fn weights_that_are_none_are_refused() {
        let lists = [
            "",
            "text",
            "text:",
            "text:a",
            "text:-1",
            "text:NaN",
            "text:1001",
            "text:0",
            "text:1,",
            "text:1,text:2",
            "looks:3",
            "Text:3",
        ];
        for list in lists {
            assert!(reweigh(&Profile::room(), list).is_err(), "{list}");
        }
    }
}
