//! How are the words of a search shown in the texts of a room?

use roost_engine::{Hit, Mark, TextField, snippet};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::params::{Params, unknown_word};

/// As the OpenAPI document says below.
const SNIPPET_WORDS_MAX: usize = 200;

/// Elements that say nothing but how words look. Of others, some would run what they hold.
const ELEMENTS: [&str; 7] = ["b", "em", "i", "mark", "span", "strong", "u"];

const CLASS_CHARS_MAX: usize = 64;

/// What stands for words that were left out.
const LEFT_OUT: char = '…';

/// Which texts are marked, and how.
#[derive(Clone, Debug)]
pub(crate) struct Highlighting {
    pub(crate) fields: Vec<TextField>,
    tag: Tag,
    snippet_words: Option<usize>,
}

/// What stands around marked words.
#[derive(Clone, Debug)]
struct Tag {
    before: String,
    after: String,
}

/// The texts of a room that hold words of `q`. Those without one are left out.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Highlights {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<MarkedText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locality: Option<MarkedText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<MarkedText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<MarkedText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<MarkedText>,
}

/// A text that holds words of `q`.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct MarkedText {
    /// The text as HTML: the tag of `highlight_tag` around each word that was found, everything else
    /// escaped. With `snippet_words` only a part of it, with `…` where something was left out.
    #[schema(example = "<mark>Quiet</mark> room with a <mark>desk</mark> &amp; a fan")]
    marked: String,
    /// The words that were found, in the whole text and in its order, none over another.
    ranges: Vec<MarkedRange>,
}

/// A part of a text, counted in UTF-16 code units as strings of JavaScript are.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct MarkedRange {
    #[schema(example = 0)]
    start: usize,
    #[schema(example = 5)]
    length: usize,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct HighlightParams {
    /// In which texts of each hit the words of `q` are marked, under `highlights`: a comma list, or
    /// repeated; `all` for every one. A word is marked whole, also where it has a typo in `q` or is
    /// only begun there. Nothing when left out.
    #[param(inline, style = Form, explode = false, example = json!(["title", "description"]))]
    highlight: Option<Vec<HighlightWord>>,
    /// The HTML element around marked words: `b`, `em`, `i`, `mark`, `span`, `strong` or `u`, which
    /// may have a class behind a dot, such as `em.found`.
    #[param(default = "mark", example = "em.found")]
    highlight_tag: Option<String>,
    /// Cuts marked texts to so many words, around those where most words of `q` stand together.
    #[param(minimum = 1, maximum = 200, example = 20)]
    snippet_words: Option<u32>,
}

#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it lists the words for the OpenAPI document")]
enum HighlightWord {
    All,
    Title,
    Locality,
    City,
    Address,
    Description,
}

impl HighlightParams {
    pub(crate) const NAMES: &[&str] = &["highlight", "highlight_tag", "snippet_words"];
}

impl Highlighting {
    /// Nothing is marked.
    pub(crate) fn none() -> Highlighting {
        Highlighting {
            fields: Vec::new(),
            tag: Tag::of("mark", None),
            snippet_words: None,
        }
    }

    pub(crate) fn read(params: &Params) -> Result<Highlighting, ApiError> {
        Ok(Highlighting {
            fields: read_fields(params)?,
            tag: match params.text("highlight_tag")? {
                Some(text) => read_tag(text)?,
                None => Tag::of("mark", None),
            },
            snippet_words: params.whole("snippet_words", 1..=SNIPPET_WORDS_MAX)?,
        })
    }

    /// The highlights of a hit; `None` where none are asked for.
    pub(crate) fn show(&self, hit: &Hit<&str>) -> Option<Highlights> {
        if self.fields.is_empty() {
            return None;
        }
        let mut shown = Highlights::default();
        for highlight in &hit.highlights {
            let text = self.mark(highlight.field.of(&hit.document), &highlight.marks);
            let place = match highlight.field {
                TextField::Title => &mut shown.title,
                TextField::Locality => &mut shown.locality,
                TextField::City => &mut shown.city,
                TextField::Address => &mut shown.address,
                TextField::Description => &mut shown.description,
            };
            *place = Some(text);
        }
        Some(shown)
    }

    fn mark(&self, text: &str, marks: &[Mark]) -> MarkedText {
        let part = match self.snippet_words {
            Some(words) => snippet(text, marks, words),
            None => 0..text.len(),
        };
        let mut marked = String::with_capacity(part.len() + 32 * marks.len());
        if part.start > 0 {
            marked.push(LEFT_OUT);
        }
        let mut at = part.start;
        for mark in marks {
            let start = mark.range.start.max(part.start);
            let end = mark.range.end.min(part.end);
            if start < end {
                escape(&text[at..start], &mut marked);
                marked.push_str(&self.tag.before);
                escape(&text[start..end], &mut marked);
                marked.push_str(&self.tag.after);
                at = end;
            }
        }
        escape(&text[at..part.end], &mut marked);
        if part.end < text.len() {
            marked.push(LEFT_OUT);
        }
        MarkedText {
            marked,
            ranges: ranges(text, marks),
        }
    }
}

impl Tag {
    fn of(element: &str, class: Option<&str>) -> Tag {
        Tag {
            before: match class {
                Some(class) => format!("<{element} class=\"{class}\">"),
                None => format!("<{element}>"),
            },
            after: format!("</{element}>"),
        }
    }
}

fn read_fields(params: &Params) -> Result<Vec<TextField>, ApiError> {
    let mut fields = Vec::new();
    for word in params.list("highlight") {
        if word == "all" {
            fields.extend(TextField::ALL);
        } else {
            let known = TextField::ALL.into_iter();
            let field = known.clone().find(|field| field.name() == word);
            let names = || std::iter::once("all").chain(known.map(TextField::name));
            fields.push(field.ok_or_else(|| unknown_word("highlight", word, names()))?);
        }
    }
    fields.sort_unstable();
    fields.dedup();
    Ok(fields)
}

/// Only what can't do harm in the page it is put into.
fn read_tag(text: &str) -> Result<Tag, ApiError> {
    let (element, class) = match text.split_once('.') {
        Some((element, class)) => (element, Some(class)),
        None => (text, None),
    };
    let is_plain = |class: &str| {
        let mut letters = class.bytes();
        (1..=CLASS_CHARS_MAX).contains(&class.len())
            && letters.all(|letter| letter.is_ascii_alphanumeric() || b"-_".contains(&letter))
    };
    if !ELEMENTS.contains(&element) || class.is_some_and(|class| !is_plain(class)) {
        let expected = format!(
            "one of {}, perhaps with a class behind a dot",
            ELEMENTS.join(", ")
        );
        return Err(ApiError::parameter("highlight_tag", text, expected));
    }
    Ok(Tag::of(element, class))
}

/// Adds a text so that a browser shows it as it is, in an element or in a quoted attribute.
fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            letter => html.push(letter),
        }
    }
}

fn ranges(text: &str, marks: &[Mark]) -> Vec<MarkedRange> {
    let units = |part: &str| part.encode_utf16().count();
    let (mut at, mut start) = (0, 0);
    let ranges = marks.iter().map(|mark| {
        start += units(&text[at..mark.range.start]);
        at = mark.range.start;
        MarkedRange {
            start,
            length: units(&text[mark.range.clone()]),
        }
    });
    ranges.collect()
}
