//! Which changes of the source must an answer show?
//!
//! Who has just written wants to read it back. Postgres tells where a write ended, and a request may
//! ask for an index that has come at least so far.

use std::time::Instant;

use roost_engine::Position;
use tokio::time::timeout_at;
use utoipa::IntoParams;

use crate::app::App;
use crate::envelope::Index;
use crate::error::ApiError;
use crate::params::Params;

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct AtLeastParams {
    /// A position of the source's log, such as `pg_current_wal_insert_lsn()` tells it after a commit. The
    /// answer waits until documents and signals show every change up to it, as long as the request
    /// may take; after that it is 504 `behind`, which names how far the index is.
    #[param(value_type = Option<String>, example = "16/B374D848")]
    at_least: Option<Position>,
}

impl AtLeastParams {
    pub(crate) const NAMES: &[&str] = &["at_least"];
}

pub(crate) fn read(params: &Params) -> Result<Option<Position>, ApiError> {
    let Some(text) = params.text("at_least")? else {
        return Ok(None);
    };
    match text.parse() {
        Ok(position) => Ok(Some(position)),
        Err(_) => {
            let expected = "a position of the log such as 16/B374D848";
            Err(ApiError::parameter("at_least", text, expected))
        }
    }
}

impl App {
    /// Waits until the index has come to a position. That takes no turn of a search.
    pub(crate) async fn reach(
        &self,
        at_least: Option<Position>,
        deadline: Instant,
    ) -> Result<(), ApiError> {
        let Some(position) = at_least else {
            return Ok(());
        };
        self.health().report().require_ready()?;
        let reached = timeout_at(deadline.into(), self.health().reached(position)).await;
        reached.map_err(|_| {
            let index = Index::now(self.reader());
            let (documents, signals) = (index.position, index.signals_position);
            ApiError::behind(format!(
                "the index does not show {position} yet: documents are at {documents}, signals at \
                 {signals}"
            ))
            .about("at_least", &position.to_string())
        })
    }
}
