//! What does the API offer, for programs that read OpenAPI?

use anyhow::Context;

/// Runs `roost openapi`.
pub(crate) fn run() -> anyhow::Result<()> {
    let document = roost_api::openapi()
        .to_pretty_json()
        .context("cannot write the document")?;
    say!("{document}");
    Ok(())
}
