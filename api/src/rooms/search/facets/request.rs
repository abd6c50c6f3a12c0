//! The parameters of facets.

use std::sync::LazyLock;

use roost_collections::{FacetValues, FieldDeclaration, Source, rooms};
use roost_engine::{Edges, Facet, FieldId, Radius};
use serde_json::Value;
use utoipa::openapi::schema::Schema;

use super::DISTANCE;
use crate::http::error::ApiError;
use crate::http::schema;
use crate::params::declaration::{Declared, Group, Param, params};
use crate::params::list::{List, numbers_json, numbers_schema};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Invalid, Scalar, Whole, one_of};
use crate::params::values::Params;

/// The edges up to 25 km, the default radius, and those that larger radii add.
const RING_EDGES_M: [f64; 9] = [
    500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 25_000.0, 50_000.0, 100_000.0, 200_000.0,
];

/// The rings within the default radius.
const RINGS: usize = 6;

params! {
    /// How facets count.
    pub(in crate::rooms::search) const FACET_PARAMS;

    /// The maximum number of values of a facet of names, the most frequent first.
    MAX_FACET_VALUES: WithDefault<Whole<u32>> =
        Param::new("max_facet_values", Whole { min: 1, max: 100 }).default(10).example("5");

    /// The edges of rings in metres, 1 to 20 ascending numbers up to 200000: `0,500,1000` makes 0
    /// to 500, 500 to 1000, and from 1000 up. A range includes its lower edge and excludes its
    /// upper one. If the search has a radius, the last ring ends at the last edge rather than the
    /// radius. The default is 500, 1000, 2000, 5000, 10000 and 25000, and more for a larger radius.
    FACET_DISTANCE: RangeEdges = Param::new(DISTANCE_EDGES, RangeEdges { max: Radius::MAX_M })
        .example("1000,5000");
}

const DISTANCE_EDGES: &str = "facet_distance";

/// Facets, and the edges of the ranges of each number.
pub(in crate::rooms::search) const DECLARED_FACETS: Group = Group::new(|| &DECLARED);

static DECLARED: LazyLock<Vec<&'static dyn Declared>> = LazyLock::new(|| {
    let edges = FACETED.iter().filter_map(|faceted| faceted.edges.as_ref());
    let edges = edges.map(|param| param as &dyn Declared);
    let facets: &dyn Declared = &*FACETS;
    [facets].into_iter().chain(edges).collect()
});

/// What facets a search counts. The example has all of them, so that each parameter of a facet can
/// be tried with it.
static FACETS: LazyLock<Param<List<FacetName>>> = LazyLock::new(|| {
    let all: Vec<&str> = FacetName::names().collect();
    Param::new("facets", List::of(FacetName))
        .describe(
            "The attributes by which to count all matching rooms, whatever the page: a \
             comma-separated list, or repeated. `meta.facets` returns the counts. A facet ignores \
             the filter on its own attribute if a further value would widen the search: with \
             `price_max`, `price` still counts more expensive rooms; with `room_type`, \
             `room_type` counts the others. Every amenity narrows the search, so the count of an \
             amenity is the number of rooms if it was required as well. The radius is the filter \
             of `distance`, which requires a place.",
        )
        .example(all.join(",").leak())
});

/// The fields that facets count by, in the order of the declaration.
static FACETED: LazyLock<Vec<Faceted>> = LazyLock::new(|| {
    let fields = rooms::DECLARATION.values();
    fields
        .filter_map(|(id, field)| Faceted::of(id, field))
        .collect()
});

/// A field that facets count by.
struct Faceted {
    id: FieldId,
    field: &'static FieldDeclaration,
    /// For a number the parameter that sets its ranges.
    edges: Option<Param<RangeEdges>>,
}

