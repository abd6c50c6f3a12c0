//! `roost config`: prints the configuration in effect.

use crate::config::{AllKeys, KeyFlags, Layers};

/// Runs `roost config`.
pub(crate) fn run(flags: KeyFlags<AllKeys>) -> anyhow::Result<()> {
    let layers = Layers::read(&flags.into())?;
    layers.check()?;
    if let Some(variables) = layers.ignored_variables() {
        note!("roost: ignored environment variables that are not settings: {variables}");
    }
    say!("{}", layers.to_string().trim_end());
    Ok(())
}
