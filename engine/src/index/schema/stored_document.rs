//! How is a document kept whole, and read in place?

use tantivy::directory::OwnedBytes;

use crate::document::Document;
use crate::index::error::StoreError;

/// A document as the store has it.
pub(crate) struct Stored(OwnedBytes);

/// Of the number behind a document that says how many bytes it takes.
const LENGTH_BYTES: usize = size_of::<u32>();

impl Stored {
    /// What is to be kept of a document: the one stored value that it has.
    pub(crate) fn encode(document: &Document) -> Result<Vec<u8>, StoreError> {
        let mut bytes = postcard::to_stdvec(document)?;
        let length = u32::try_from(bytes.len())
            .map_err(|_| StoreError::Damaged("a document of more than 4 GiB".into()))?;
        bytes.extend(length.to_le_bytes());
        Ok(bytes)
    }

    /// Finds the value in all that tantivy keeps of a document. It is the last there, so its end is
    /// known whatever stands before it, and nothing has to be copied.
    pub(crate) fn find(bytes: OwnedBytes) -> Result<Stored, StoreError> {
        let damaged = || StoreError::Damaged("a stored document is cut short".into());
        let end = bytes.len().checked_sub(LENGTH_BYTES).ok_or_else(damaged)?;
        let length = bytes[end..]
            .first_chunk()
            .map(|&length| u32::from_le_bytes(length));
        let start = length.and_then(|length| end.checked_sub(length as usize));
        Ok(Stored(bytes.slice(start.ok_or_else(damaged)?..end)))
    }

    pub(crate) fn read(&self) -> Result<Document<&str>, StoreError> {
        Ok(postcard::from_bytes(&self.0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, LatLng};

    #[test]
    fn a_document_is_found_behind_whatever_stands_before_it() {
        let place = LatLng::new(19.13, 72.91).unwrap();
        let document = Document {
            title: "Quiet room".to_owned(),
            aliases: vec!["Ruhiges Zimmer".to_owned()],
            details: [("currency".to_owned(), "INR".to_owned())].into(),
            ..Document::empty(Key::from_u128(7), place)
        };
        let mut bytes = b"a header".to_vec();
        bytes.extend(Stored::encode(&document).unwrap());
        let stored = Stored::find(OwnedBytes::new(bytes)).unwrap();
        assert_eq!(stored.read().unwrap().into_owned(), document);
    }

    #[test]
    fn bytes_that_are_no_document_are_refused() {
        for bytes in [&b""[..], &[1, 2, 3], &[9, 0, 0, 0], &[255; 8]] {
            assert!(Stored::find(OwnedBytes::new(bytes.to_vec())).is_err());
        }
    }
}
