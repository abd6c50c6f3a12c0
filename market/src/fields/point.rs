//! Points, and changes of them.

use crate::action::error::ActionError;
use crate::edit::Change;

/// A point in degrees, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// -90 to 90.
    pub lat: f64,
    /// -180 to 180.
    pub lng: f64,
}

/// Changes of a point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PointPatch {
    /// Required.
    pub lat: Change<f64>,
    /// Required.
    pub lng: Change<f64>,
}

/// A latitude or longitude in degrees.
#[derive(Clone, Copy, Debug)]
pub struct Degrees {
    /// The name of the field.
    pub name: &'static str,
    /// Its largest absolute value.
    pub max: f64,
}

/// Degrees north.
pub const LAT: Degrees = Degrees {
    name: "location.lat",
    max: 90.0,
};
/// Degrees east.
pub const LNG: Degrees = Degrees {
    name: "location.lng",
    max: 180.0,
};

/// What a location is.
pub fn location_expected() -> String {
    "an object such as {\"lat\": 19.1334, \"lng\": 72.9133}".to_owned()
}

impl Degrees {
    /// What it accepts, for an error.
    pub fn expected(&self) -> String {
        format!("a number of degrees from -{} to {}", self.max, self.max)
    }

    fn check(&self, degrees: f64) -> Result<f64, ActionError> {
        if degrees.abs() <= self.max {
            return Ok(degrees);
        }
        Err(ActionError::invalid(self.name, degrees, self.expected()))
    }
}

impl PointPatch {
    /// The point after the change.
    pub(crate) fn apply(self, before: Point) -> Result<Point, ActionError> {
        let mut point = before;
        if let Some(lat) = self.lat.required(LAT.name, || LAT.expected())? {
            point.lat = LAT.check(lat)?;
        }
        if let Some(lng) = self.lng.required(LNG.name, || LNG.expected())? {
            point.lng = LNG.check(lng)?;
        }
        Ok(point)
    }

    /// The change of a point that does not exist yet, so that both degrees are required.
    pub(crate) fn in_new(self) -> Self {
        Self {
            lat: self.lat.in_new(),
            lng: self.lng.in_new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_checked_against_their_range() {
        assert!(LAT.check(-90.0).is_ok());
        for bad in [90.1, f64::NAN, f64::INFINITY] {
            assert!(LAT.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_point_keeps_the_degrees_that_a_change_does_not_name_but_a_new_one_needs_both() {
        let before = Point { lat: 1.0, lng: 2.0 };
        let change = PointPatch {
            lat: Change::Set(3.0),
            lng: Change::Keep,
        };
        let after = Point { lat: 3.0, lng: 2.0 };
        assert_eq!(change.apply(before).unwrap(), after);
        let error = change.in_new().apply(before).unwrap_err().to_string();
        assert!(error.starts_with("location.lng must be"), "{error}");
    }
}
