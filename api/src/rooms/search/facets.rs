//! How many rooms are there of each kind?

use roost_engine::{Category, Collection, Edges, Facet, FacetCounts, FacetValue, Radius, Tags};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::params::{Params, unknown_word};

/// As the OpenAPI document says of the parameters below.
const VALUES_DEFAULT: usize = 10;
const VALUES_MAX: usize = 100;

/// The series of coins and notes, since prices are in any currency.
const PRICE_EDGES: [f64; 7] = [100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];

/// Those up to 25 km, which is the radius of a search that names none, and as many more as it takes to
/// reach a larger one.
const RING_EDGES_M: [f64; 9] = [
    500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 25_000.0, 50_000.0, 100_000.0, 200_000.0,
];
const RINGS: usize = 6;

const RATING_EDGES: [f64; 4] = [3.0, 3.5, 4.0, 4.5];

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct FacetParams {
    /// By what to count all rooms that match, whatever the page: a comma list, or repeated.
    /// `meta.facets` tells the counts. What a search filters by the same does not count: with
    /// `price_max`, `price` still tells how many rooms are dearer; with `room_type`, `room_type` tells
    /// of the others. The radius is what `distance` goes by, which needs a place.
    #[param(
        inline,
        style = Form,
        explode = false,
        example = json!(["room_type", "locality", "price", "distance", "rating"]),
    )]
    facets: Option<Vec<FacetWord>>,
    /// How many values `locality` and `city` tell, those of most rooms first.
    #[param(minimum = 1, maximum = 100, default = 10, example = 5)]
    max_facet_values: Option<u32>,
    /// Where ranges of prices begin and end, 1 to 20 ascending numbers: `0,500,1000` makes 0 to 500, 500
    /// to 1000, and from 1000 on. A range holds its lower end and not its upper one. When left out,
    /// 100, 200, 500 and so on to 10000.
    #[param(inline, style = Form, explode = false, min_items = 1, max_items = 20, example = json!([0.0, 500.0, 1000.0]))]
    facet_price: Option<Vec<f64>>,
    /// Where rings begin and end, in metres as `facet_price`, up to 200000. Where the search has a
    /// radius, rings end at the last number and not at the radius. When left out, 500, 1000, 2000, 5000,
    /// 10000 and 25000, and on to the radius where that is larger.
    #[param(inline, style = Form, explode = false, min_items = 1, max_items = 20, example = json!([1000.0, 5000.0]))]
    facet_distance: Option<Vec<f64>>,
    /// Where ranges of ratings begin and end, as `facet_price`. When left out, 3, 3.5, 4 and 4.5.
    #[param(inline, style = Form, explode = false, min_items = 1, max_items = 20, example = json!([4.0, 4.5]))]
    facet_rating: Option<Vec<f64>>,
}

impl FacetParams {
    pub(crate) const NAMES: &[&str] = &[
        "facets",
        "max_facet_values",
        "facet_price",
        "facet_distance",
        "facet_rating",
    ];
}

/// What rooms are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
enum FacetWord {
    RoomType,
    Amenities,
    Locality,
    City,
    Price,
    Distance,
    Rating,
}

/// How many rooms that match there are of each kind. Those that were asked for are there.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Facets {
    #[serde(skip_serializing_if = "Option::is_none")]
    room_type: Option<ValueCounts>,
    /// A room counts for each of its amenities.
    #[serde(skip_serializing_if = "Option::is_none")]
    amenities: Option<ValueCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locality: Option<ValueCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<ValueCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<RangeCounts>,
    /// In metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<RangeCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<RangeCounts>,
}

