//! How is the engine asked? As the API asks it: a word may have typos, the last one may go on, and where
//! few rooms hold all words, some need not be there.

use std::time::SystemTime;

use anyhow::Result;
use roost_engine::{
    Collection, Component, Count, LatLng, MatchMode, Profile, Query, Radius, Reader, Typos, Words,
};
use uuid::Uuid;

use super::items::Near;

/// As many as `relax_below` has where a node is not configured otherwise.
const RELAX_BELOW: u64 = 20;

/// The best rooms for a text, so many.
pub(crate) fn ranked(
    reader: &Reader,
    text: &str,
    near: Option<Near>,
    profile: &Profile,
    limit: usize,
) -> Result<Vec<Uuid>> {
    let required = MatchMode::Relaxed {
        min_matches: RELAX_BELOW,
    };
    let words = Words::new(text)?
        .typos(Typos::default())
        .match_mode(required);
    let center = near.map(|near| LatLng::new(near.lat, near.lng));
    let query = Query {
        text: Some(words.prefix_last()),
        center: center.transpose()?,
        radius: near.map(|near| Radius::new(near.radius_m)).transpose()?,
        limit,
        count: Count::None,
        ..Query::all(profile.clone(), now_s()?)
    };
    let found = reader.rank(Collection::Rooms, &query)?.ranked;
    Ok(found.iter().map(|ranked| ranked.key).collect())
}

/// The profile that counts nothing but words.
pub(crate) fn words_only() -> Result<Profile> {
    let mut profile = Profile::room();
    for component in Component::ALL {
        let weight = if component == Component::Text {
            1.0
        } else {
            0.0
        };
        profile = profile.with_weight(component, weight)?;
    }
    Ok(profile)
}

/// Now, in seconds since 1970.
pub(crate) fn now_s() -> Result<i64> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_secs())?)
}
