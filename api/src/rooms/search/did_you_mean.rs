//! Is there a text that would find far more?

use roost_engine::{Collection, Count, Page, Query, Reader};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::paging::{PAGED_HITS_MAX, TotalIs};

/// Who finds so many rooms is not in need of another text.
const TOTAL_ENOUGH: u64 = 100;

/// The other text has to find so many times as many.
const FAR_MORE: u64 = 10;

/// A text that was probably meant: it finds at least ten times as many rooms, or rooms that hold more
/// of its words, with everything else as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DidYouMean {
    /// The `q` to search by.
    #[schema(example = "quiet room with balcony")]
    q: String,
    /// How many rooms it finds.
    #[schema(example = 31)]
    total: u64,
    total_is: TotalIs,
}

impl DidYouMean {
    /// Looks for it where the first page of a search by `text` has few rooms. The dictionary is asked
    /// first, and a search only where that knows of a better word.
    pub(crate) fn find<H>(
        reader: &Reader,
        query: &Query,
        text: Option<&str>,
        page: &Page<H>,
    ) -> Result<Option<DidYouMean>, ApiError> {
        let (Some(text), Some(words), Some(total)) = (text, &query.text, page.total) else {
            return Ok(None);
        };
        let is_first = query.after.is_none() && query.offset == 0;
        let is_enough = total.value >= TOTAL_ENOUGH && page.optional_words.is_empty();
        if !is_first || page.trace.is_partial || is_enough {
            return Ok(None);
        }
        let Some((q, words)) = reader.correct(Collection::Rooms, text, words)? else {
            return Ok(None);
        };
        let better = Query {
            text: Some(words),
            limit: 0,
            facets: Vec::new(),
            explain: false,
            highlight: Vec::new(),
            count: Count::UpTo(PAGED_HITS_MAX as u64),
            ..query.clone()
        };
        let found = reader.rank(Collection::Rooms, &better)?;
        // Where words were given up, what gives up fewer is better.
        let least = match found.optional_words.len() < page.optional_words.len() {
            true => 1,
            false => (FAR_MORE * total.value).max(1),
        };
        let found = found.total.filter(|found| found.value >= least);
        Ok(found.map(|found| DidYouMean {
            q,
            total: found.value,
            total_is: TotalIs::of(found),
        }))
    }
}