/// How many rooms have each value.
#[derive(Debug, Serialize, ToSchema)]
struct ValueCounts {
    /// The value of most rooms first.
    values: Vec<ValueCount>,
    /// How many different values there are, told or not.
    #[schema(example = 37)]
    values_total: u64,
    /// Rooms without a value.
    #[schema(example = 0)]
    missing: u64,
    /// Whether time ran out: there are so many or more.
    #[schema(example = false)]
    partial: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct ValueCount {
    #[schema(example = "Powai")]
    value: String,
    #[schema(example = 112)]
    count: u64,
}

/// How many rooms lie in each range.
#[derive(Debug, Serialize, ToSchema)]
struct RangeCounts {
    /// The lowest first.
    ranges: Vec<RangeCount>,
    /// The lowest value of all; null if no room has one.
    #[schema(example = 350.0)]
    min: Option<f64>,
    /// The highest value of all; null if no room has one.
    #[schema(example = 4200.0)]
    max: Option<f64>,
    /// Rooms without a value.
    #[schema(example = 3)]
    missing: u64,
    /// Whether time ran out: there are so many or more.
    #[schema(example = false)]
    partial: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct RangeCount {
    /// From this on; null for the lowest there may be.
    #[schema(example = 500.0)]
    from: Option<f64>,
    /// Below this; null for the highest there may be.
    #[schema(example = 1000.0)]
    to: Option<f64>,
    #[schema(example = 98)]
    count: u64,
}

const WORDS: [(&str, FacetWord); 7] = [
    ("room_type", FacetWord::RoomType),
    ("amenities", FacetWord::Amenities),
    ("locality", FacetWord::Locality),
    ("city", FacetWord::City),
    ("price", FacetWord::Price),
    ("distance", FacetWord::Distance),
    ("rating", FacetWord::Rating),
];

/// Reads which facets a search asks for, each once.
pub(super) fn read(
    params: &Params,
    has_place: bool,
    radius: Option<Radius>,
) -> Result<Vec<Facet>, ApiError> {
    let mut asked = Vec::new();
    for word in params.list("facets") {
        let known = WORDS.iter().find(|(known, _)| *known == word);
        let names = WORDS.iter().map(|(word, _)| *word);
        let &(_, facet) = known.ok_or_else(|| unknown_word("facets", word, names))?;
        if facet == FacetWord::Distance && !has_place {
            let expected = "other facets than distance where the query has no place";
            let error = ApiError::parameter("facets", word, expected);
            return Err(error.hint("to count by distance, give venue, or lat and lng"));
        }
        if !asked.contains(&facet) {
            asked.push(facet);
        }
    }
    let most = params.whole("max_facet_values", 1..=VALUES_MAX)?;
    let price = read_edges(params, "facet_price", f64::MAX)?;
    let distance = read_edges(params, "facet_distance", Radius::MAX_M)?;
    let rating = read_edges(params, "facet_rating", f64::MAX)?;
    refuse_idle(params, &asked)?;
    let most = most.unwrap_or(VALUES_DEFAULT);
    let facets = asked.into_iter().map(|facet| {
        Ok(match facet {
            FacetWord::RoomType => Facet::Category,
            FacetWord::Amenities => Facet::Tag,
            FacetWord::Locality => Facet::Locality(most),
            FacetWord::City => Facet::City(most),
            FacetWord::Price => Facet::Price(or_default(&price, &PRICE_EDGES)?),
            FacetWord::Distance => Facet::Distance(or_default(&distance, ring_edges(radius))?),
            FacetWord::Rating => Facet::Rating(or_default(&rating, &RATING_EDGES)?),
        })
    });
    facets.collect()
}

impl Facets {
    /// `None` if none was asked for.
    pub(super) fn of(asked: &[Facet], counted: Vec<FacetCounts>) -> Option<Facets> {
        let mut facets = Facets::default();
        for (facet, counts) in asked.iter().zip(counted) {
            match facet {
                Facet::Category => facets.room_type = Some(counts.into()),
                Facet::Tag => facets.amenities = Some(counts.into()),
                Facet::Locality(_) => facets.locality = Some(counts.into()),
                Facet::City(_) => facets.city = Some(counts.into()),
                Facet::Price(_) => facets.price = Some(counts.into()),
                Facet::Distance(_) => facets.distance = Some(RangeCounts::from(counts).rounded()),
                Facet::Rating(_) => facets.rating = Some(counts.into()),
            }
        }
        (!asked.is_empty()).then_some(facets)
    }
}

impl From<FacetCounts> for ValueCounts {
    fn from(counts: FacetCounts) -> ValueCounts {
        let values = counts.values.into_iter();
        let values = values.filter_map(|counted| {
            let value = match counted.value {
                FacetValue::Category(category) => room_type(category)?.to_owned(),
                FacetValue::Tag(tag) => amenity(tag)?.to_owned(),
                FacetValue::Name(name) => name,
                FacetValue::Range(..) => return None,
            };
            let count = counted.count;
            Some(ValueCount { value, count })
        });
        ValueCounts {
            values: values.collect(),
            values_total: counts.values_total,
            missing: counts.missing,
            partial: counts.is_partial,
        }
    }
}

impl From<FacetCounts> for RangeCounts {
    fn from(counts: FacetCounts) -> RangeCounts {
        let (min, max) = counts.extent.unzip();
        let ranges = counts.values.into_iter();
        let ranges = ranges.filter_map(|counted| match counted.value {
            FacetValue::Range(from, to) => Some(RangeCount {
                from,
                to,
                count: counted.count,
            }),
            _ => None,
        });
        RangeCounts {
            ranges: ranges.collect(),
            min,
            max,
            missing: counts.missing,
            partial: counts.is_partial,
        }
    }
}

impl RangeCounts {
    /// As distances are told.
    fn rounded(mut self) -> RangeCounts {
        for metres in [&mut self.min, &mut self.max].into_iter().flatten() {
            *metres = (*metres * 10.0).round() / 10.0;
        }
        self
    }
}

fn room_type(category: Category) -> Option<&'static str> {
    Collection::Rooms.category_name(category)
}

fn amenity(tag: Tags) -> Option<&'static str> {
    Collection::Rooms.tag_names(tag).first().copied()
}

