//! The document in the document store: encoded as one value, and read in place.

use tantivy::directory::OwnedBytes;

use crate::document::Document;
use crate::index::error::StoreError;

/// The bytes of one document.
pub(crate) struct StoredDocument(OwnedBytes);

/// The size of the length that follows the bytes of a document.
const LENGTH_BYTES: usize = size_of::<u32>();

impl StoredDocument {
    /// The value of the one stored field of a document.
    pub(crate) fn encode(document: &Document) -> Result<Vec<u8>, StoreError> {
        let mut bytes = postcard::to_stdvec(document)?;
        let length = u32::try_from(bytes.len())
            .map_err(|_| StoreError::Damaged("a document of more than 4 GiB".into()))?;
        bytes.extend(length.to_le_bytes());
        Ok(bytes)
    }

    /// Finds the value in the bytes that tantivy stores for a document. It comes last, so that its
    /// length gives its start, and nothing has to be copied.
    pub(crate) fn find(bytes: OwnedBytes) -> Result<StoredDocument, StoreError> {
        let damaged = || StoreError::Damaged("a stored document is truncated".into());
        let end = bytes.len().checked_sub(LENGTH_BYTES).ok_or_else(damaged)?;
        let length = bytes[end..]
            .first_chunk()
            .map(|&length| u32::from_le_bytes(length));
        let start = length.and_then(|length| end.checked_sub(length as usize));
        Ok(StoredDocument(bytes.slice(start.ok_or_else(damaged)?..end)))
    }

    pub(crate) fn read(&self) -> Result<Document<&str>, StoreError> {
        Ok(postcard::from_bytes(&self.0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Collection, Field, FieldKind, Key, LatLng, SchemaBuilder};

    #[test]
    fn a_document_is_found_behind_any_other_bytes() {
        let mut schema = SchemaBuilder::new("things");
        schema.add(Field::new("title", FieldKind::Text));
        schema.add(Field::new("aliases", FieldKind::Texts));
        let collection = Collection::new(schema.build().unwrap());
        let place = LatLng::new(19.13, 72.91).unwrap();
        let aliases = vec!["Ruhiges Zimmer".to_owned()];
        let values = [("title", "Quiet room".into()), ("aliases", aliases.into())];
        let document = Document::of(collection, Key::from_u128(7), place, values).unwrap();
        let mut bytes = b"a header".to_vec();
        bytes.extend(StoredDocument::encode(&document).unwrap());
        let stored = StoredDocument::find(OwnedBytes::new(bytes)).unwrap();
        assert_eq!(stored.read().unwrap().into_owned(), document);
    }

    #[test]
    fn bytes_that_are_not_a_document_are_rejected() {
        for bytes in [&b""[..], &[1, 2, 3], &[9, 0, 0, 0], &[255; 8]] {
            assert!(StoredDocument::find(OwnedBytes::new(bytes.to_vec())).is_err());
        }
    }
}
