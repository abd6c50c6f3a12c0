//! Offers other readings of a search that finds nothing.
//!
//! Some mistakes are valid requests: swapped coordinates, a radius in kilometres, a box that starts
//! with the longitude, the name of a city in lower case. If nothing matches, each such reading is
//! searched too, within the same deadline, and returned if it would have found rooms.

use roost_collections::{rooms, venues};
use roost_engine::{
    BoundingBox, Condition, Count, Language, LatLng, Page, Polygon, Query, Radius, Reader,
    SuggestQuery, SuggestionKind, Typos, Words,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::request::RoomSearch;
use crate::collections::filters::FILTER;
use crate::collections::filters::area::{BBOX, POLYGON};
use crate::collections::filters::condition::AsFilter;
use crate::collections::reach::RADIUS_M;
use crate::http::error::ApiError;
use crate::http::shorten::shorten;
use crate::query::place::{LAT, LNG, Origin};

/// A search for more words is not repeated, and no more words of names are looked up, because each
/// word costs a walk through the term dictionary.
const WORDS_MAX: usize = 8;

/// Another reading of a parameter, by which the search would find rooms.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hint {
    /// The parameter, or two with a comma between them.
    #[schema(example = "radius_m")]
    parameter: String,
    /// The value that was sent, shortened.
    #[schema(example = "5")]
    value: String,
    /// The value that would find rooms.
    #[schema(example = "5000")]
    suggestion: String,
    /// For people: may change.
    #[schema(example = "radius_m is in metres, and 5 may be kilometres")]
    message: String,
}

/// A query in another reading, and the hint if it finds rooms.
struct Reading {
    query: Query,
    hint: Hint,
}

impl Hint {
    /// The readings that find rooms, if the first page of a search finds none, and whether a limit
    /// of the search has cut any of them short.
    pub(super) fn find<H>(
        reader: &Reader,
        search: &RoomSearch,
        query: &Query,
        page: &Page<H>,
    ) -> Result<(Vec<Hint>, bool), ApiError> {
        let is_first = query.after.is_none() && query.offset == 0;
        let words = query
            .text
            .as_ref()
            .map_or(0, |words| words.term_texts().count());
        let is_cheap = words <= WORDS_MAX;
        if !page.hits.is_empty() || !is_first || page.trace.is_partial || !is_cheap {
            return Ok((Vec::new(), false));
        }
        let (mut hints, mut is_cut) = (Vec::new(), false);
        let readings = [
            swapped_point(search, query),
            kilometres(search, query),
            box_by_longitude(query),
            polygon_by_longitude(query),
            other_names(reader, search, query)?,
        ];
        for reading in readings.into_iter().flatten() {
            let found = reader.rank(rooms::collection(), &reading.query)?;
            is_cut |= found.trace.is_partial;
            if found.total.is_some_and(|total| total.value > 0) {
                hints.push(reading.hint);
            }
        }
        Ok((hints, is_cut))
    }
}

impl Reading {
    /// A reading of a query, which `change` applies.
    fn new(query: &Query, hint: Hint, change: impl FnOnce(&mut Query)) -> Reading {
        let mut query = Query {
            limit: 0,
            facets: Vec::new(),
            explain: false,
            highlight: Vec::new(),
            count: Count::UpTo(1),
            ..query.clone()
        };
        change(&mut query);
        Reading { query, hint }
    }
}

fn swapped_point(search: &RoomSearch, query: &Query) -> Option<Reading> {
    let Some(Origin::Point(point)) = search.search.origin else {
        return None;
    };
    let swapped = LatLng::new(point.lng(), point.lat()).ok()?;
    let text = |point: LatLng| format!("{},{}", point.lat(), point.lng());
    let hint = Hint {
        parameter: format!("{},{}", LAT.name(), LNG.name()),
        value: text(point),
        suggestion: text(swapped),
        message: "lat and lng look swapped".to_owned(),
    };
    Some(Reading::new(query, hint, |query| {
        query.center = Some(swapped)
    }))
}

fn kilometres(search: &RoomSearch, query: &Query) -> Option<Reading> {
    // The radius of the earlier platform is in kilometres, and has another name.
    let search = &search.search;
    let metres = search.radius.filter(|_| search.has_radius_m)?.metres();
    let radius = Radius::new(metres * 1_000.0).ok()?;
    let hint = Hint {
        parameter: RADIUS_M.name().to_owned(),
        value: metres.to_string(),
        suggestion: radius.metres().to_string(),
        message: format!("radius_m is in metres, and {metres} may be kilometres"),
    };
    Some(Reading::new(query, hint, |query| {
        query.radius = Some(radius)
    }))
}

