//! The parameters that filter by one attribute, from the declaration of a collection.

use roost_collections::{
    Comparison, Declared as DeclaredCollection, FieldDeclaration, FilterParameter, Source,
};
use roost_engine::{Category, Collection, Condition, FieldId, Interval, Radius, Tags};
use serde_json::Value;

use super::names::NameOf;
use crate::http::error::ApiError;
use crate::params::declaration::{Declared, OwnedGroup, Param};
use crate::params::kind::{Kind, Shape};
use crate::params::list::List;
use crate::params::scalar::{Flag, Number, Text, Whole};
use crate::params::values::Params;

/// The maximum number of characters of a name in a parameter.
const NAME_CHARS_MAX: usize = 512;

/// The parameters that filter by the attributes of documents.
pub(super) struct AttributeParams {
    collection: Collection,
    params: Vec<Param<Attribute>>,
    group: OwnedGroup,
}

/// What some parameters say of a document's attributes.
pub(super) struct AttributeFilters {
    /// Each must hold.
    pub(super) conditions: Vec<Condition>,
    /// The categories of visibility; those of the first one are found if there is none.
    pub(super) visibility: Vec<Category>,
}

/// A kind of parameter that is compared with an attribute.
#[derive(Clone, Copy)]
struct Attribute {
    collection: Collection,
    field: FieldId,
    comparison: Comparison,
    accepted: Accepted,
    has_tags: bool,
}

/// The values that a parameter accepts.
#[derive(Clone, Copy)]
enum Accepted {
    Number(Number),
    Whole(Whole<u32>),
    Names(List<NameOf>),
    Texts(List<Text>),
    Flag(Flag),
}

impl AttributeParams {
    pub(super) fn new(declared: DeclaredCollection) -> AttributeParams {
        let fields = declared.declaration.values();
        let params = fields.flat_map(|(id, field)| {
            let parameters = field.parameters.iter();
            parameters.map(move |parameter| param(declared.collection, (id, field), parameter))
        });
        AttributeParams {
            collection: declared.collection,
            params: params.collect(),
            group: OwnedGroup::default(),
        }
    }

