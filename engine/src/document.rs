//! The document: one room or venue, as the index stores it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::collection::{Category, Collection, Status, Tags};
use crate::geo::LatLng;

/// The key of a document or an owner. Ties in a ranking break by key, lowest first.
pub type Key = Uuid;

/// One document of a collection.
///
/// It owns its texts, or borrows them where it is read in place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "Text: Deserialize<'de> + Ord"))]
pub struct Document<Text = String> {
    /// Unique within its collection.
    pub key: Key,
    /// The owner, whose signals rank, show or hide the document.
    pub owner: Option<Key>,
    /// The location.
    pub place: LatLng,
    /// One of [`Collection::statuses`]. Searches find only listed documents, unless a filter names
    /// other statuses.
    pub status: Status,
    /// Whether the details of the document were verified.
    pub verified: bool,
    /// The name, whose words have the largest weight.
    pub title: Text,
    /// Other names, with the weight of the title.
    pub aliases: Vec<Text>,
    /// Free text.
    pub description: Text,
    /// Street and number.
    pub address: Text,
    /// Neighbourhood.
    pub locality: Text,
    /// Town or city.
    pub city: Text,
    /// One of [`Collection::categories`].
    pub category: Category,
    /// A set of [`Collection::tags`], whose names are searched as words too.
    pub tags: Tags,
    /// The price in units of the document's currency, never negative; `None` if unknown.
    pub price: Option<f64>,
    /// The number of people that it accommodates.
    pub occupancy: u16,
    /// The minimum stay in nights; 1 without a minimum.
    pub nights_min: u16,
    /// The mean rating, 0 to 5.
    pub rating: Option<f64>,
    /// The number of reviews behind the rating.
    pub reviews: u32,
    /// Data that is returned with a hit, and neither searched nor ranked.
    pub details: BTreeMap<Text, Text>,
}

impl Document {
    /// A listed document without texts or attributes, for struct update syntax.
    ///
    /// ```
    /// use roost_engine::{Collection, Document, Key, LatLng};
    /// let room = Document {
    ///     title: "Quiet room with a desk".to_owned(),
    ///     category: Collection::Rooms.category("private_room").unwrap(),
    ///     ..Document::empty(Key::from_u128(7), LatLng::new(19.13, 72.91).unwrap())
    /// };
    /// assert_eq!(room.occupancy, 1);
    /// ```
    pub fn empty(key: Key, place: LatLng) -> Document {
        Document {
            key,
            owner: None,
            place,
            status: Status::LISTED,
            verified: false,
            title: String::new(),
            aliases: Vec::new(),
            description: String::new(),
            address: String::new(),
            locality: String::new(),
            city: String::new(),
            category: Category(0),
            tags: Tags::NONE,
            price: None,
            occupancy: 1,
            nights_min: 1,
            rating: None,
            reviews: 0,
            details: BTreeMap::new(),
        }
    }

    /// The searched texts, each with the weight of its words. A word in a text of weight 3 counts
    /// as three occurrences: the simple BM25F of Robertson, Zaragoza and Taylor (2004), which
    /// saturates once over all fields rather than once in each.
    pub(crate) fn weighted_texts(&self, collection: Collection) -> Vec<(u8, String)> {
        let tags = collection.tag_names(self.tags).join(" ").replace('_', " ");
        let mut texts = vec![(TITLE_WEIGHT, self.title.clone())];
        texts.extend(
            self.aliases
                .iter()
                .map(|alias| (TITLE_WEIGHT, alias.clone())),
        );
        texts.push((PLACE_WEIGHT, self.locality.clone()));
        texts.push((PLACE_WEIGHT, self.city.clone()));
        texts.push((1, self.address.clone()));
        texts.push((1, tags));
        texts.push((1, self.description.clone()));
        texts
    }
}

impl Document<&str> {
    /// The same document with owned texts.
    pub fn into_owned(self) -> Document {
        let details = self.details.into_iter();
        Document {
            key: self.key,
            owner: self.owner,
            place: self.place,
            status: self.status,
            verified: self.verified,
            title: self.title.to_owned(),
            aliases: self.aliases.into_iter().map(str::to_owned).collect(),
            description: self.description.to_owned(),
            address: self.address.to_owned(),
            locality: self.locality.to_owned(),
            city: self.city.to_owned(),
            category: self.category,
            tags: self.tags,
            price: self.price,
            occupancy: self.occupancy,
            rating: self.rating,
            reviews: self.reviews,
            nights_min: self.nights_min,
            details: details
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
        }
    }
}

const TITLE_WEIGHT: u8 = 3;
const PLACE_WEIGHT: u8 = 2;
