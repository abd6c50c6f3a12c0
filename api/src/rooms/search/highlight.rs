//! The parameters `highlight`, `highlight_tag` and `snippet_words`, and highlighted texts in JSON.

use roost_collections::rooms;
use roost_engine::{FieldId, Hit, Mark, snippet};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::http::error::ApiError;
use crate::http::schema;
use crate::params::declaration::{Param, params};
use crate::params::kind::{Kind, Shape};
use crate::params::list::List;
use crate::params::scalar::{Invalid, Scalar, Whole, one_of};
use crate::params::values::Params;

/// Elements that only change how words look. Some other elements would execute their content.
const ELEMENTS: [&str; 7] = ["b", "em", "i", "mark", "span", "strong", "u"];

/// The element of a request that names none.
const ELEMENT_DEFAULT: &str = "mark";

const CLASS_CHARS_MAX: usize = 64;

/// Replaces words that a snippet leaves out.
const ELLIPSIS: char = '…';

params! {
    /// Highlights.
    pub(super) const HIGHLIGHT_PARAMS;

    /// The texts of each hit in which the words of `q` are marked, under `highlights`: a
    /// comma-separated list, or repeated; `all` for all texts. A word is marked whole, even if `q`
    /// contains a typo or only a prefix of it. Nothing is marked if left out.
    HIGHLIGHT: List<FieldNames> = Param::new("highlight", List::of(FieldNames))
        .example("title,description");

    /// The HTML element around marked words: `b`, `em`, `i`, `mark`, `span`, `strong` or `u`,
    /// optionally with a class after a dot, such as `em.found`.
    HIGHLIGHT_TAG: TagText = Param::new("highlight_tag", TagText).example("em.found");

    /// Cuts marked texts to this many words, around the passage with the most words of `q`.
    SNIPPET_WORDS: Whole<u32> = Param::new("snippet_words", Whole { min: 1, max: 200 })
        .example("20");
}

/// Which texts are marked, and how.
#[derive(Clone, Debug)]
pub(crate) struct Highlighting {
    pub(super) fields: Vec<FieldId>,
    tag: Tag,
    snippet_words: Option<usize>,
}

/// The HTML around marked words.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    before: String,
    after: String,
}

/// The name of a text, or `all`.
#[derive(Clone, Copy)]
pub(super) struct FieldNames;

/// An HTML element, optionally with a class.
#[derive(Clone, Copy)]
pub(super) struct TagText;

/// The texts of a room that contain words of `q`, by the names of their fields. Texts without one
/// are left out.
#[derive(Debug, Default)]
pub(crate) struct Highlights(Vec<(&'static str, MarkedText)>);

/// A text that contains words of `q`.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct MarkedText {
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

impl Highlighting {
    /// Marks nothing.
    pub(crate) fn none() -> Highlighting {
        Highlighting {
            fields: Vec::new(),
            tag: Tag::of(ELEMENT_DEFAULT, None),
            snippet_words: None,
        }
    }

    pub(crate) fn read(params: &Params) -> Result<Highlighting, ApiError> {
        Ok(Highlighting {
            fields: read_fields(params)?,
            tag: HIGHLIGHT_TAG.read(params)?,
            snippet_words: SNIPPET_WORDS.read(params)?.map(|words| words as usize),
        })
    }

    /// The highlights of a hit; `None` if none are requested.
    pub(super) fn highlight(&self, hit: &Hit<&str>) -> Option<Highlights> {
        if self.fields.is_empty() {
            return None;
        }
        let highlights = hit.highlights.iter().map(|highlight| {
            let text = hit.document.text(highlight.field);
            let name = rooms::collection().field_name(highlight.field);
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

impl PartialSchema for Highlights {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().description(Some(
            "The texts that contain words of `q`. Texts without one are left out.",
        ));
        let names = searched_texts().map(|(_, name)| name);
        let object = names.fold(object, |object, name| {
            object.property(name, Ref::from_schema_name(MarkedText::name()))
        });
        object.into()
    }
}

impl ToSchema for Highlights {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((MarkedText::name().into_owned(), MarkedText::schema()));
        MarkedText::schemas(schemas);
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
            return Ok(searched_texts().map(|(field, _)| field).collect());
        }
        let field = searched_texts().find(|(_, name)| *name == text);
        match field {
            Some((field, _)) => Ok(vec![field]),
            None => Err(Invalid::name(text, field_names())),
        }
    }

    fn expected(&self) -> String {
        one_of(field_names())
    }

    fn schema(&self) -> Schema {
        schema::names(field_names())
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

fn field_names() -> impl Iterator<Item = &'static str> {
    std::iter::once("all").chain(searched_texts().map(|(_, name)| name))
}

/// The texts of rooms whose words are searched, with their names.
fn searched_texts() -> impl Iterator<Item = (FieldId, &'static str)> {
    let fields = rooms::collection().schema().fields_by_id();
    let texts = fields.filter(|(_, field)| field.is_searched_text());
    texts.map(|(id, field)| (id, field.name()))
}

fn read_fields(params: &Params) -> Result<Vec<FieldId>, ApiError> {
    let mut fields = HIGHLIGHT.read(params)?.concat();
    fields.sort_unstable();
    fields.dedup();
    Ok(fields)
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