/// The default edges of rings: they reach as far as the search does.
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

fn read_edges(params: &Params, name: &str, most: f64) -> Result<Option<Edges>, ApiError> {
    let Some(text) = params.text(name)? else {
        return Ok(None);
    };
    let expected = match most {
        f64::MAX => "1 to 20 ascending numbers from 0, such as 0,500,1000".to_owned(),
        most => format!("1 to 20 ascending numbers from 0 to {most}, such as 1000,5000"),
    };
    let refused = |why: String| ApiError::parameter(name, text, &*expected).hint(&why);
    let numbers = text.split(',').map(|item| {
        let number = item.parse().ok();
        number.ok_or_else(|| refused(format!("{:?} is no number", shown(item))))
    });
    let edges = Edges::new(numbers.collect::<Result<_, _>>()?);
    let edges = edges.map_err(|error| refused(error.to_string()))?;
    if edges.last() > most || edges.last() == 0.0 {
        return Err(refused(format!("the last is {}", edges.last())));
    }
    Ok(Some(edges))
}

fn shown(item: &str) -> String {
    item.chars().take(40).collect()
}

/// Nothing is ignored: what sets up a facet needs the facet.
fn refuse_idle(params: &Params, asked: &[FacetWord]) -> Result<(), ApiError> {
    use FacetWord::{City, Distance, Locality, Price, Rating};
    let needs: [(&str, &[FacetWord], &str); 4] = [
        ("max_facet_values", &[Locality, City], "locality or city"),
        ("facet_price", &[Price], "price"),
        ("facet_distance", &[Distance], "distance"),
        ("facet_rating", &[Rating], "rating"),
    ];
    for (name, facets, words) in needs {
        if let Some(value) = params.text(name)?
            && !facets.iter().any(|facet| asked.contains(facet))
        {
            let expected = format!("given together with {words} in facets");
            return Err(ApiError::parameter(name, value, expected));
        }
    }
    Ok(())
}
