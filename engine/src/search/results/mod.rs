//! The results of searches: pages and their hits, highlights, and the reader that builds hits.

mod highlight;
mod hit_reader;
mod page;

pub use highlight::{Highlight, Mark, snippet};
pub(crate) use hit_reader::{HitReader, STEPS_PER_HIGHLIGHT, STEPS_PER_HIT};
pub use page::{Hit, Page, Ranked, Ranking, Trace};
