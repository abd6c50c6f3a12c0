//! BM25 with k1 = 1.2 and b = 0.4, normalized to [0, 1].
//!
//! ```text
//! sum(weight(term) * penalty * tf / (tf + norm)) / sum(weight(term))
//! norm = k1 * (1 - b + b * length / average)
//! ```
//!
//! where weight(term) = 1 + idf(term). Term frequency and length count each word with the weight of
//! its field. The names of tags do not count towards the length: a room with more amenities is not
//! a worse match.

use tantivy::fieldnorm::FieldNormReader;

use crate::index::Lengths;

const K1: f64 = 1.2;

/// How strongly BM25 prefers short documents. Titles are short, and a long one is not worse for it:
/// with the usual 0.75, a short title that lacks a query term ranked above a longer one that has
/// all.
const B: f64 = 0.4;

/// What a term weighs besides its IDF. Without it, terms that nearly all documents contain, and
/// prefixes, which many documents contain, would weigh next to nothing, and one rare term more than
/// all others together.
const BASE_WEIGHT: f64 = 1.0;

/// The weight of a query term; 0 for one without expansions, whose IDF is 0.
pub(super) fn weight(idf: f64) -> f64 {
    if idf > 0.0 { BASE_WEIGHT + idf } else { 0.0 }
}

/// The inverse document frequency in Lucene's form, which is never negative; 0 if no document
/// contains the term.
pub(super) fn idf(with_term: u64, documents: u64) -> f64 {
    if with_term == 0 {
        return 0.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "document counts are far below 2^52"
    )]
    let (with_term, documents) = (with_term as f64, documents as f64);
    (1.0 + (documents - with_term + 0.5) / (with_term + 0.5)).ln()
}

/// The part of the denominator that depends on the length of a document, by its field norm id.
pub(super) fn length_norms(average: f64) -> Box<Lengths> {
    let norms = (0..=255).map(|id| {
        let length = f64::from(FieldNormReader::id_to_fieldnorm(id));
        K1 * (1.0 - B + B * length / average.max(1.0))
    });
    let norms: Vec<f64> = norms.collect();
    norms.try_into().unwrap_or_else(|_| Box::new([K1; 256]))
}
