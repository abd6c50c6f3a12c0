//! Areas where a landlord prefers requests.

use serde_json::json;

use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

/// More corners would take long to compare with requests.
const POINTS_MAX: usize = 10_000;

const FIELD: &str = "preferred_areas";

/// Polygons, each of an outer ring and holes. A ring is a list of points, longitude first as in
/// GeoJSON, whose last point is its first.
#[derive(Clone, Debug, PartialEq)]
pub struct Areas(Vec<Vec<Vec<[f64; 2]>>>);

impl Areas {
    /// Checks the rings. Whether they cross is known to the database alone.
    ///
    /// # Errors
    ///
    /// `Invalid` for no polygon, a polygon without a ring, a ring that is not closed or has fewer
    /// than four points, coordinates out of range, and more than 10,000 points.
    pub fn new(polygons: Vec<Vec<Vec<[f64; 2]>>>) -> Result<Self, ActionError> {
        let invalid =
            |value: String, expected: String| Err(ActionError::invalid(FIELD, value, expected));
        if polygons.is_empty() || polygons.iter().any(Vec::is_empty) {
            let expected = "at least one polygon, each with a ring, or null for anywhere";
            return invalid("[]".to_owned(), expected.to_owned());
        }
        let points = polygons.iter().flatten().map(Vec::len).sum::<usize>();
        if points > POINTS_MAX {
            let value = format!("{points} points");
            return invalid(value, format!("areas of at most {POINTS_MAX} points"));
        }
        for ring in polygons.iter().flatten() {
            if ring.len() < 4 || ring.first() != ring.last() {
                let expected = "rings of at least four points, the last of which is the first";
                return invalid(format!("{ring:?}"), expected.to_owned());
            }
            let is_in_range = |[lng, lat]: &[f64; 2]| lng.abs() <= 180.0 && lat.abs() <= 90.0;
            if let Some(point) = ring.iter().find(|point| !is_in_range(point)) {
                let expected = "points [lng, lat] of -180 to 180 and -90 to 90 degrees";
                return invalid(format!("{point:?}"), expected.to_owned());
            }
        }
        Ok(Self(polygons))
    }

    /// The polygons.
    pub fn polygons(&self) -> &[Vec<Vec<[f64; 2]>>] {
        &self.0
    }

    /// Checks that no ring crosses itself or another one.
    ///
    /// # Errors
    ///
    /// `Invalid` with the kind and place of the crossing.
    pub(super) async fn check_crossings(
        &self,
        transaction: &mut Transaction,
    ) -> Result<(), ActionError> {
        let reason = sqlx::query_scalar!(
            r#"
            SELECT ST_IsValidReason(areas) AS "reason!"
            FROM ST_SetSRID(ST_GeomFromGeoJSON($1::text), 4326) AS areas
            WHERE NOT ST_IsValid(areas)
            "#,
            self.geojson()
        )
        .fetch_optional(transaction.sql())
        .await?;
        match reason {
            None => Ok(()),
            Some(reason) => {
                let expected = "polygons whose rings do not cross or overlap";
                Err(ActionError::invalid(FIELD, reason, expected))
            }
        }
    }

    /// A `MultiPolygon` of GeoJSON.
    pub(super) fn geojson(&self) -> String {
        json!({"type": "MultiPolygon", "coordinates": self.0}).to_string()
    }

    /// The areas of the coordinates of a `MultiPolygon` of GeoJSON that the database contains.
    pub(crate) fn of_coordinates(coordinates: &str) -> Result<Self, ActionError> {
        let polygons = serde_json::from_str(coordinates);
        polygons.map(Self).map_err(ActionError::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_closed_and_within_the_range_of_degrees() {
        let square = vec![
            [72.0, 19.0],
            [73.0, 19.0],
            [73.0, 20.0],
            [72.0, 20.0],
            [72.0, 19.0],
        ];
        assert!(Areas::new(vec![vec![square.clone()]]).is_ok());
        let open = square[..4].to_vec();
        let line = vec![[72.0, 19.0], [73.0, 19.0], [72.0, 19.0]];
        let mut out_of_range = square.clone();
        out_of_range[1] = [19.0, 172.0];
        let many = vec![[0.0, 0.0]; POINTS_MAX + 1];
        for (polygons, expected) in [
            (vec![], "at least one polygon"),
            (vec![vec![]], "at least one polygon"),
            (vec![vec![open]], "rings of at least four points"),
            (vec![vec![line]], "rings of at least four points"),
            (vec![vec![out_of_range]], "points [lng, lat]"),
            (vec![vec![many]], "areas of at most 10000 points"),
        ] {
            let error = Areas::new(polygons).unwrap_err().to_string();
            let start = format!("preferred_areas must be {expected}");
            assert!(error.starts_with(&start), "{error}");
        }
    }

    #[test]
    fn areas_read_back_to_the_same_bits() {
        let ring = vec![
            [72.100_000_000_000_01, 19.3],
            [73.0, 19.0],
            [73.0, 20.0],
            [72.100_000_000_000_01, 19.3],
        ];
        let areas = Areas::new(vec![vec![ring]]).unwrap();
        let coordinates = json!(areas.polygons()).to_string();
        assert_eq!(Areas::of_coordinates(&coordinates).unwrap(), areas);
    }
}
