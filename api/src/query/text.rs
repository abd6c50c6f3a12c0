//! The text of a query: its terms, and how tolerant the search for them is.

use roost_engine::{MatchMode, Typos, Words, WordsError};

use crate::app::state::App;
use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Text, Whole};
use crate::params::values::Params;

/// The kind of the parameter `q`. A longer text is not typed by a person.
pub(crate) const QUERY_TEXT: Text = Text { chars_max: 512 };

params! {
    /// How tolerant the search for the terms of `q` is to typos.
    pub(crate) const TYPO_TOLERANCE;

    /// The maximum number of typos in a word of `q`: an inserted, deleted or replaced character, or
    /// two swapped neighbours. Unless the node is configured otherwise, words of fewer than 4
    /// characters and words with digits allow none, and words of fewer than 8 characters at most
    /// one. An exact match scores higher.
    TYPOS: WithDefault<Whole<u8>> = Param::new("typos", Whole { min: 0, max: Typos::MAX })
        .default(Typos::MAX)
        .example("1");
}

params! {
    /// How many of the terms of `q` must match.
    pub(crate) const TERM_MATCHING;

    /// How many words of `q` must match. `all`: all of them. `any`: at least one. `most`: all of
    /// them, but if fewer than 20 documents match all (`relax_below` in the node's configuration),
    /// words become optional: first those that no document contains, then any word outside quotes.
    /// `meta.optional_words` lists them. The words that do match must contain at least a third of
    /// the query's IDF. A missing word costs its share of the text component.
    MATCH: WithDefault<Choice<MatchName>> = Param::new("match", MatchName::KIND)
        .default(MatchName::Most)
        .example("most");
}

/// How many of the terms must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchName {
    All,
    Most,
    Any,
}

/// The text of a query with the settings that it was analyzed by.
#[derive(Clone, Debug)]
pub(crate) struct QueryText {
    /// The text as it was sent.
    pub(crate) q: String,
    pub(crate) typos: Typos,
    pub(crate) match_mode: MatchMode,
    /// The query terms.
    pub(crate) terms: Words,
}

impl MatchName {
    const KIND: Choice<MatchName> = Choice(&[
        ("all", MatchName::All),
        ("most", MatchName::Most),
        ("any", MatchName::Any),
    ]);

    fn mode(self, min_matches: u64) -> MatchMode {
        match self {
            MatchName::All => MatchMode::All,
            MatchName::Most => MatchMode::Relaxed { min_matches },
            MatchName::Any => MatchMode::Any,
        }
    }
}

/// How many typos a word may have.
pub(crate) fn read_typos(params: &Params, app: &App) -> Result<Typos, ApiError> {
    let default = app.typos();
    let given = TYPOS.given(params)?;
    Ok(Typos {
        max: given.unwrap_or(default.max),
        ..default
    })
}

/// How many terms must match.
pub(crate) fn read_match(params: &Params, app: &App) -> Result<MatchMode, ApiError> {
    Ok(MATCH.read(params)?.mode(app.relax_below()))
}

impl QueryText {
    /// Analyzes `q`. Its last word is a prefix unless a space follows. A text without a word, such
    /// as a single quote or an emoji, is the same as none: it is what people type first.
    pub(crate) fn new(
        q: String,
        typos: Typos,
        match_mode: MatchMode,
        app: &App,
    ) -> Result<Option<QueryText>, ApiError> {
        // Keyboards type no control characters, so one in a text is a broken separator.
        let text: String = q
            .chars()
            .map(|char| if char.is_control() { ' ' } else { char })
            .collect();
        let terms = match Words::new(&text) {
            Ok(terms) => terms,
            Err(WordsError::NoWord) => return Ok(None),
            Err(error) => {
                let expected = format!("a text of at most {} words", Words::MAX);
                let invalid = ApiError::parameter("q", &text, expected);
                return Err(invalid.with_hint(&format!("it {error}")));
            }
        };
        let terms = terms.typos(typos).match_mode(match_mode);
        let terms = match text.ends_with(char::is_whitespace) {
            true => terms,
            false => terms.prefix_last(),
        };
        Ok(Some(QueryText {
            q,
            typos,
            match_mode,
            terms: terms.in_language(&app.language()),
        }))
    }
}
