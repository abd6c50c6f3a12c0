//! The parameters of facets.

use roost_collections::{Declared as DeclaredCollection, FacetValues, FieldDeclaration, Source};
use roost_engine::{Edges, Facet, FieldId, Radius};
use serde_json::Value;
use utoipa::openapi::schema::Schema;

use super::DISTANCE;
use crate::collections::wording::Wording;
use crate::http::error::ApiError;
use crate::http::schema;
use crate::params::declaration::{Declared, OwnedGroup, Param, params};
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
    pub(crate) const FACET_PARAMS;

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

/// The name of the parameter that requests facets.
pub(crate) const FACETS: &str = "facets";

/// The facets of a collection, and the edges of the ranges of each number.
pub(crate) struct FacetParams {
    /// What facets a search counts.
    facets: Param<List<FacetName>>,
    /// The fields that facets count by, in the order of the declaration.
    faceted: Vec<Faceted>,
    /// The parameters that set something of a facet, each with the facets of which at least one
    /// must be requested.
    settings: Vec<(&'static str, Vec<&'static str>)>,
    group: OwnedGroup,
}

/// A field that facets count by.
struct Faceted {
    id: FieldId,
    field: &'static FieldDeclaration,
    /// For a number the parameter that sets its ranges.
    edges: Option<Param<RangeEdges>>,
}

/// The name of what documents are counted by: a field, or the distance.
#[derive(Clone, Copy)]
struct FacetName(&'static [&'static str]);

/// The edges of ranges.
#[derive(Clone, Copy)]
pub(crate) struct RangeEdges {
    /// The largest edge.
    max: f64,
}

impl FacetParams {
    /// The names and descriptions stay in memory until the program ends, like the declaration.
    pub(crate) fn new(declared: DeclaredCollection, wording: &Wording) -> FacetParams {
        FacetParams::of(declared, wording, |_| true, &[DISTANCE])
    }

    /// Those of some fields alone, without the distance.
    pub(crate) fn of_fields(
        declared: DeclaredCollection,
        wording: &Wording,
        names: &[&str],
    ) -> FacetParams {
        let is_counted = |name: &str| names.contains(&name);
        FacetParams::of(declared, wording, is_counted, &[])
    }

    fn of(
        declared: DeclaredCollection,
        wording: &Wording,
        is_counted: impl Fn(&str) -> bool,
        others: &[&'static str],
    ) -> FacetParams {
        let fields = declared.declaration.values();
        let faceted: Vec<Faceted> = fields
            .filter(|(_, field)| is_counted(field.query_name))
            .filter_map(|(id, field)| Faceted::of(id, field))
            .collect();
        let names = faceted.iter().map(|faceted| faceted.field.query_name);
        let names: Vec<&'static str> = names.chain(others.iter().copied()).collect();
        // The example has all facets, so that each parameter of a facet can be tried with it.
        let example = names.join(",");
        FacetParams {
            facets: Param::new(FACETS, List::of(FacetName(names.leak())))
                .describe(wording.facets)
                .example(example.leak()),
            settings: settings(&faceted),
            faceted,
            group: OwnedGroup::default(),
        }
    }

    pub(crate) fn group(&'static self) -> &'static [&'static dyn Declared] {
        self.group.of(|| {
            let edges = self.faceted.iter().filter_map(|it| it.edges.as_ref());
            let edges = edges.map(|param| param as &dyn Declared);
            let facets: &dyn Declared = &self.facets;
            [facets].into_iter().chain(edges).collect()
        })
    }

    /// How these facets count: `max_facet_values` if some are of names.
    pub(crate) fn counting(&self) -> &'static [&'static dyn Declared] {
        const ALL: &[&dyn Declared] = &[&MAX_FACET_VALUES, &FACET_DISTANCE];
        let mut sources = self.faceted.iter().map(|faceted| faceted.field.source);
        match sources.any(|source| matches!(source, Source::Name { .. })) {
            true => ALL,
            false => &ALL[1..],
        }
    }

    /// Reads the facets that a search requests, each once.
    pub(crate) fn read(
        &self,
        params: &Params,
        has_place: bool,
        radius: Option<Radius>,
    ) -> Result<Vec<Facet>, ApiError> {
        let mut requested: Vec<&'static str> = Vec::new();
        for name in self.facets.read(params)? {
            if name == DISTANCE && !has_place {
                let expected = "other facets than distance where the query has no place";
                let error = ApiError::parameter(self.facets.name(), name, expected);
                return Err(error.with_hint("to count by distance, give venue, or lat and lng"));
            }
            if !requested.contains(&name) {
                requested.push(name);
            }
        }
        let values_max = MAX_FACET_VALUES.read(params)? as usize;
        let distance = FACET_DISTANCE.read(params)?;
        self.reject_unused(params, &requested)?;
        let facets = requested.into_iter().map(|name| {
            let mut faceted = self.faceted.iter();
            match faceted.find(|faceted| faceted.field.query_name == name) {
                Some(faceted) => faceted.read(params, values_max),
                None => Ok(Facet::Distance(or_default(
                    distance.clone(),
                    ring_edges(radius),
                )?)),
            }
        });
        facets.collect()
    }

    /// Rejects settings of a facet that the request does not count by, because nothing is ignored.
    fn reject_unused(&self, params: &Params, requested: &[&str]) -> Result<(), ApiError> {
        for (name, facets) in &self.settings {
            let Some(value) = params.text(name)? else {
                continue;
            };
            if !facets.iter().any(|facet| requested.contains(facet)) {
                let expected = format!("given together with {} in facets", facets.join(" or "));
                return Err(ApiError::parameter(name, value, expected));
            }
        }
        Ok(())
    }
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

impl Scalar for FacetName {
    type Value = &'static str;

    fn parse(&self, text: &str) -> Result<&'static str, Invalid> {
        let found = self.0.iter().find(|name| **name == text);
        let found = found.copied();
        found.ok_or_else(|| Invalid::name(text, self.0.iter().copied()))
    }

    fn expected(&self) -> String {
        one_of(self.0.iter().copied())
    }

    fn schema(&self) -> Schema {
        schema::names(self.0.iter().copied())
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

/// The parameters that set something of these facets and of the distance.
fn settings(faceted: &[Faceted]) -> Vec<(&'static str, Vec<&'static str>)> {
    let is_name = |it: &&Faceted| matches!(it.field.source, Source::Name { .. });
    let names = faceted.iter().filter(is_name);
    let names = names.map(|it| it.field.query_name).collect();
    let edges = faceted.iter().filter_map(|it| {
        let name = it.edges.as_ref()?.name();
        Some((name, vec![it.field.query_name]))
    });
    let others = [
        (MAX_FACET_VALUES.name(), names),
        (DISTANCE_EDGES, vec![DISTANCE]),
    ];
    others.into_iter().chain(edges).collect()
}
