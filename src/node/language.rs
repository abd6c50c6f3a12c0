//! Which words mean the same to a node, and how are they read again while it runs?

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use roost_datasets::shipped;
use roost_engine::Language;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;

/// The synonyms and stop words that the configuration names, and the names and short forms that ship.
pub(crate) fn read(config: &Config) -> anyhow::Result<Language> {
    let mut language = Language::new(config.synonym_percent);
    if config.place_names {
        let shipped = language.add_synonyms(shipped::PLACE_NAMES);
        shipped.context("the shipped names of places are no synonyms")?;
    }
    if config.room_words {
        let shipped = language.add_synonyms(shipped::ROOM_WORDS);
        shipped.context("the shipped words of rooms are no synonyms")?;
    }
    if let Some(file) = &config.synonyms_file {
        let added = language.add_synonyms(&text_of("synonyms_file", file)?);
        added.with_context(|| format!("synonyms_file {} can't be used", file.display()))?;
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

/// Reads them again whenever the process gets a SIGHUP. What can't be used is told in the log, and
/// what was in force stays so.
pub(crate) fn read_on_hangup(
    config: &Config,
    language: watch::Sender<Arc<Language>>,
) -> anyhow::Result<()> {
    let mut hangups = signal(SignalKind::hangup()).context("cannot wait for signals")?;
    let config = config.clone();
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match read(&config) {
                Ok(read) => {
                    language.send_replace(Arc::new(read));
                }
                Err(error) => tracing::error!(
                    error = format!("{error:#}"),
                    "the synonyms and stop words stay as they were"
                ),
            }
        }
    });
    Ok(())
}

fn text_of(key: &str, file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file)
        .with_context(|| format!("{key} {} can't be read as text", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_names_and_short_forms_are_synonyms() {
        let mut language = Language::new(90);
        language.add_synonyms(shipped::PLACE_NAMES).unwrap();
        assert!(language.synonym_count() > 1_000);
        language.add_synonyms(shipped::ROOM_WORDS).unwrap();
    }
}
