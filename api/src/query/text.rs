//! Which words are searched for?

use roost_engine::{MatchMode, Typos, Words};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::error::ApiError;
use crate::params::Params;

/// A longer text is no search of a person.
const TEXT_CHARS_MAX: usize = 512;

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct WordsParams {
    /// How many typos a word of `q` may have: letters too much, too few or wrong, or two neighbours
    /// that changed places. Unless the node is configured otherwise, words below 4 letters and words
    /// with digits have none, words below 8 letters one at most. What is written as in `q` scores
    /// higher.
    #[param(minimum = 0, maximum = 2, default = 2, example = 1)]
    typos: Option<u8>,
    /// How many words of `q` must be there. `all` of them; `any`, at least one; or `most`, the default:
    /// all, but where fewer than 20 hold all (`relax_below` of the node's configuration), words need
    /// not be there, first those that stand nowhere, then any but those in quotes:
    /// `meta.optional_words` names them. The words that are there then say at least a third of what is
    /// asked. A word that is missing costs its share of the text component.
    #[param(inline, example = "most")]
    r#match: Option<MatchWord>,
}

#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it lists the words for the OpenAPI document")]
enum MatchWord {
    All,
    Most,
    Any,
}

impl WordsParams {
    pub(crate) const NAMES: &[&str] = &["typos", "match"];
}

/// Reads the words of `q`, what is forgiven them, what they are called otherwise, and how many of them must be there. The last word may
/// be the beginning of one unless a space follows.
pub(crate) fn read(params: &Params, app: &App) -> Result<Option<Words>, ApiError> {
    let default = app.typos();
    let max = params.whole("typos", 0..=Typos::MAX)?;
    let typos = Typos {
        max: max.unwrap_or(default.max),
        ..default
    };
    let min_matches = app.relax_below();
    let choices = [
        ("all", MatchMode::All),
        ("most", MatchMode::Relaxed { min_matches }),
        ("any", MatchMode::Any),
    ];
    let required = params.choice("match", &choices)?;
    let required = required.unwrap_or(MatchMode::Relaxed { min_matches });
    let Some(text) = params.text("q")? else {
        return Ok(None);
    };
    let chars = text.chars().count();
    if chars > TEXT_CHARS_MAX {
        let expected = format!("a text of at most {TEXT_CHARS_MAX} characters");
        let error = ApiError::parameter("q", text, expected);
        return Err(error.hint(&format!("it has {chars}")));
    }
    // No key types a control character, so one in a text is a broken separator.
    let text: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let words = Words::new(&text).map_err(|error| {
        let expected = format!("a text of 1 to {} words", Words::MAX);
        ApiError::parameter("q", &text, expected).hint(&format!("it {error}"))
    })?;
    let words = words.typos(typos).match_mode(required);
    let words = if text.ends_with(char::is_whitespace) {
        words
    } else {
        words.prefix_last()
    };
    Ok(Some(words.in_language(&app.language())))
}
