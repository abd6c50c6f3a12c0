//! Matches: the best landlords of each request, and which of them have viewed or answered it.

mod areas;
mod landlord;
mod matching;
mod partitions;
mod queue;
mod ranker;
mod request;
mod store;
mod view;

pub use crate::action::matching::{enqueue_matching_of_all, enqueue_matching_of_rooms};
pub use areas::landlords_elsewhere;
pub use landlord::{FeedLandlord, feed_landlord};
pub use matching::{match_requests, match_rooms};
pub use partitions::{create_match_partitions, drop_match_partitions};
pub use ranker::{LANDLORDS_MAX, RankedLandlord, RankedRequest, Ranker, Ranking};
pub use request::require_reader_of_matches;
pub use view::{Viewed, view_request};
