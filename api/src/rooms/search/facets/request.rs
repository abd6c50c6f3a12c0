//! The parameters of facets.

use roost_collections::rooms;
use roost_engine::{Edges, Facet, Radius};
use serde_json::Value;
use utoipa::openapi::schema::Schema;

use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::list::{List, numbers_json, numbers_schema};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Invalid, Scalar, Whole};
use crate::params::values::Params;

/// The series of coins and notes, since prices are in any currency.
const PRICE_EDGES: [f64; 7] = [100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];

/// The edges up to 25 km, the default radius, and those that larger radii add.
const RING_EDGES_M: [f64; 9] = [
    500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 25_000.0, 50_000.0, 100_000.0, 200_000.0,
];

/// The rings within the default radius.
const RINGS: usize = 6;

const RATING_EDGES: [f64; 4] = [3.0, 3.5, 4.0, 4.5];

params! {
    /// Facets and their ranges.
    pub(in crate::rooms::search) const FACET_PARAMS;

    /// The attributes by which to count all matching rooms, whatever the page: a comma-separated
    /// list, or repeated. `meta.facets` returns the counts. A facet ignores the filter on its own
    /// attribute if a further value would widen the search: with `price_max`, `price` still counts
    /// more expensive rooms; with `room_type`, `room_type` counts the others. Every amenity narrows
    /// the search, so the count of an amenity is the number of rooms if it was required as well.
    /// The radius is the filter of `distance`, which requires a place.
    FACETS: List<Choice<FacetName>> = Param::new("facets", List::of(Choice(&[
        ("room_type", FacetName::RoomType),
        ("amenities", FacetName::Amenities),
        ("locality", FacetName::Locality),
        ("city", FacetName::City),
        ("price", FacetName::Price),
        ("distance", FacetName::Distance),
        ("rating", FacetName::Rating),
    ])))
    .example("room_type,locality,price,distance,rating");

    /// The maximum number of values of `locality` and `city`, the most frequent first.
    MAX_FACET_VALUES: WithDefault<Whole<u32>> =
        Param::new("max_facet_values", Whole { min: 1, max: 100 }).default(10).example("5");

    /// The edges of price ranges, 1 to 20 ascending numbers: `0,500,1000` makes 0 to 500, 500 to
    /// 1000, and from 1000 up. A range includes its lower edge and excludes its upper one. The
    /// default is 100, 200, 500 and so on to 10000.
    FACET_PRICE: RangeEdges = Param::new("facet_price", RangeEdges { max: f64::MAX })
        .example("0,500,1000");

    /// The edges of rings in metres, like `facet_price`, up to 200000. If the search has a radius,
    /// the last ring ends at the last edge rather than the radius. The default is 500, 1000, 2000,
    /// 5000, 10000 and 25000, and more for a larger radius.
    FACET_DISTANCE: RangeEdges = Param::new("facet_distance", RangeEdges { max: Radius::MAX_M })
        .example("1000,5000");

    /// The edges of rating ranges, like `facet_price`. The default is 3, 3.5, 4 and 4.5.
    FACET_RATING: RangeEdges = Param::new("facet_rating", RangeEdges { max: f64::MAX })
        .example("4,4.5");
}

/// What rooms are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rooms::search) enum FacetName {
    RoomType,
    Amenities,
    Locality,
    City,
    Price,
    Distance,
    Rating,
}

/// The edges of ranges.
#[derive(Clone, Copy)]
pub(in crate::rooms::search) struct RangeEdges {
    /// The largest edge.
    max: f64,
}

