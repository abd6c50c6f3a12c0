//! `roost openapi`: prints the OpenAPI document of the API.

use anyhow::Context;

/// Runs `roost openapi`.
pub(crate) fn run() -> anyhow::Result<()> {
    let document = roost_api::openapi()
        .to_pretty_json()
        .context("cannot serialize the OpenAPI document")?;
    say!("{document}");
    Ok(())
}
