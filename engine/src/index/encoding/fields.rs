//! The fields of the index, and the conversion of a document to them.
//!
//! The searched words go into one field of weighted occurrences. What filters and ranks goes into
//! columns. The whole document goes into the document store as one value, so that one lookup reads
//! a hit.

use std::sync::Arc;

use h3o::Resolution;
use tantivy::TantivyDocument;
use tantivy::Term;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, SchemaBuilder, TextFieldIndexing,
    TextOptions,
};

use super::stored_document::StoredDocument;
use super::weighted_text;
use crate::availability::{Date, DateRange};
use crate::document::{Document, Value};
use crate::geo::LatLng;
use crate::index::error::StoreError;
use crate::schema::{Collection, FieldKind, Key};

/// Raised whenever this version cannot read the indexes of the version before.
pub(crate) const FORMAT_VERSION: u32 = 6;

/// The column by which segments are sorted.
pub(crate) const CELL: &str = "cell";

/// The fields of the index of a collection.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) key: Field,
    pub(crate) text: Field,
    collection: Collection,
    body: Field,
    cell: Field,
    key_high: Field,
    key_low: Field,
    owner_high: Field,
    owner_low: Field,
    lat: Field,
    lng: Field,
    /// The column of each field of the collection's schema; `None` for a text.
    columns: Arc<[Option<Field>]>,
}

/// The tantivy schema of a collection.
pub(crate) fn schema(collection: Collection) -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer(weighted_text::TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let fields = Fields {
        collection,
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
        columns: add_columns(&mut builder, collection),
    };
    (builder.build(), fields)
}

/// The name of the column of a field.
pub(crate) fn column_name(field: &crate::schema::Field) -> String {
    format!("field_{}", field.name())
}

fn add_columns(builder: &mut SchemaBuilder, collection: Collection) -> Arc<[Option<Field>]> {
    let columns = collection.schema().fields().iter().map(|field| {
        let name = column_name(field);
        match field.kind() {
            FieldKind::Text | FieldKind::Texts => None,
            FieldKind::Name => Some(builder.add_text_field(&name, FAST)),
            FieldKind::Number | FieldKind::Reach => Some(builder.add_f64_field(&name, FAST)),
            FieldKind::Category(_)
            | FieldKind::Tags(_)
            | FieldKind::Flag
            | FieldKind::DateRange => Some(builder.add_u64_field(&name, FAST)),
        }
    });
    columns.collect()
}

impl Fields {
    pub(crate) fn key_term(&self, key: Key) -> Term {
        Term::from_field_bytes(self.key, key.as_bytes())
    }

    pub(crate) fn encode(&self, document: &Document) -> Result<TantivyDocument, StoreError> {
        let (key_high, key_low) = document.key.as_u64_pair();
        let (owner_high, owner_low) = document.owner.unwrap_or_default().as_u64_pair();
        let mut out = TantivyDocument::default();
        out.add_bytes(self.key, document.key.as_bytes());
        out.add_text(
            self.text,
            weighted_text::encode(&document.weighted_texts(&self.collection)),
        );
        out.add_bytes(self.body, &StoredDocument::encode(document)?);
        out.add_u64(self.cell, cell(document.place));
        out.add_u64(self.key_high, key_high);
        out.add_u64(self.key_low, key_low);
        out.add_u64(self.owner_high, owner_high);
        out.add_u64(self.owner_low, owner_low);
        out.add_f64(self.lat, document.place.lat());
        out.add_f64(self.lng, document.place.lng());
        for ((id, _), column) in self.collection.fields_by_id().zip(&*self.columns) {
            let Some(column) = *column else { continue };
            match document.value(id) {
                Value::Text(name) if !name.is_empty() => out.add_text(column, name),
                Value::Number(number) => out.add_f64(column, *number),
                Value::Category(category) => out.add_u64(column, u64::from(category.0)),
                Value::Tags(tags) => out.add_u64(column, tags.0),
                Value::Flag(flag) => out.add_u64(column, u64::from(*flag)),
                Value::DateRange(range) => out.add_u64(column, encode_date_range(range)),
                Value::Missing | Value::Text(_) | Value::Texts(_) => {}
            }
        }
        Ok(out)
    }
}

/// A range as one integer: the first day and the day after the last one, 32 bits each.
fn encode_date_range(range: &DateRange) -> u64 {
    let bits = |date: Date| u64::from(date.days().cast_unsigned());
    bits(range.start()) << 32 | bits(range.end())
}

/// The range that was encoded as an integer; `None` for 0, which no range is encoded as.
pub(crate) fn decode_date_range(encoded: u64) -> Option<DateRange> {
    let date = |bits: u64| Date::of_days((bits as u32).cast_signed());
    DateRange::new(date(encoded >> 32), date(encoded)).ok()
}

/// The H3 cell of the finest resolution. Its number sorts hierarchically: the cells of one coarser
/// cell are consecutive.
pub(crate) fn cell(place: LatLng) -> u64 {
    // h3o rejects only coordinates that are not finite, which a LatLng never contains.
    let place = h3o::LatLng::new(place.lat(), place.lng());
    place.map_or(0, |place| u64::from(place.to_cell(Resolution::Fifteen)))
}
