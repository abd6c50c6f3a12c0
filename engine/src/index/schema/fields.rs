//! The fields of the index, and the conversion of a document to them.
//!
//! The searched words go into one field of weighted occurrences. What filters and ranks goes into
//! columns. The whole document goes into the document store as one value, so that one lookup reads
//! a hit.

use h3o::Resolution;
use tantivy::TantivyDocument;
use tantivy::Term;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions,
};

use super::packed_attributes::PackedAttributes;
use super::stored_document::StoredDocument;
use super::weighted_text;
use crate::collection::Collection;
use crate::document::{Document, Key};
use crate::geo::LatLng;
use crate::index::error::StoreError;

/// Raised whenever this version cannot read the indexes of the version before.
pub(crate) const FORMAT_VERSION: u32 = 5;

/// The column by which segments are sorted.
pub(crate) const CELL: &str = "cell";

/// The column of packed attributes; its name is part of the stored schema.
pub(crate) const PACKED: &str = "traits";

/// The fields of the index, which all collections share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub(crate) key: Field,
    pub(crate) text: Field,
    body: Field,
    cell: Field,
    key_high: Field,
    key_low: Field,
    owner_high: Field,
    owner_low: Field,
    lat: Field,
    lng: Field,
    price: Field,
    rating: Field,
    reviews: Field,
    tags: Field,
    packed: Field,
    locality: Field,
    city: Field,
}

/// The schema, which all collections share.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer(weighted_text::TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let fields = Fields {
        key: builder.add_bytes_field("key", INDEXED),
        text: builder.add_text_field("text", TextOptions::default().set_indexing_options(words)),
        body: builder.add_bytes_field("body", STORED),
        cell: builder.add_u64_field(CELL, FAST),
        key_high: builder.add_u64_field("key_high", FAST),
        key_low: builder.add_u64_field("key_low", FAST),
        owner_high: builder.add_u64_field("owner_high", FAST),
        owner_low: builder.add_u64_field("owner_low", FAST),
        lat: builder.add_f64_field("lat", FAST),
        lng: builder.add_f64_field("lng", FAST),
        price: builder.add_f64_field("price", FAST),
        rating: builder.add_f64_field("rating", FAST),
        reviews: builder.add_u64_field("reviews", FAST),
        tags: builder.add_u64_field("tags", FAST),
        packed: builder.add_u64_field(PACKED, FAST),
        locality: builder.add_text_field("locality", FAST),
        city: builder.add_text_field("city", FAST),
    };
    (builder.build(), fields)
}

impl Fields {
    pub(crate) fn key_term(&self, key: Key) -> Term {
        Term::from_field_bytes(self.key, key.as_bytes())
    }

    pub(crate) fn encode(
        self,
        collection: Collection,
        document: &Document,
    ) -> Result<TantivyDocument, StoreError> {
        let packed = PackedAttributes {
            occupancy: document.occupancy,
            category: document.category.0,
            status: document.status.0,
            verified: document.verified,
            nights_min: document.nights_min,
        };
        let (key_high, key_low) = document.key.as_u64_pair();
        let (owner_high, owner_low) = document.owner.unwrap_or_default().as_u64_pair();
        let mut out = TantivyDocument::default();
        out.add_bytes(self.key, document.key.as_bytes());
        out.add_text(
            self.text,
            weighted_text::encode(&document.weighted_texts(collection)),
        );
        out.add_bytes(self.body, &StoredDocument::encode(document)?);
        out.add_u64(self.cell, cell(document.place));
        out.add_u64(self.key_high, key_high);
        out.add_u64(self.key_low, key_low);
        out.add_u64(self.owner_high, owner_high);
        out.add_u64(self.owner_low, owner_low);
        out.add_f64(self.lat, document.place.lat());
        out.add_f64(self.lng, document.place.lng());
        if let Some(price) = document.price {
            out.add_f64(self.price, price);
        }
        if let Some(rating) = document.rating {
            out.add_f64(self.rating, rating);
        }
        out.add_u64(self.reviews, u64::from(document.reviews));
        out.add_u64(self.tags, document.tags.0);
        out.add_u64(self.packed, packed.pack());
        for (field, name) in [
            (self.locality, &document.locality),
            (self.city, &document.city),
        ] {
            if !name.is_empty() {
                out.add_text(field, name);
            }
        }
        Ok(out)
    }
}

/// The H3 cell of the finest resolution. Its number sorts hierarchically: the cells of one coarser
/// cell are consecutive.
pub(crate) fn cell(place: LatLng) -> u64 {
    // h3o rejects only coordinates that are not finite, which a LatLng never contains.
    let place = h3o::LatLng::new(place.lat(), place.lng());
    place.map_or(0, |place| u64::from(place.to_cell(Resolution::Fifteen)))
}
