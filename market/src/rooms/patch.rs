//! Patches of what a landlord says of a room.

use super::details::{RoomDetails, sorted};
use super::fields::{
    ADDRESS, CITY, CURRENCY, FLOOR, LOCALITY, MINIMUM_NIGHTS, OCCUPANCY, POSTAL_CODE, TITLE,
    description, price,
};
use crate::action::error::ActionError;
use crate::edit::Change;
use crate::fields::{COUNTRY_CODE, Point, PointPatch, location_expected};

/// Changes of a room, a merge patch (RFC 7396). Its values are not checked yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomPatch {
    /// Required.
    pub title: Change<String>,
    /// Empty if it is removed, as the other texts are.
    pub description: Change<String>,
    /// Street and number.
    pub address: Change<String>,
    /// Neighbourhood.
    pub locality: Change<String>,
    /// Town or city.
    pub city: Change<String>,
    /// The postal code.
    pub postal_code: Change<String>,
    /// Required.
    pub country_code: Change<String>,
    /// Required.
    pub location: Change<PointPatch>,
    /// In units of the currency; unknown if it is removed.
    pub price: Change<f64>,
    /// Required.
    pub currency: Change<String>,
    /// Required.
    pub occupancy: Change<i64>,
    /// Required.
    pub room_type: Change<String>,
    /// None if they are removed.
    pub amenities: Change<Vec<String>>,
    /// 1 if it is removed.
    pub minimum_nights: Change<i64>,
    /// Unknown if it is removed.
    pub floor: Change<i64>,
}

impl RoomPatch {
    /// The details after the patch.
    ///
    /// # Errors
    ///
    /// `Invalid` for a value that its field does not accept, and the removal of a required field.
    pub(super) fn apply(self, before: &RoomDetails) -> Result<RoomDetails, ActionError> {
        let mut room = before.clone();
        let lines = [
            (self.address, ADDRESS, &mut room.address),
            (self.locality, LOCALITY, &mut room.locality),
            (self.city, CITY, &mut room.city),
            (self.postal_code, POSTAL_CODE, &mut room.postal_code),
        ];
        for (change, field, value) in lines {
            field.apply(change, value)?;
        }
        TITLE.apply(self.title, &mut room.title)?;
        if let Some(text) = self.description.optional() {
            room.description = description(text.unwrap_or_default())?;
        }
        let codes = [
            (self.country_code, COUNTRY_CODE, &mut room.country_code),
            (self.currency, CURRENCY, &mut room.currency),
        ];
        for (change, field, value) in codes {
            field.apply(change, value)?;
        }
        if let Some(point) = self.location.required("location", location_expected)? {
            room.location = point.apply(room.location)?;
        }
        if let Some(units) = self.price.optional() {
            room.price_hundredths = units.map(price).transpose()?;
        }
        let occupancy = self
            .occupancy
            .required(OCCUPANCY.name, || OCCUPANCY.expected())?;
        if let Some(people) = occupancy {
            room.occupancy = OCCUPANCY.check(people)?;
        }
        let room_type = || "a room type such as private_room".to_owned();
        if let Some(room_type) = self.room_type.required("room_type", room_type)? {
            room.room_type = room_type;
        }
        if let Some(amenities) = self.amenities.optional() {
            room.amenities = sorted(amenities.unwrap_or_default());
        }
        if let Some(nights) = self.minimum_nights.optional() {
            room.minimum_nights = MINIMUM_NIGHTS.check(nights.unwrap_or(1))?;
        }
        if let Some(floor) = self.floor.optional() {
            room.floor = floor.map(|floor| FLOOR.check(floor)).transpose()?;
        }
        Ok(room)
    }

