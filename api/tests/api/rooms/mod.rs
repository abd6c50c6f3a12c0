//! Tests of the routes of rooms.

mod cursors;
mod did_you_mean;
mod facets;
mod filter_language;
mod filters;
mod groups;
mod heatmap;
mod highlights;
mod hints;
mod multi_search;
mod search;
mod stay;
mod words;
