//! Searches the engine as the API does: words may have typos, the last one may be a prefix, and
//! terms become optional when few rooms contain all of them.

use std::time::SystemTime;

use anyhow::Result;
use roost_collections::rooms;
use roost_engine::{
    Component, Count, LatLng, MatchMode, Profile, Query, Radius, Reader, Typos, Words,
};
use uuid::Uuid;

use super::items::Near;

/// The default of the setting `relax_below`.
const RELAX_BELOW: u64 = 20;

/// Returns the best rooms for a text.
pub(crate) fn ranked(
    reader: &Reader,
    text: &str,
    near: Option<Near>,
    profile: &Profile,
    limit: usize,
) -> Result<Vec<Uuid>> {
    let match_mode = MatchMode::Relaxed {
        min_matches: RELAX_BELOW,
    };
    let words = Words::new(text)?
        .typos(Typos::default())
        .match_mode(match_mode);
    let center = near.map(|near| LatLng::new(near.lat, near.lng));
    let query = Query {
        text: Some(words.prefix_last()),
        center: center.transpose()?,
        radius: near.map(|near| Radius::new(near.radius_m)).transpose()?,
        limit,
        count: Count::None,
        ..Query::all(profile.clone(), now_s()?)
    };
    let found = reader.rank(rooms::collection(), &query)?.ranked;
    Ok(found.iter().map(|ranked| ranked.key).collect())
}

/// A profile with no other component than text.
pub(crate) fn text_only() -> Result<Profile> {
    let mut profile = rooms::profile();
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
