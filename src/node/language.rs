//! Synonyms and stop words of a node: reads them, and reloads them on SIGHUP.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use roost_datasets::shipped;
use roost_engine::Language;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;

/// Reads the configured synonyms and stop words, and the shipped synonyms that are enabled.
pub(crate) fn read(config: &Config) -> anyhow::Result<Language> {
    let mut language = Language::new(config.synonym_percent);
    if config.place_names {
        let shipped = language.add_synonyms(shipped::PLACE_NAMES);
        shipped.context("the shipped place names are not valid synonyms")?;
    }
    if config.room_words {
        let shipped = language.add_synonyms(shipped::ROOM_WORDS);
        shipped.context("the shipped room words are not valid synonyms")?;
    }
    if let Some(file) = &config.synonyms_file {
        let added = language.add_synonyms(&text_of("synonyms_file", file)?);
        added.with_context(|| format!("synonyms_file {} is not valid", file.display()))?;
    }
    if let Some(file) = &config.stop_words_file {
        language.add_stop_words(&text_of("stop_words_file", file)?);
    }
    tracing::info!(
        synonyms = language.synonym_count(),
        stop_words = language.stop_word_count(),
        "read the synonyms and stop words"
    );
    Ok(language)
}

/// Reloads them at each SIGHUP. If a file is not valid, the log says why and the old ones stay in
/// use.
pub(crate) fn reload_on_hangup(
    config: &Config,
    language: watch::Sender<Arc<Language>>,
) -> anyhow::Result<()> {
    let mut hangups = signal(SignalKind::hangup()).context("cannot handle signals")?;
    let config = config.clone();
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match read(&config) {
                Ok(read) => {
                    language.send_replace(Arc::new(read));
                }
                Err(error) => tracing::error!(
                    error = format!("{error:#}"),
                    "cannot reload the synonyms and stop words; the old ones stay in use"
                ),
            }
        }
    });
    Ok(())
}

fn text_of(key: &str, file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file)
        .with_context(|| format!("{key} {} cannot be read as text", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_place_names_and_room_words_are_valid_synonyms() {
        let mut language = Language::new(90);
        language.add_synonyms(shipped::PLACE_NAMES).unwrap();
        assert!(language.synonym_count() > 1_000);
        language.add_synonyms(shipped::ROOM_WORDS).unwrap();
    }
}