    /// The details of a new room, whose required fields must be set.
    ///
    /// # Errors
    ///
    /// `Invalid` for a required field that is absent, and a value that its field does not accept.
    pub(super) fn create(mut self) -> Result<RoomDetails, ActionError> {
        // An absent field is rejected as a removed one.
        self.title = self.title.in_new();
        self.country_code = self.country_code.in_new();
        self.currency = self.currency.in_new();
        self.room_type = self.room_type.in_new();
        self.occupancy = self.occupancy.in_new();
        self.location = self.location.in_new().map(PointPatch::in_new);
        self.apply(&RoomDetails {
            title: String::new(),
            description: String::new(),
            address: String::new(),
            locality: String::new(),
            city: String::new(),
            postal_code: String::new(),
            country_code: String::new(),
            location: Point { lat: 0.0, lng: 0.0 },
            price_hundredths: None,
            currency: String::new(),
            occupancy: 1,
            room_type: String::new(),
            amenities: Vec::new(),
            minimum_nights: 1,
            floor: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> RoomPatch {
        let text = |text: &str| Change::Set(text.to_owned());
        RoomPatch {
            title: text("Quiet room"),
            country_code: text("IN"),
            location: Change::Set(PointPatch {
                lat: Change::Set(19.13),
                lng: Change::Set(72.91),
            }),
            price: Change::Set(850.5),
            currency: text("INR"),
            occupancy: Change::Set(2),
            room_type: text("private_room"),
            amenities: Change::Set(vec![
                "wifi".to_owned(),
                "desk".to_owned(),
                "wifi".to_owned(),
            ]),
            ..RoomPatch::default()
        }
    }

    #[test]
    fn a_new_room_needs_its_required_fields_and_the_others_have_defaults() {
        let room = complete().create().unwrap();
        assert_eq!(room.amenities, ["desk", "wifi"]);
        assert_eq!((room.minimum_nights, room.floor), (1, None));
        assert_eq!(room.price_hundredths, Some(85_050));
        type Remove = fn(&mut RoomPatch);
        let without: [(&str, Remove); 7] = [
            ("title", |room| room.title = Change::Keep),
            ("country_code", |room| room.country_code = Change::Keep),
            ("location", |room| room.location = Change::Keep),
            ("location.lng", |room| {
                room.location = Change::Set(PointPatch {
                    lat: Change::Set(19.13),
                    lng: Change::Keep,
                });
            }),
            ("currency", |room| room.currency = Change::Keep),
            ("occupancy", |room| room.occupancy = Change::Clear),
            ("room_type", |room| room.room_type = Change::Clear),
        ];
        for (field, remove) in without {
            let mut room = complete();
            remove(&mut room);
            let error = room.create().unwrap_err().to_string();
            let start = format!("{field} must be ");
            assert!(error.starts_with(&start), "{error}");
            assert!(error.ends_with("not \"null\""), "{error}");
        }
    }

    #[test]
    fn a_patch_keeps_what_it_does_not_name_and_null_removes_or_restores_the_default() {
        let before = RoomPatch {
            description: Change::Set("Long".to_owned()),
            minimum_nights: Change::Set(3),
            floor: Change::Set(2),
            ..complete()
        };
        let before = before.create().unwrap();
        assert_eq!(RoomPatch::default().apply(&before).unwrap(), before);
        let patch = RoomPatch {
            description: Change::Clear,
            price: Change::Clear,
            amenities: Change::Clear,
            minimum_nights: Change::Clear,
            floor: Change::Clear,
            location: Change::Set(PointPatch {
                lat: Change::Set(19.2),
                lng: Change::Keep,
            }),
            ..RoomPatch::default()
        };
        let after = patch.apply(&before).unwrap();
        assert_eq!(after.description, "");
        assert_eq!((after.price_hundredths, after.floor), (None, None));
        assert_eq!(after.minimum_nights, 1);
        assert!(after.amenities.is_empty());
        let expected = Point {
            lat: 19.2,
            lng: 72.91,
        };
        assert_eq!(after.location, expected);
        assert_eq!(after.title, before.title);
        let names: Vec<String> = after
            .changed_from(&before)
            .into_iter()
            .map(|it| it.0)
            .collect();
        let expected = [
            "amenities",
            "description",
            "floor",
            "location",
            "minimum_nights",
            "price_hundredths",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn the_same_values_in_another_order_are_no_change() {
        let before = complete().create().unwrap();
        let amenities = ["wifi", "desk"].map(str::to_owned).to_vec();
        let patch = RoomPatch {
            amenities: Change::Set(amenities),
            title: Change::Set(" Quiet room ".to_owned()),
            ..RoomPatch::default()
        };
        let after = patch.apply(&before).unwrap();
        assert!(after.changed_from(&before).is_empty());
    }

    #[test]
    fn a_room_at_another_place_or_of_another_type_is_another_room() {
        let before = complete().create().unwrap();
        let moved = RoomPatch {
            city: Change::Set("Pune".to_owned()),
            ..RoomPatch::default()
        };
        assert!(moved.apply(&before).unwrap().is_another_room_than(&before));
        let cheaper = RoomPatch {
            price: Change::Set(1.0),
            ..RoomPatch::default()
        };
        assert!(
            !cheaper
                .apply(&before)
                .unwrap()
                .is_another_room_than(&before)
        );
    }
}
