//! The parameters `highlight`, `highlight_tag` and `snippet_words`, and highlighted texts in JSON.

use roost_engine::{Collection, FieldId, Hit, Mark, snippet};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::wording::Wording;
use crate::http::error::ApiError;
use crate::http::schema;
use crate::params::declaration::{Declared, OwnedGroup, Param, params};
use crate::params::kind::{Kind, Shape};
use crate::params::list::List;
use crate::params::scalar::{Invalid, Scalar, Whole, one_of};
use crate::params::values::Params;

/// Elements that only change how words look. Some other elements would execute their content.
const ELEMENTS: [&str; 7] = ["b", "em", "i", "mark", "span", "strong", "u"];

/// The name of the parameter that names the texts to mark.
pub(crate) const HIGHLIGHT: &str = "highlight";

/// The element of a request that names none.
const ELEMENT_DEFAULT: &str = "mark";

const CLASS_CHARS_MAX: usize = 64;

/// Replaces words that a snippet leaves out.
const ELLIPSIS: char = '…';

params! {
    /// How highlights look.
    pub(crate) const HIGHLIGHT_STYLE;

    /// The HTML element around marked words: `b`, `em`, `i`, `mark`, `span`, `strong` or `u`,
    /// optionally with a class after a dot, such as `em.found`.
    HIGHLIGHT_TAG: TagText = Param::new("highlight_tag", TagText).example("em.found");

    /// Cuts marked texts to this many words, around the passage with the most words of `q`.
    SNIPPET_WORDS: Whole<u32> = Param::new("snippet_words", Whole { min: 1, max: 200 })
        .example("20");
}

/// The parameter that names the texts to mark.
pub(crate) struct HighlightParam {
    collection: Collection,
    fields: Param<List<FieldNames>>,
    group: OwnedGroup,
}

/// Which texts are marked, and how.
#[derive(Clone, Debug)]
pub(crate) struct Highlighting {
    collection: Collection,
    pub(super) fields: Vec<FieldId>,
    tag: Tag,
    snippet_words: Option<usize>,
}

/// The HTML around marked words.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    before: String,
    after: String,
}

/// The name of a text of a collection, or `all`.
#[derive(Clone, Copy)]
pub(super) struct FieldNames(Collection);

/// An HTML element, optionally with a class.
#[derive(Clone, Copy)]
pub(crate) struct TagText;

/// The texts of a document that contain words of `q`, by the names of their fields. Texts without
/// one are left out.
#[derive(Debug, Default)]
pub(crate) struct Highlights(Vec<(&'static str, MarkedText)>);

/// A text that contains words of `q`.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct MarkedText {
    /// The text as HTML: the element of `highlight_tag` around each matched word, everything else
    /// escaped. With `snippet_words` only a part of it, with `…` where words are left out.
    #[schema(example = "<mark>Quiet</mark> room with a <mark>desk</mark> &amp; a fan")]
    marked: String,
    /// The matched words of the whole text, in its order and without overlaps.
    ranges: Vec<MarkedRange>,
}

/// A part of a text, counted in UTF-16 code units like JavaScript strings.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct MarkedRange {
    #[schema(example = 0)]
    start: usize,
    #[schema(example = 5)]
    length: usize,
}

impl HighlightParam {
    pub(crate) fn new(collection: Collection, wording: &Wording) -> HighlightParam {
        let fields = Param::new(HIGHLIGHT, List::of(FieldNames(collection)));
        HighlightParam {
            collection,
            fields: wording.highlight.describe(fields),
            group: OwnedGroup::default(),
        }
    }

    pub(crate) fn group(&'static self) -> &'static [&'static dyn Declared] {
        self.group.of(|| vec![&self.fields])
    }

    pub(crate) fn read(&self, params: &Params) -> Result<Highlighting, ApiError> {
        let mut fields = self.fields.read(params)?.concat();
        fields.sort_unstable();
        fields.dedup();
        Ok(Highlighting {
            collection: self.collection,
            fields,
            tag: HIGHLIGHT_TAG.read(params)?,
            snippet_words: SNIPPET_WORDS.read(params)?.map(|words| words as usize),
        })
    }
}

impl Highlighting {
    /// Marks nothing.
    pub(crate) fn none(collection: Collection) -> Highlighting {
        Highlighting {
            collection,
            fields: Vec::new(),
            tag: Tag::of(ELEMENT_DEFAULT, None),
            snippet_words: None,
        }
    }

