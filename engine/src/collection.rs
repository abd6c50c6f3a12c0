//! The collections, and their vocabularies of categories, statuses and tags.

use serde::{Deserialize, Serialize};

use crate::text::analyze;

/// A set of documents with its own index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Collection {
    /// Rooms to let.
    Rooms,
    /// Places where students sit exams.
    Venues,
}

impl Collection {
    /// Every collection.
    pub const ALL: [Collection; 2] = [Collection::Rooms, Collection::Venues];

    /// The name of the collection, in messages and as its folder.
    pub fn name(self) -> &'static str {
        match self {
            Collection::Rooms => "rooms",
            Collection::Venues => "venues",
        }
    }

    /// The names of the categories, of which a document has exactly one.
    pub fn categories(self) -> &'static [&'static str] {
        match self {
            Collection::Rooms => &["entire_place", "private_room", "shared_room", "hotel_room"],
            Collection::Venues => &[
                "university",
                "institute",
                "college",
                "school",
                "test_centre",
                "other",
            ],
        }
    }

    /// The names of the statuses, at most 8, of which a document has exactly one; the first is the
    /// listed one.
    pub fn statuses(self) -> &'static [&'static str] {
        match self {
            Collection::Rooms => &["listed", "paused", "draft", "removed"],
            Collection::Venues => &["listed"],
        }
    }

    /// The names of the tags, at most 64, of which a document has any number.
    pub fn tags(self) -> &'static [&'static str] {
        match self {
            Collection::Rooms => ROOM_TAGS,
            Collection::Venues => &[],
        }
    }

    /// The category with that name.
    pub fn category(self, name: &str) -> Option<Category> {
        let at = self.categories().iter().position(|&known| known == name)?;
        Some(Category(u8::try_from(at).ok()?))
    }

    /// The name of that category.
    pub fn category_name(self, category: Category) -> Option<&'static str> {
        self.categories().get(usize::from(category.0)).copied()
    }

    /// The status with that name.
    pub fn status(self, name: &str) -> Option<Status> {
        let at = self.statuses().iter().position(|&known| known == name)?;
        Some(Status(u8::try_from(at).ok()?))
    }

    /// The name of that status.
    pub fn status_name(self, status: Status) -> Option<&'static str> {
        self.statuses().get(usize::from(status.0)).copied()
    }

    /// The tag with that name, as a set of one.
    pub fn tag(self, name: &str) -> Option<Tags> {
        let at = self.tags().iter().position(|&known| known == name)?;
        Some(Tags(1 << at))
    }

    /// The number of words in the name of each tag, in the order of the vocabulary.
    pub(crate) fn tag_words(self) -> Vec<u32> {
        let names = self.tags().iter();
        names
            .map(|name| analyze::words(&name.replace('_', " ")).map(|_| 1).sum())
            .collect()
    }

    /// The names of these tags, in the order of the vocabulary.
    pub fn tag_names(self, tags: Tags) -> Vec<&'static str> {
        let names = self.tags().iter().enumerate();
        names
            .filter(|(at, _)| tags.0 >> at & 1 == 1)
            .map(|(_, &name)| name)
            .collect()
    }
}

/// A category of a collection, by its index in [`Collection::categories`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Category(pub(crate) u8);

/// A status of a collection, by its index in [`Collection::statuses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Status(pub(crate) u8);

impl Status {
    /// The status that searches find, in every collection.
    pub const LISTED: Status = Status(0);
}

/// A set of a collection's tags, one bit each, by their index in [`Collection::tags`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tags(pub(crate) u64);

impl Tags {
    /// No tag.
    pub const NONE: Tags = Tags(0);

    /// The tags in either set.
    #[must_use]
    pub fn with(self, other: Tags) -> Tags {
        Tags(self.0 | other.0)
    }

    /// The tags in both sets.
    #[must_use]
    pub fn intersection(self, other: Tags) -> Tags {
        Tags(self.0 & other.0)
    }

    /// Whether the set contains all of `other`.
    pub fn contains(self, other: Tags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number of tags.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }
}

/// New names go to the end: the index of a tag is its bit in stored documents.
const ROOM_TAGS: &[&str] = &[
    "air_conditioning",
    "attached_bathroom",
    "balcony",
    "breakfast",
    "cctv",
    "coffee",
    "cooking_allowed",
    "cupboard",
    "desk",
    "elevator",
    "fan",
    "fire_extinguisher",
    "first_aid_kit",
    "garden",
    "gym",
    "heating",
    "hot_water",
    "housekeeping",
    "ironing",
    "kitchen",
    "laundry",
    "locker",
    "meals",
    "men_only",
    "mosquito_net",
    "near_transit",
    "parking",
    "pets_allowed",
    "pool",
    "power_backup",
    "quiet",
    "refrigerator",
    "security",
    "self_check_in",
    "smoke_alarm",
    "smoking_allowed",
    "step_free",
    "study_room",
    "tv",
    "water_purifier",
    "wifi",
    "women_only",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_maps_to_its_value_and_back() {
        for collection in Collection::ALL {
            assert!(collection.tags().len() <= 64);
            for &name in collection.tags() {
                assert_eq!(collection.tag_names(collection.tag(name).unwrap()), [name]);
            }
            assert!(collection.statuses().len() <= 8);
            assert_eq!(collection.status("listed"), Some(Status::LISTED));
            for &name in collection.statuses() {
                let status = collection.status(name).unwrap();
                assert_eq!(collection.status_name(status), Some(name));
            }
            for &name in collection.categories() {
                let category = collection.category(name).unwrap();
                assert_eq!(collection.category_name(category), Some(name));
            }
        }
        assert_eq!(Collection::Rooms.tag("helipad"), None);
    }
}