    pub(super) fn group(&'static self) -> &'static [&'static dyn Declared] {
        let params = self.params.iter();
        self.group
            .of(|| params.map(|param| param as &dyn Declared).collect())
    }

    /// Reads the parameters of all attributes.
    pub(super) fn read(&self, params: &Params) -> Result<AttributeFilters, ApiError> {
        let (mut conditions, mut visibility) = (Vec::new(), Vec::new());
        let mut lowest: Option<(&'static str, FieldId, f64)> = None;
        for param in &self.params {
            let Some(condition) = param.read(params)? else {
                continue;
            };
            match condition {
                Condition::Category(field, categories)
                    if self.collection.visibility() == Some(field) =>
                {
                    visibility = categories;
                    continue;
                }
                Condition::Number(field, Interval::From(min)) => {
                    lowest = Some((param.name(), field, min));
                }
                Condition::Number(field, Interval::UpTo(max)) => {
                    reject_empty(lowest, field, param.name(), max)?;
                }
                _ => {}
            }
            conditions.push(condition);
        }
        Ok(AttributeFilters {
            conditions,
            visibility,
        })
    }
}

/// Rejects a lowest number above the highest of the same attribute, which follows it.
fn reject_empty(
    lowest: Option<(&'static str, FieldId, f64)>,
    field: FieldId,
    name_of_max: &str,
    max: f64,
) -> Result<(), ApiError> {
    match lowest {
        Some((name, of, min)) if of == field && min > max => {
            let expected = format!("at most {name_of_max}, which is {max}");
            Err(ApiError::parameter(name, &min.to_string(), expected))
        }
        _ => Ok(()),
    }
}

fn param(
    collection: Collection,
    (field, declared): (FieldId, &'static FieldDeclaration),
    parameter: &FilterParameter,
) -> Param<Attribute> {
    let min = match parameter.comparison {
        Comparison::AtLeast { min } => min,
        _ => 0.0,
    };
    let accepted = match declared.source {
        // Both bounds are whole numbers within the range.
        Source::Number {
            min: lowest,
            max,
            is_whole: true,
            ..
        } if lowest >= 0.0 && max <= u32::MAX.into() => Accepted::Whole(Whole {
            min: min as u32,
            max: max as u32,
        }),
        Source::Number {
            min: lowest, max, ..
        } => Accepted::Number(Number {
            min: if min > 0.0 { min } else { lowest.min(0.0) },
            max,
        }),
        Source::Reach { .. } => Accepted::Number(Number {
            min,
            max: Radius::MAX_M,
        }),
        Source::Name { .. } => Accepted::Texts(List::of(Text {
            chars_max: NAME_CHARS_MAX,
        })),
        Source::IsSet | Source::IsTrue => Accepted::Flag(Flag),
        _ => Accepted::Names(List::of(NameOf(declared))),
    };
    let kind = Attribute {
        collection,
        field,
        comparison: parameter.comparison,
        accepted,
        has_tags: matches!(declared.source, Source::Tags(_)),
    };
    let param = Param::new(parameter.name, kind).describe(parameter.doc);
    param.example(parameter.example)
}

/// Evaluates an expression for whichever kind a parameter accepts.
macro_rules! each {
    ($accepted:expr, $kind:ident => $value:expr) => {
        match $accepted {
            Accepted::Number($kind) => $value,
            Accepted::Whole($kind) => $value,
            Accepted::Names($kind) => $value,
            Accepted::Texts($kind) => $value,
            Accepted::Flag($kind) => $value,
        }
    };
}

impl Kind for Attribute {
    type Output = Option<Condition>;

    fn read(&self, name: &'static str, params: &Params) -> Result<Option<Condition>, ApiError> {
        let field = self.field;
        let number = match &self.accepted {
            Accepted::Number(number) => number.read(name, params)?,
            Accepted::Whole(whole) => whole.read(name, params)?.map(f64::from),
            Accepted::Names(names) => {
                let names = names.read(name, params)?;
                return Ok((!names.is_empty()).then(|| self.condition_of(&names)));
            }
            Accepted::Texts(texts) => {
                let texts = texts.read(name, params)?;
                return Ok((!texts.is_empty()).then_some(Condition::Name(field, texts)));
            }
            Accepted::Flag(flag) => {
                let is_set = flag.read(name, params)?.unwrap_or(false);
                return Ok(is_set.then_some(Condition::Flag(field, true)));
            }
        };
        Ok(number.map(|number| match self.comparison {
            Comparison::AtMost => Condition::Number(field, Interval::UpTo(number)),
            _ => Condition::Number(field, Interval::From(number)),
        }))
    }

    fn expected(&self) -> String {
        each!(&self.accepted, kind => Kind::expected(kind))
    }

    fn json(&self, text: &str) -> Value {
        each!(&self.accepted, kind => Kind::json(kind, text))
    }

    fn is_list(&self) -> bool {
        each!(&self.accepted, kind => Kind::is_list(kind))
    }

    fn shape(&self) -> Shape {
        each!(&self.accepted, kind => kind.shape())
    }
}

impl Attribute {
    /// The condition that a document has any or all of some categories or tags.
    fn condition_of(&self, names: &[&'static str]) -> Condition {
        let (collection, field) = (self.collection, self.field);
        let tags = names.iter().filter_map(|name| collection.tag(field, name));
        match (self.comparison, self.has_tags) {
            (Comparison::AllOf, _) => Condition::AllTags(field, tags.fold(Tags::NONE, Tags::with)),
            (_, true) => Condition::AnyTag(field, tags.fold(Tags::NONE, Tags::with)),
            _ => {
                let names = names.iter();
                let categories = names.filter_map(|name| collection.category(field, name));
                let mut categories: Vec<Category> = categories.collect();
                categories.sort_unstable();
                categories.dedup();
                Condition::Category(field, categories)
            }
        }
    }
}