/// Reads the facets that a search requests, each once.
pub(in crate::rooms::search) fn read(
    params: &Params,
    has_place: bool,
    radius: Option<Radius>,
) -> Result<Vec<Facet>, ApiError> {
    let mut requested = Vec::new();
    for facet in FACETS.read(params)? {
        if facet == FacetName::Distance && !has_place {
            let expected = "other facets than distance where the query has no place";
            let error = ApiError::parameter(FACETS.name(), "distance", expected);
            return Err(error.with_hint("to count by distance, give venue, or lat and lng"));
        }
        if !requested.contains(&facet) {
            requested.push(facet);
        }
    }
    let values_max = MAX_FACET_VALUES.read(params)? as usize;
    let price = FACET_PRICE.read(params)?;
    let distance = FACET_DISTANCE.read(params)?;
    let rating = FACET_RATING.read(params)?;
    reject_unused(params, &requested)?;
    let facets = requested.into_iter().map(|facet| {
        Ok(match facet {
            FacetName::RoomType => Facet::Category(rooms::ROOM_TYPE),
            FacetName::Amenities => Facet::Tag(rooms::AMENITIES),
            FacetName::Locality => Facet::Name(rooms::LOCALITY, values_max),
            FacetName::City => Facet::Name(rooms::CITY, values_max),
            FacetName::Price => Facet::Number(rooms::PRICE, or_default(&price, &PRICE_EDGES)?),
            FacetName::Distance => Facet::Distance(or_default(&distance, ring_edges(radius))?),
            FacetName::Rating => Facet::Number(rooms::RATING, or_default(&rating, &RATING_EDGES)?),
        })
    });
    facets.collect()
}

impl Scalar for RangeEdges {
    type Value = Edges;

    fn parse(&self, text: &str) -> Result<Edges, Invalid> {
        let numbers = text.split(',').map(|item| {
            item.parse().map_err(|_| {
                let shown: String = item.chars().take(40).collect();
                Invalid::because(format!("{shown:?} is no number"))
            })
        });
        let edges = Edges::new(numbers.collect::<Result<_, _>>()?);
        let edges = edges.map_err(|error| Invalid::because(error.to_string()))?;
        match edges.last() {
            last if last > self.max || last == 0.0 => {
                Err(Invalid::because(format!("the last is {last}")))
            }
            _ => Ok(edges),
        }
    }

    fn expected(&self) -> String {
        match self.max {
            f64::MAX => "1 to 20 ascending numbers from 0, such as 0,500,1000".to_owned(),
            max => format!("1 to 20 ascending numbers from 0 to {max}, such as 1000,5000"),
        }
    }

    fn json(&self, text: &str) -> Value {
        numbers_json(text)
    }

    fn schema(&self) -> Schema {
        numbers_schema(1, Edges::MAX)
    }

    fn is_list(&self) -> bool {
        true
    }
}

/// The default edges of rings, which reach as far as the search does.
fn ring_edges(radius: Option<Radius>) -> &'static [f64] {
    let beyond = RING_EDGES_M[RINGS - 1..].iter();
    let reaches = |edge: &&f64| radius.is_none_or(|radius| **edge < radius.metres());
    let more = beyond.take_while(reaches).count();
    &RING_EDGES_M[..(RINGS + more).min(RING_EDGES_M.len())]
}

fn or_default(edges: &Option<Edges>, default: &[f64]) -> Result<Edges, ApiError> {
    match edges {
        Some(edges) => Ok(edges.clone()),
        None => Edges::new(default.to_vec()).map_err(ApiError::internal),
    }
}

/// Rejects settings of a facet that the request does not count by, because nothing is ignored.
fn reject_unused(params: &Params, requested: &[FacetName]) -> Result<(), ApiError> {
    use FacetName::{City, Distance, Locality, Price, Rating};
    let needs: [(&str, &[FacetName], &str); 4] = [
        (
            MAX_FACET_VALUES.name(),
            &[Locality, City],
            "locality or city",
        ),
        (FACET_PRICE.name(), &[Price], "price"),
        (FACET_DISTANCE.name(), &[Distance], "distance"),
        (FACET_RATING.name(), &[Rating], "rating"),
    ];
    for (name, facets, names) in needs {
        if let Some(value) = params.text(name)?
            && !facets.iter().any(|facet| requested.contains(facet))
        {
            let expected = format!("given together with {names} in facets");
            return Err(ApiError::parameter(name, value, expected));
        }
    }
    Ok(())
}
