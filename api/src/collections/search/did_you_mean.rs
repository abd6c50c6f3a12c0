//! Offers another text if that would match far more documents.

use roost_engine::{Collection, Count, Filters, Page, Query, Reader, Spelling, Words};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::query::paging::PAGED_HITS_MAX;
use crate::query::total::TotalIs;

/// A search with this many matches needs no other text.
const TOTAL_ENOUGH: u64 = 100;

/// The other text must match this many times as many documents.
const FAR_MORE: u64 = 10;

/// The text that was probably meant: it matches at least ten times as many documents, or
/// documents with more of its words, while everything else stays the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DidYouMean {
    /// The `q` to search for.
    #[schema(example = "quiet room with balcony")]
    q: String,
    /// The number of documents that it matches.
    #[schema(example = 31)]
    total: u64,
    total_is: TotalIs,
}

/// What came of looking for another text.
#[derive(Debug, Default)]
pub(crate) struct Correction {
    pub(crate) did_you_mean: Option<DidYouMean>,
    /// Whether a limit of the search has cut it short, so that there may be another text.
    pub(crate) is_cut: bool,
}

impl Correction {
    /// Looks for another text if the first page of a search for `text` has few matches. Runs a
    /// second search only if the term dictionary contains a better word. Both spend what the search
    /// has left of its budget.
    pub(crate) fn find<H>(
        (reader, collection): (&Reader, Collection),
        query: &Query,
        text: Option<&str>,
        page: &Page<H>,
    ) -> Result<Correction, ApiError> {
        let (Some(text), Some(words), Some(total)) = (text, &query.text, page.total) else {
            return Ok(Correction::default());
        };
        let is_first = query.after.is_none() && query.offset == 0;
        let is_enough = total.value >= TOTAL_ENOUGH && page.optional_words.is_empty();
        if !is_first || page.trace.is_partial || is_enough {
            return Ok(Correction::default());
        }
        let steps_left = query
            .steps_max
            .map(|max| max.saturating_sub(page.trace.steps));
        let mut better = Query {
            limit: 0,
            facets: Vec::new(),
            explain: false,
            highlight: Vec::new(),
            count: Count::UpTo(PAGED_HITS_MAX.into()),
            steps_max: steps_left,
            ..query.clone()
        };
        let q = match reader.correct(collection, text, &better)? {
            Spelling::None => return Ok(Correction::default()),
            Spelling::Cut => return Ok(Correction::CUT),
            Spelling::Better(q) => q,
        };
        better.text = words.of_text(&q).ok();
        if better.text.is_none() || !is_known((reader, collection), &better, &q)? {
            return Ok(Correction::default());
        }
        let found = reader.rank(collection, &better)?;
        if found.trace.is_partial {
            return Ok(Correction::CUT);
        }
        // If words became optional, a text with fewer optional words is better.
        let total_min = match found.optional_words.len() < page.optional_words.len() {
            true => 1,
            false => (FAR_MORE * total.value).max(1),
        };
        let found = found.total.filter(|found| found.value >= total_min);
        let did_you_mean = found.map(|found| DidYouMean {
            q,
            total: found.value,
            total_is: TotalIs::of(found),
        });
        Ok(Correction {
            did_you_mean,
            is_cut: false,
        })
    }

    const CUT: Correction = Correction {
        did_you_mean: None,
        is_cut: true,
    };
}

/// Whether the caller may know all words of a text that comes from the dictionary: one document
/// that exists for the caller contains them. Of a caller for whom all exist this is not checked.
fn is_known(
    (reader, collection): (&Reader, Collection),
    query: &Query,
    text: &str,
) -> Result<bool, ApiError> {
    let Some(restriction) = &query.filters.restriction else {
        return Ok(true);
    };
    let query = Query {
        text: Words::new(text).ok(),
        filters: Filters {
            restriction: Some(restriction.clone()),
            ..Filters::default()
        },
        center: None,
        radius: None,
        radius_min: None,
        count: Count::UpTo(1),
        ..query.clone()
    };
    let found = reader.rank(collection, &query)?;
    Ok(query.text.is_some() && found.total.is_some_and(|total| total.value > 0))
}
