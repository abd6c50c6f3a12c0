//! Reads the members of a merge patch (RFC 7396): each is absent, null or has a value.

use roost_market::Change;
use roost_market::fields::{LAT, LNG, PointPatch, location_expected};
use serde_json::Number;
use uuid::Uuid;

use super::json::Json;
use super::object::JsonObject;
use super::scalar::{Id, Invalid, Scalar, one_of};
use crate::http::error::ApiError;

/// A member of a patch.
pub(crate) struct Member {
    name: &'static str,
    expected: String,
}

impl Member {
    /// A member with what errors say of it.
    pub(crate) fn new(name: &'static str, expected: impl Into<String>) -> Member {
        Member {
            name,
            expected: expected.into(),
        }
    }

    /// A text.
    pub(crate) fn text(&self, patch: &mut JsonObject) -> Result<Change<String>, ApiError> {
        self.read(patch, |value| match value {
            Json::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// An id.
    pub(crate) fn id(name: &'static str, patch: &mut JsonObject) -> Result<Change<Uuid>, ApiError> {
        Member::new(name, Scalar::expected(&Id)).read(patch, |value| match value {
            Json::Text(text) => Id.parse(text).ok(),
            _ => None,
        })
    }

    /// A number.
    pub(crate) fn number(&self, patch: &mut JsonObject) -> Result<Change<f64>, ApiError> {
        self.read(patch, |value| match value {
            Json::Number(number) => number.as_f64(),
            _ => None,
        })
    }

    /// A whole number.
    pub(crate) fn whole(&self, patch: &mut JsonObject) -> Result<Change<i64>, ApiError> {
        self.read(patch, |value| match value {
            Json::Number(number) => as_whole(number),
            _ => None,
        })
    }

    /// True or false.
    pub(crate) fn flag(&self, patch: &mut JsonObject) -> Result<Change<bool>, ApiError> {
        self.read(patch, |value| match value {
            Json::Bool(flag) => Some(*flag),
            _ => None,
        })
    }

    /// A list of texts.
    pub(crate) fn texts(&self, patch: &mut JsonObject) -> Result<Change<Vec<String>>, ApiError> {
        self.read(patch, |value| match value {
            Json::Array(items) => items.iter().map(as_text).collect(),
            _ => None,
        })
    }

    /// An object, with its members.
    pub(crate) fn object(
        &self,
        patch: &mut JsonObject,
        known: &[&'static str],
    ) -> Result<Change<JsonObject>, ApiError> {
        match patch.take_change(self.name) {
            Change::Keep => Ok(Change::Keep),
            Change::Clear => Ok(Change::Clear),
            Change::Set(Json::Object(members)) => {
                let object = JsonObject::of_members(members, known);
                Ok(Change::Set(
                    object.map_err(|error| error.inside(self.name))?,
                ))
            }
            Change::Set(other) => Err(self.invalid(&other)),
        }
    }

    /// Reads a value; `read` returns `None` for one of another type.
    fn read<T>(
        &self,
        patch: &mut JsonObject,
        read: impl FnOnce(&Json) -> Option<T>,
    ) -> Result<Change<T>, ApiError> {
        match patch.take_change(self.name) {
            Change::Keep => Ok(Change::Keep),
            Change::Clear => Ok(Change::Clear),
            Change::Set(value) => match read(&value) {
                Some(read) => Ok(Change::Set(read)),
                None => Err(self.invalid(&value)),
            },
        }
    }

    fn invalid(&self, value: &Json) -> ApiError {
        ApiError::parameter(self.name, &value.to_string(), &*self.expected)
    }
}

/// The member `location`, a point.
pub(crate) fn location(patch: &mut JsonObject) -> Result<Change<PointPatch>, ApiError> {
    let location = Member::new("location", location_expected());
    let mut point = match location.object(patch, &["lat", "lng"])? {
        Change::Keep => return Ok(Change::Keep),
        Change::Clear => return Ok(Change::Clear),
        Change::Set(point) => point,
    };
    let mut degrees = |name, expected| {
        let degrees = Member::new(name, expected).number(&mut point);
        degrees.map_err(|error| error.inside("location"))
    };
    Ok(Change::Set(PointPatch {
        lat: degrees("lat", LAT.expected())?,
        lng: degrees("lng", LNG.expected())?,
    }))
}

/// A name of a vocabulary.
pub(crate) fn name(
    patch: &mut JsonObject,
    member: &'static str,
    names: &'static [&'static str],
) -> Result<Change<String>, ApiError> {
    let member = Member::new(member, one_of(names.iter().copied()));
    let change = member.text(patch)?;
    if let Change::Set(name) = &change {
        check_name(member.name, name, names)?;
    }
    Ok(change)
}

/// A list of names of a vocabulary.
pub(crate) fn names(
    patch: &mut JsonObject,
    member: &'static str,
    names: &'static [&'static str],
) -> Result<Change<Vec<String>>, ApiError> {
    let expected = format!("a list of any of {}", names.join(", "));
    let change = Member::new(member, expected).texts(patch)?;
    if let Change::Set(list) = &change {
        for name in list {
            check_name(member, name, names)?;
        }
    }
    Ok(change)
}

fn check_name(
    member: &'static str,
    name: &str,
    names: &'static [&'static str],
) -> Result<(), ApiError> {
    if names.contains(&name) {
        return Ok(());
    }
    let expected = one_of(names.iter().copied());
    let error = ApiError::parameter(member, name, expected);
    Err(Invalid::name(name, names.iter().copied()).explain(error))
}

fn as_text(value: &Json) -> Option<String> {
    match value {
        Json::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// A number without a fraction, also if it is written as `2.0`.
fn as_whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let number = number.as_f64()?;
        let is_exact = number.fract() == 0.0 && number.abs() < 9e15;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole numbers of this range are exact"
        )]
        is_exact.then_some(number as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCABULARY: &[&str] = &["desk", "wifi"];

    fn patch(text: &str) -> JsonObject {
        JsonObject::parse(
            text.as_bytes(),
            &["title", "floor", "location", "amenities"],
        )
        .unwrap()
    }

    #[test]
    fn a_member_is_absent_null_or_has_a_value() {
        let title = Member::new("title", "a line");
        let read = |text: &str| title.text(&mut patch(text));
        assert_eq!(read("{}").unwrap(), Change::Keep);
        assert_eq!(read(r#"{"title": null}"#).unwrap(), Change::Clear);
        let set = Change::Set("Room".to_owned());
        assert_eq!(read(r#"{"title": "Room"}"#).unwrap(), set);
        let error = read(r#"{"title": 5}"#).unwrap_err();
        assert_eq!(error.to_string(), "title must be a line, not \"5\"");
    }

    #[test]
    fn a_whole_number_has_no_fraction_however_it_is_written() {
        let floor = Member::new("floor", "a whole number");
        let read = |number: &str| floor.whole(&mut patch(&format!("{{\"floor\": {number}}}")));
        for number in ["2", "2.0", "2e0"] {
            assert_eq!(read(number).unwrap(), Change::Set(2));
        }
        for bad in [
            "2.5",
            "\"2\"",
            "1e300",
            "18446744073709551615",
            "[2]",
            "true",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_outside_of_the_vocabulary_are_rejected_with_the_closest_one() {
        let read = |text: &str| names(&mut patch(text), "amenities", VOCABULARY);
        let set = Change::Set(vec!["wifi".to_owned()]);
        assert_eq!(read(r#"{"amenities": ["wifi"]}"#).unwrap(), set);
        let error = read(r#"{"amenities": ["wifi", "dessk"]}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "amenities must be one of desk, wifi, not \"dessk\"; did you mean desk?"
        );
        assert!(read(r#"{"amenities": [1]}"#).is_err());
        assert!(read(r#"{"amenities": "wifi"}"#).is_err());
    }

    #[test]
    fn an_error_inside_of_an_object_names_the_whole_path() {
        let location = Member::new("location", "an object");
        let read = |text: &str| location.object(&mut patch(text), &["lat", "lng"]);
        let error = read(r#"{"location": {"latt": 1, "lng": 2}}"#)
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "location: there is no parameter \"latt\" here; did you mean lat?"
        );
        assert!(read(r#"{"location": [1, 2]}"#).is_err());
    }
}
