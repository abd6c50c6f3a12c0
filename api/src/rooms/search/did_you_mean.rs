//! Offers another text if that would match far more rooms.

use roost_engine::{Collection, Count, Page, Query, Reader};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::query::paging::PAGED_HITS_MAX;
use crate::query::total::TotalIs;

/// A search with this many matches needs no other text.
const TOTAL_ENOUGH: u64 = 100;

/// The other text must match this many times as many rooms.
const FAR_MORE: u64 = 10;

/// The text that was probably meant: it matches at least ten times as many rooms, or rooms with
/// more of its words, while everything else stays the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DidYouMean {
    /// The `q` to search for.
    #[schema(example = "quiet room with balcony")]
    q: String,
    /// The number of rooms that it matches.
    #[schema(example = 31)]
    total: u64,
    total_is: TotalIs,
}

impl DidYouMean {
    /// Looks for another text if the first page of a search for `text` has few matches. Runs a
    /// second search only if the term dictionary contains a better word.
    pub(super) fn find<H>(
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
            count: Count::UpTo(PAGED_HITS_MAX.into()),
            ..query.clone()
        };
        let found = reader.rank(Collection::Rooms, &better)?;
        // If words became optional, a text with fewer optional words is better.
        let total_min = match found.optional_words.len() < page.optional_words.len() {
            true => 1,
            false => (FAR_MORE * total.value).max(1),
        };
        let found = found.total.filter(|found| found.value >= total_min);
        Ok(found.map(|found| DidYouMean {
            q,
            total: found.value,
            total_is: TotalIs::of(found),
        }))
    }
}
