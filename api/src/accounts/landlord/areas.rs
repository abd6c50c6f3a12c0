//! Areas as GeoJSON.

use roost_market::landlords::Areas;
use roost_market::{ActionError, Change};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::params::json::Json;
use crate::params::object::JsonObject;
use crate::params::patch::Member;
use crate::pool::ranking::areas::check;

pub(super) const FIELD: &str = "preferred_areas";

/// A `MultiPolygon` of GeoJSON (RFC 7946).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Areas)]
pub(crate) struct AreasJson {
    /// `MultiPolygon`.
    #[serde(rename = "type")]
    #[schema(example = "MultiPolygon")]
    kind: &'static str,
    /// Polygons of rings of points `[lng, lat]` in degrees; the last point of a ring is its first.
    #[schema(example = json!([[[[72.8, 19.0], [73.0, 19.0], [73.0, 19.2], [72.8, 19.0]]]]))]
    coordinates: Vec<Vec<Vec<[f64; 2]>>>,
}

/// A `Polygon` or `MultiPolygon` of GeoJSON (RFC 7946). The last point of a ring is its first, and
/// rings do not cross.
#[derive(Debug, ToSchema)]
#[schema(as = NewAreas, example = json!({
    "type": "Polygon", "coordinates": [[[72.8, 19.0], [73.0, 19.0], [73.0, 19.2], [72.8, 19.0]]]
}))]
#[serde(tag = "type")]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(super) enum AreasBody {
    Polygon {
        coordinates: Vec<Vec<[f64; 2]>>,
    },
    MultiPolygon {
        coordinates: Vec<Vec<Vec<[f64; 2]>>>,
    },
}

impl From<Areas> for AreasJson {
    fn from(areas: Areas) -> AreasJson {
        AreasJson {
            kind: "MultiPolygon",
            coordinates: areas.polygons().to_vec(),
        }
    }
}

/// Reads areas: a `Polygon` or `MultiPolygon`, or null for anywhere.
pub(super) fn read_areas(patch: &mut JsonObject) -> Result<Change<Areas>, ApiError> {
    let member = Member::new(FIELD, "a Polygon or MultiPolygon of GeoJSON, or null");
    let mut object = match member.object(patch, &["type", "coordinates"])? {
        Change::Keep => return Ok(Change::Keep),
        Change::Clear => return Ok(Change::Clear),
        Change::Set(object) => object,
    };
    let kind = object.required_text("type", "Polygon or MultiPolygon");
    let kind = kind.map_err(|error| error.inside(FIELD))?;
    let Change::Set(coordinates) = object.take_change("coordinates") else {
        let missing = ApiError::missing("coordinates", "a list of rings of points [lng, lat]");
        return Err(missing.inside(FIELD));
    };
    let polygons = match kind.as_str() {
        "Polygon" => polygon(&coordinates).map(|polygon| vec![polygon]),
        "MultiPolygon" => list(&coordinates, polygon),
        _ => {
            let expected = "Polygon or MultiPolygon";
            return Err(ApiError::parameter("type", &kind, expected).inside(FIELD));
        }
    };
    let polygons = polygons.ok_or_else(|| {
        let expected = format!("the coordinates of a {kind}: rings of points [lng, lat]");
        ActionError::invalid("preferred_areas.coordinates", &coordinates, expected)
    })?;
    let areas = Areas::new(polygons)?;
    check(FIELD, &areas)?;
    Ok(Change::Set(areas))
}

fn polygon(json: &Json) -> Option<Vec<Vec<[f64; 2]>>> {
    list(json, |ring| list(ring, point))
}

/// A point. A height is no part of an area.
fn point(json: &Json) -> Option<[f64; 2]> {
    let numbers = list(json, |number| match number {
        Json::Number(number) => number.as_f64(),
        _ => None,
    });
    numbers?.try_into().ok()
}

fn list<T>(json: &Json, item: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    match json {
        Json::Array(items) => items.iter().map(item).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(areas: &str) -> Result<Change<Areas>, String> {
        let text = format!("{{\"preferred_areas\": {areas}}}");
        let mut patch = JsonObject::parse(text.as_bytes(), &[FIELD]).unwrap();
        read_areas(&mut patch).map_err(|error| error.to_string())
    }

    #[test]
    fn a_polygon_and_a_multi_polygon_are_read_and_null_is_anywhere() {
        let ring = "[[72.8, 19.0], [73.0, 19.0], [73.0, 19.2], [72.8, 19.0]]";
        let one = read(&format!(
            r#"{{"type": "Polygon", "coordinates": [{ring}]}}"#
        ))
        .unwrap();
        let many = format!(r#"{{"type": "MultiPolygon", "coordinates": [[{ring}]]}}"#);
        assert_eq!(one, read(&many).unwrap());
        assert!(matches!(one, Change::Set(_)));
        assert_eq!(read("null").unwrap(), Change::Clear);
    }

    #[test]
    fn other_shapes_are_rejected_by_the_path_of_what_is_wrong() {
        for (areas, start) in [
            ("[]", "preferred_areas must be a Polygon or MultiPolygon"),
            ("{}", "preferred_areas: type is missing"),
            (
                r#"{"type": "Point", "coordinates": [1, 2]}"#,
                "preferred_areas: type must be Polygon or MultiPolygon",
            ),
            (
                r#"{"type": "Polygon"}"#,
                "preferred_areas: coordinates is missing",
            ),
            (
                r#"{"type": "Polygon", "coordinates": [[[1, 2, 3]]]}"#,
                "preferred_areas.coordinates must be the coordinates of a Polygon",
            ),
            (
                r#"{"type": "Polygon", "coordinates": [[["1", 2]]]}"#,
                "preferred_areas.coordinates must be the coordinates of a Polygon",
            ),
            (
                r#"{"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [7, 8]]]}"#,
                "preferred_areas must be rings of at least four points",
            ),
            (
                r#"{"type": "Polygon", "coordinates": [[[-120, 10], [0, 10], [120, 10], [-120, 10]]]}"#,
                "preferred_areas must be rings of at least 3 different points within 8000 km of \
                 their middle, not \"[[-120.0, 10.0], [0.0, 10.0], [120.0, 10.0], [-120.0, 10.0]]\"",
            ),
            (
                r#"{"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [1, 2], [3, 4], [1, 2]]]}"#,
                "preferred_areas must be rings of at least 3 different points",
            ),
            (
                r#"{"type": "Polygon", "coordinates": [], "crs": null}"#,
                "preferred_areas: there is no parameter \"crs\" here",
            ),
        ] {
            let error = read(areas).unwrap_err();
            assert!(error.starts_with(start), "{areas}: {error}");
        }
    }
}