/// The name of what rooms are counted by: a field, or the distance.
#[derive(Clone, Copy)]
pub(in crate::rooms::search) struct FacetName;

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
    let mut requested: Vec<&'static str> = Vec::new();
    for name in FACETS.read(params)? {
        if name == DISTANCE && !has_place {
            let expected = "other facets than distance where the query has no place";
            let error = ApiError::parameter(FACETS.name(), name, expected);
            return Err(error.with_hint("to count by distance, give venue, or lat and lng"));
        }
        if !requested.contains(&name) {
            requested.push(name);
        }
    }
    let values_max = MAX_FACET_VALUES.read(params)? as usize;
    let distance = FACET_DISTANCE.read(params)?;
    reject_unused(params, &requested)?;
    let facets = requested.into_iter().map(|name| {
        let faceted = FACETED
            .iter()
            .find(|faceted| faceted.field.query_name == name);
        match faceted {
            Some(faceted) => faceted.read(params, values_max),
            None => Ok(Facet::Distance(or_default(
                distance.clone(),
                ring_edges(radius),
            )?)),
        }
    });
    facets.collect()
}

impl Faceted {
    fn of(id: FieldId, field: &'static FieldDeclaration) -> Option<Faceted> {
        let edges = match field.facet? {
            FacetValues::Each => None,
            FacetValues::Between(edges) => Some(edges_param(field.query_name, edges)),
        };
        Some(Faceted { id, field, edges })
    }

    fn read(&self, params: &Params, values_max: usize) -> Result<Facet, ApiError> {
        Ok(match (self.field.facet, self.field.source) {
            (Some(FacetValues::Between(default)), _) => {
                let edges = self.edges.as_ref().map(|edges| edges.read(params));
                Facet::Number(self.id, or_default(edges.transpose()?.flatten(), default)?)
            }
            (_, Source::Category(_)) => Facet::Category(self.id),
            (_, Source::Tags(_)) => Facet::Tag(self.id),
            (_, Source::IsSet | Source::IsTrue) => Facet::Flag(self.id),
            _ => Facet::Name(self.id, values_max),
        })
    }
}

/// The parameter that sets the ranges of a number.
fn edges_param(name: &str, default: &[f64]) -> Param<RangeEdges> {
    let default: Vec<String> = default.iter().map(f64::to_string).collect();
    let doc = format!(
        "The edges of the ranges of `{name}`, like `{DISTANCE_EDGES}` without its limit. The \
         default is {}.",
        default.join(", ")
    );
    Param::new(format!("facet_{name}").leak(), RangeEdges { max: f64::MAX })
        .describe(doc.leak())
        .example(default.join(",").leak())
}

impl FacetName {
    fn names() -> impl Iterator<Item = &'static str> {
        let fields = FACETED.iter().map(|faceted| faceted.field.query_name);
        fields.chain([DISTANCE])
    }
}

impl Scalar for FacetName {
    type Value = &'static str;

    fn parse(&self, text: &str) -> Result<&'static str, Invalid> {
        let found = FacetName::names().find(|name| *name == text);
        found.ok_or_else(|| Invalid::name(text, FacetName::names()))
    }

    fn expected(&self) -> String {
        one_of(FacetName::names())
    }

    fn schema(&self) -> Schema {
        schema::names(FacetName::names())
    }
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

fn or_default(edges: Option<Edges>, default: &[f64]) -> Result<Edges, ApiError> {
    match edges {
        Some(edges) => Ok(edges),
        None => Edges::new(default.to_vec()).map_err(ApiError::internal),
    }
}

/// The parameters that set something of a facet, each with the facets of which at least one must be
/// requested.
static SETTINGS: LazyLock<Vec<(&'static str, Vec<&'static str>)>> = LazyLock::new(|| {
    let names = FACETED.iter().filter(|it| it.field.source == Source::Name);
    let names = names.map(|it| it.field.query_name).collect();
    let edges = FACETED.iter().filter_map(|it| {
        let name = it.edges.as_ref()?.name();
        Some((name, vec![it.field.query_name]))
    });
    let others = [
        (MAX_FACET_VALUES.name(), names),
        (DISTANCE_EDGES, vec![DISTANCE]),
    ];
    others.into_iter().chain(edges).collect()
});

/// Rejects settings of a facet that the request does not count by, because nothing is ignored.
fn reject_unused(params: &Params, requested: &[&str]) -> Result<(), ApiError> {
    for (name, facets) in &*SETTINGS {
        if let Some(value) = params.text(name)?
            && !facets.iter().any(|facet| requested.contains(facet))
        {
            let expected = format!("given together with {} in facets", facets.join(" or "));
            return Err(ApiError::parameter(name, value, expected));
        }
    }
    Ok(())
}