fn box_by_longitude(query: &Query) -> Option<Reading> {
    let edges = query.filters.bounding_box?.edges();
    let [west, south, east, north] = edges;
    let swapped = BoundingBox::new(south, west, north, east).ok()?;
    let hint = Hint {
        parameter: BBOX.name().to_owned(),
        value: joined(edges),
        suggestion: joined(swapped.edges()),
        message: "bbox is south,west,north,east, and this one looks like west,south,east,north"
            .to_owned(),
    };
    Some(Reading::new(query, hint, |query| {
        query.filters.bounding_box = Some(swapped);
    }))
}

fn polygon_by_longitude(query: &Query) -> Option<Reading> {
    let corners = query.filters.polygon.as_ref()?.corners();
    let swapped = corners.iter().map(|it| LatLng::new(it.lng(), it.lat()));
    let swapped = Polygon::new(swapped.collect::<Result<_, _>>().ok()?).ok()?;
    let text = |corners: &[LatLng]| joined(corners.iter().flat_map(|it| [it.lat(), it.lng()]));
    let hint = Hint {
        parameter: POLYGON.name().to_owned(),
        value: shorten(&text(corners)),
        suggestion: text(swapped.corners()),
        message: "polygon is lat,lng,lat,lng,..., and this one looks like lng,lat,lng,lat,..."
            .to_owned(),
    };
    Some(Reading::new(query, hint, |query| {
        query.filters.polygon = Some(swapped);
    }))
}

/// The filter with the names that localities and cities really have.
fn other_names(
    reader: &Reader,
    search: &RoomSearch,
    query: &Query,
) -> Result<Option<Reading>, ApiError> {
    let (Some(condition), Some(language)) = (&query.filters.condition, &search.language) else {
        return Ok(None);
    };
    let mut renamed = condition.clone();
    let mut names = Names {
        reader,
        query,
        language,
        words_left: WORDS_MAX,
    };
    names.correct(&mut renamed)?;
    if renamed == *condition {
        return Ok(None);
    }
    let text = |condition| AsFilter::new(condition, rooms::declared()).to_string();
    let hint = Hint {
        parameter: FILTER.to_owned(),
        value: shorten(&text(condition)),
        suggestion: text(&renamed),
        message: "locality and city must be exactly the names that rooms have".to_owned(),
    };
    Ok(Some(Reading::new(query, hint, |query| {
        query.filters.condition = Some(renamed);
    })))
}

/// The names of the localities and cities of rooms.
struct Names<'a> {
    reader: &'a Reader,
    query: &'a Query,
    language: &'a Language,
    /// The number of words that may still be looked up.
    words_left: usize,
}

impl Names<'_> {
    /// Replaces the names in a condition by the most similar names that rooms have.
    fn correct(&mut self, condition: &mut Condition) -> Result<(), ApiError> {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter_mut().try_for_each(|part| self.correct(part))
            }
            Condition::Not(part) => self.correct(part),
            Condition::Name(rooms::LOCALITY, names) => {
                self.replace(names, SuggestionKind::Locality)
            }
            Condition::Name(rooms::CITY, names) => self.replace(names, SuggestionKind::City),
            _ => Ok(()),
        }
    }

    fn replace(&mut self, names: &mut [String], kind: SuggestionKind) -> Result<(), ApiError> {
        for name in names {
            // The name for places without one has no words.
            let Ok(words) = Words::new(name) else {
                continue;
            };
            let Some(left) = self.words_left.checked_sub(words.term_texts().count()) else {
                return Ok(());
            };
            self.words_left = left;
            let typed = SuggestQuery {
                words: words.typos(Typos::default()).in_language(self.language),
                searched: rooms::collection(),
                titled: venues::collection(),
                titled_profile: venues::profile(),
                near: self.query.center,
                restriction: self.query.filters.restriction.clone(),
                kinds: vec![kind],
                limit: 1,
                now_s: self.query.now_s,
                deadline: self.query.deadline,
                steps_max: self.query.steps_max,
            };
            if let Some(found) = self.reader.suggest(&typed)?.suggestions.pop() {
                *name = found.text;
            }
        }
        Ok(())
    }
}

fn joined(numbers: impl IntoIterator<Item = f64>) -> String {
    let texts = numbers.into_iter().map(|number| number.to_string());
    texts.collect::<Vec<_>>().join(",")
}
