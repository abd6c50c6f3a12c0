//! Converts HTML markup to plain text.

/// Removes tags, decodes entities and normalises white space. Breaks and paragraphs become line
/// ends. Control characters are dropped, because Postgres and terminals do not handle them.
pub(crate) fn plain(markup: &str) -> String {
    tidy(&decode_entities(&strip_tags(markup)))
}

/// Truncates the text to at most `chars_max` characters, not bytes.
pub(crate) fn shortened(text: String, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

fn strip_tags(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        match tag_length(rest) {
            Some(length) => {
                if is_block(&rest[1..length - 1]) {
                    text.push('\n');
                }
                rest = &rest[length..];
            }
            // Keep a bare "<", as in "rooms < 2 km".
            None => {
                text.push('<');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// Returns the length in bytes of the tag at the start of the text, if there is one.
fn tag_length(text: &str) -> Option<usize> {
    let first = text[1..].chars().next()?;
    if !(first.is_ascii_alphabetic() || first == '/' || first == '!') {
        return None;
    }
    let end = text.find('>')?;
    let another = text[1..].find('<').map_or(usize::MAX, |at| at + 1);
    (end < another).then_some(end + 1)
}

fn is_block(tag: &str) -> bool {
    let name: String = tag
        .trim_start_matches('/')
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .map(|ch| ch.to_ascii_lowercase())
        .collect();
    matches!(
        name.as_str(),
        "br" | "p" | "div" | "li" | "ul" | "ol" | "tr" | "h1" | "h2" | "h3"
    )
}

fn decode_entities(text: &str) -> String {
    const LENGTH_MAX: usize = 10;
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        let entity = rest.find(';').filter(|end| *end <= LENGTH_MAX);
        match entity.and_then(|end| Some((entity_char(&rest[1..end])?, end))) {
            Some((ch, end)) => {
                decoded.push(ch);
                rest = &rest[end + 1..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn entity_char(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bull" => '•',
        "middot" => '·',
        "deg" => '°',
        "euro" => '€',
        "pound" => '£',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "szlig" => 'ß',
        _ => return None,
    })
}

/// Collapses white space: single spaces within a line, no leading or trailing space, at most one
/// blank line in a row.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank_lines = 0;
    for line in text.split(['\n', '\r']) {
        let words: Vec<&str> = line
            .split(|ch: char| ch.is_whitespace() || ch.is_control())
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            blank_lines += 1;
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if blank_lines > 0 { "\n\n" } else { "\n" });
        }
        blank_lines = 0;
        tidied.push_str(&words.join(" "));
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_removed_and_breaks_become_line_ends() {
        assert_eq!(
            plain("<b>The space</b><br />Two  rooms.<br><br>Quiet"),
            "The space\nTwo rooms.\n\nQuiet"
        );
        assert_eq!(plain("a<script src='x'>b</script>c"), "abc");
    }

    #[test]
    fn a_less_than_sign_is_not_a_tag() {
        assert_eq!(
            plain("2 < 3 and 5<6, I <3 you <b"),
            "2 < 3 and 5<6, I <3 you <b"
        );
        assert_eq!(plain("x <b <i>y</i>"), "x <b y");
    }

    #[test]
    fn entities_are_decoded_once_and_after_tags() {
        assert_eq!(
            plain("Caf&eacute; &amp; bar&#39;s &#x1F3E0; &lt;b&gt;"),
            "Café & bar's 🏠 <b>"
        );
        assert_eq!(
            plain("&amp;lt; R&D &nosuch; &#0;x &#xD800;"),
            "&lt; R&D &nosuch; x &#xD800;"
        );
    }

    #[test]
    fn shortening_counts_characters() {
        assert_eq!(shortened("日本語".to_owned(), 2), "日本");
        assert_eq!(shortened("ab".to_owned(), 2), "ab");
    }
}
