//! Searches over HTTP: answers, ranking, paging, suggestions and the language of queries.

mod api;
mod at_least;
mod language;
mod multi_search;
mod oracle;
mod paging;
mod relevance;
mod suggest;
