//! Changes of a venue.

use sqlx::types::chrono::DateTime;
use uuid::Uuid;

use super::fields::{ADDRESS, POSTAL_CODE, SEATS, VENUE_STATE};
use super::venue::Venue;
use crate::action::error::ActionError;
use crate::edit::Change;
use crate::exams::status::Status;
use crate::exams::universities::fields::{ALIASES, CITY, NAME};
use crate::fields::{COUNTRY_CODE, Point, PointPatch, location_expected};

/// Changes of a venue, a merge patch (RFC 7396). Its values are not checked yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VenuePatch {
    /// None if it is removed.
    pub university_id: Change<Uuid>,
    /// Required.
    pub name: Change<String>,
    /// None if they are removed.
    pub aliases: Change<Vec<String>>,
    /// Required.
    pub kind: Change<String>,
    /// Empty if it is removed.
    pub address: Change<String>,
    /// Required.
    pub city: Change<String>,
    /// Empty if it is removed.
    pub state: Change<String>,
    /// Empty if it is removed.
    pub postal_code: Change<String>,
    /// Required.
    pub country_code: Change<String>,
    /// Required.
    pub location: Change<PointPatch>,
    /// Unknown if it is removed.
    pub seats: Change<i64>,
    /// Active if it is removed.
    pub status: Change<String>,
}

impl VenuePatch {
    /// The venue after the patch.
    ///
    /// # Errors
    ///
    /// `Invalid` for a value that its field does not accept, and the removal of a required field.
    /// The kind is left to the table.
    pub(super) fn apply(self, before: &Venue) -> Result<Venue, ActionError> {
        let mut after = before.clone();
        if let Some(university_id) = self.university_id.optional() {
            after.university_id = university_id;
        }
        NAME.apply(self.name, &mut after.name)?;
        ALIASES.apply(self.aliases, &mut after.aliases)?;
        let kind = || "a kind of venue such as college".to_owned();
        if let Some(kind) = self.kind.required("kind", kind)? {
            after.kind = kind;
        }
        ADDRESS.apply(self.address, &mut after.address)?;
        CITY.apply(self.city, &mut after.city)?;
        VENUE_STATE.apply(self.state, &mut after.state)?;
        POSTAL_CODE.apply(self.postal_code, &mut after.postal_code)?;
        COUNTRY_CODE.apply(self.country_code, &mut after.country_code)?;
        if let Some(point) = self.location.required("location", location_expected)? {
            after.location = point.apply(after.location)?;
        }
        if let Some(seats) = self.seats.optional() {
            after.seats = seats.map(|seats| SEATS.check(seats)).transpose()?;
        }
        after.status.apply(self.status)?;
        Ok(after)
    }

    /// A new venue, whose required fields must be set.
    ///
    /// # Errors
    ///
    /// As [`VenuePatch::apply`].
    pub(super) fn create(self) -> Result<Venue, ActionError> {
        let new = Self {
            name: self.name.in_new(),
            kind: self.kind.in_new(),
            city: self.city.in_new(),
            country_code: self.country_code.in_new(),
            location: self.location.in_new().map(PointPatch::in_new),
            ..self
        };
        new.apply(&Venue {
            id: Uuid::nil(),
            university_id: None,
            name: String::new(),
            aliases: Vec::new(),
            kind: String::new(),
            address: String::new(),
            city: String::new(),
            state: String::new(),
            postal_code: String::new(),
            country_code: String::new(),
            location: Point { lat: 0.0, lng: 0.0 },
            seats: None,
            status: Status::Active,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            version: 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Change<String> {
        Change::Set(text.to_owned())
    }

    fn complete() -> VenuePatch {
        VenuePatch {
            name: set("Ruia College"),
            kind: set("college"),
            city: set("Mumbai"),
            country_code: set("IN"),
            location: Change::Set(PointPatch {
                lat: Change::Set(19.0237),
                lng: Change::Set(72.8493),
            }),
            ..VenuePatch::default()
        }
    }

    #[test]
    fn a_new_venue_needs_its_required_fields() {
        assert!(complete().create().is_ok());
        type Remove = fn(&mut VenuePatch);
        let without: [(&str, Remove); 6] = [
            ("name", |it| it.name = Change::Keep),
            ("kind", |it| it.kind = Change::Clear),
            ("city", |it| it.city = Change::Keep),
            ("country_code", |it| it.country_code = Change::Keep),
            ("location", |it| it.location = Change::Keep),
            ("location.lat", |it| {
                it.location = Change::Set(PointPatch {
                    lat: Change::Keep,
                    lng: Change::Set(72.8),
                });
            }),
        ];
        for (field, remove) in without {
            let mut patch = complete();
            remove(&mut patch);
            let error = patch.create().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{field} must be ")), "{error}");
        }
    }

    #[test]
    fn null_removes_optional_values_and_restores_the_status() {
        let with_all = VenuePatch {
            university_id: Change::Set(Uuid::from_u128(1)),
            address: set("Dadar"),
            seats: Change::Set(300),
            status: set("inactive"),
            ..complete()
        };
        let before = with_all.create().unwrap();
        let patch = VenuePatch {
            university_id: Change::Clear,
            address: Change::Clear,
            seats: Change::Clear,
            status: Change::Clear,
            ..VenuePatch::default()
        };
        let after = patch.apply(&before).unwrap();
        assert_eq!((after.university_id, after.seats), (None, None));
        assert_eq!((&*after.address, after.status), ("", Status::Active));
        for bad in [0, 1_000_001] {
            let patch = VenuePatch {
                seats: Change::Set(bad),
                ..VenuePatch::default()
            };
            assert!(patch.apply(&before).is_err(), "{bad}");
        }
    }
}