    /// The highlights of a hit; `None` if none are requested.
    pub(crate) fn highlight(&self, hit: &Hit<&str>) -> Option<Highlights> {
        if self.fields.is_empty() {
            return None;
        }
        let highlights = hit.highlights.iter().map(|highlight| {
            let text = hit.document.text(highlight.field);
            let name = self.collection.field_name(highlight.field);
            (name, self.mark(text, &highlight.marks))
        });
        Some(Highlights(highlights.collect()))
    }

    fn mark(&self, text: &str, marks: &[Mark]) -> MarkedText {
        let part = match self.snippet_words {
            Some(words) => snippet(text, marks, words),
            None => 0..text.len(),
        };
        let mut marked = String::with_capacity(part.len() + 32 * marks.len());
        if part.start > 0 {
            marked.push(ELLIPSIS);
        }
        let mut written = part.start;
        for mark in marks {
            let start = mark.range.start.max(part.start);
            let end = mark.range.end.min(part.end);
            if start < end {
                escape(&text[written..start], &mut marked);
                marked.push_str(&self.tag.before);
                escape(&text[start..end], &mut marked);
                marked.push_str(&self.tag.after);
                written = end;
            }
        }
        escape(&text[written..part.end], &mut marked);
        if part.end < text.len() {
            marked.push(ELLIPSIS);
        }
        MarkedText {
            marked,
            ranges: ranges(text, marks),
        }
    }
}

impl Serialize for Highlights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
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

impl Scalar for FieldNames {
    type Value = Vec<FieldId>;

    fn parse(&self, text: &str) -> Result<Vec<FieldId>, Invalid> {
        if text == "all" {
            let texts = searched_texts(self.0);
            return Ok(texts.map(|(field, _)| field).collect());
        }
        let field = searched_texts(self.0).find(|(_, name)| *name == text);
        match field {
            Some((field, _)) => Ok(vec![field]),
            None => Err(Invalid::name(text, field_names(self.0))),
        }
    }

    fn expected(&self) -> String {
        one_of(field_names(self.0))
    }

    fn schema(&self) -> Schema {
        schema::names(field_names(self.0))
    }
}

impl Kind for TagText {
    type Output = Tag;

    fn read(&self, name: &'static str, params: &Params) -> Result<Tag, ApiError> {
        let text = params.text(name)?.unwrap_or(ELEMENT_DEFAULT);
        parse_tag(text).ok_or_else(|| ApiError::parameter(name, text, self.expected()))
    }

    fn expected(&self) -> String {
        format!(
            "one of {}, optionally with a class after a dot",
            ELEMENTS.join(", ")
        )
    }

    fn json(&self, text: &str) -> Value {
        text.into()
    }

    fn shape(&self) -> Shape {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .default(Some(ELEMENT_DEFAULT.into()));
        Shape {
            schema: schema.into(),
            is_required: false,
        }
    }
}

fn field_names(collection: Collection) -> impl Iterator<Item = &'static str> {
    let texts = searched_texts(collection);
    std::iter::once("all").chain(texts.map(|(_, name)| name))
}

/// The texts of a collection whose words are searched, with their names.
pub(crate) fn searched_texts(
    collection: Collection,
) -> impl Iterator<Item = (FieldId, &'static str)> {
    let fields = collection.schema().fields_by_id();
    let texts = fields.filter(|(_, field)| field.is_searched_text());
    texts.map(|(id, field)| (id, field.name()))
}

/// Parses an element and class that cannot do harm in the page that displays them.
fn parse_tag(text: &str) -> Option<Tag> {
    let (element, class) = match text.split_once('.') {
        Some((element, class)) => (element, Some(class)),
        None => (text, None),
    };
    let is_plain = |class: &str| {
        let mut bytes = class.bytes();
        (1..=CLASS_CHARS_MAX).contains(&class.len())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let is_valid = ELEMENTS.contains(&element) && class.is_none_or(is_plain);
    is_valid.then(|| Tag::of(element, class))
}

/// Appends a text so that a browser displays it unchanged, in an element or a quoted attribute.
fn escape(text: &str, html: &mut String) {
    for char in text.chars() {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            char => html.push(char),
        }
    }
}

fn ranges(text: &str, marks: &[Mark]) -> Vec<MarkedRange> {
    let units = |part: &str| part.encode_utf16().count();
    let (mut counted, mut start) = (0, 0);
    let ranges = marks.iter().map(|mark| {
        start += units(&text[counted..mark.range.start]);
        counted = mark.range.start;
        MarkedRange {
            start,
            length: units(&text[mark.range.clone()]),
        }
    });
    ranges.collect()
}
