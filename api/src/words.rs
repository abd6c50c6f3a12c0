//! Which words are searched for?

use roost_engine::{Typos, Words};

use crate::error::ApiError;
use crate::params::Params;

/// A longer text is no search of a person.
const TEXT_CHARS_MAX: usize = 512;

/// Reads the words of `q`, and by `typos` how many each may have, which is up to `default` where a
/// request does not say. The last word may be the beginning of one unless a space follows.
pub(crate) fn read(params: &Params, default: Typos) -> Result<Option<Words>, ApiError> {
    let most = params.whole("typos", 0..=Typos::MAX)?;
    let typos = Typos {
        most: most.unwrap_or(default.most),
        ..default
    };
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
    let words = words.typos(typos);
    Ok(Some(if text.ends_with(char::is_whitespace) {
        words
    } else {
        words.prefix_last()
    }))
}
