//! The parameters that filter by one attribute, from the declaration of rooms.

use std::sync::LazyLock;

use roost_collections::{Comparison, FieldDeclaration, FilterParameter, Source, rooms};
use roost_engine::{Category, Condition, FieldId, Interval, Tags};
use serde_json::Value;

use crate::http::error::ApiError;
use crate::params::declaration::{Declared, Group, Param};
use crate::params::kind::{Kind, Shape};
use crate::params::list::List;
use crate::params::scalar::{Flag, Number, Whole};
use crate::params::values::Params;
use crate::rooms::vocabulary::NameOf;

/// Filters by a room's attributes.
pub(crate) const ATTRIBUTES: Group = Group::new(|| &DECLARED);

static DECLARED: LazyLock<Vec<&'static dyn Declared>> = LazyLock::new(|| {
    let params = PARAMS.iter();
    params.map(|param| param as &dyn Declared).collect()
});

static PARAMS: LazyLock<Vec<Param<Attribute>>> = LazyLock::new(|| {
    let fields = rooms::DECLARATION.values();
    let params = fields.flat_map(|(field, declared)| {
        let parameters = declared.parameters.iter();
        parameters.map(move |parameter| param(field, declared, parameter))
    });
    params.collect()
});

/// What some parameters say of a room's attributes.
pub(super) struct AttributeFilters {
    /// Each must hold.
    pub(super) conditions: Vec<Condition>,
    /// Rooms with any of these statuses; listed rooms if there is none.
    pub(super) visibility: Vec<Category>,
}

/// A kind of parameter that is compared with an attribute.
#[derive(Clone, Copy)]
struct Attribute {
    field: FieldId,
    comparison: Comparison,
    accepted: Accepted,
}

/// The values that a parameter accepts.
#[derive(Clone, Copy)]
enum Accepted {
    Number(Number),
    Whole(Whole<u32>),
    Names(List<NameOf>),
    Flag(Flag),
}

/// Reads the parameters of all attributes.
pub(super) fn read(params: &Params) -> Result<AttributeFilters, ApiError> {
    let (mut conditions, mut visibility) = (Vec::new(), Vec::new());
    let mut lowest: Option<(&'static str, FieldId, f64)> = None;
    for param in &*PARAMS {
        let Some(condition) = param.read(params)? else {
            continue;
        };
        match condition {
            Condition::Category(field, categories) if is_visibility(field) => {
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

fn is_visibility(field: FieldId) -> bool {
    rooms::collection().visibility() == Some(field)
}

fn param(
    field: FieldId,
    declared: &'static FieldDeclaration,
    parameter: &FilterParameter,
) -> Param<Attribute> {
    let min = match parameter.comparison {
        Comparison::AtLeast { min } => min,
        _ => 0.0,
    };
    let accepted = match declared.source {
        // Both bounds are whole numbers within the range.
        Source::Number {
            max,
            is_whole: true,
            ..
        } => Accepted::Whole(Whole {
            min: min as u32,
            max: max as u32,
        }),
        Source::Number { max, .. } => Accepted::Number(Number { min, max }),
        Source::IsSet | Source::IsTrue => Accepted::Flag(Flag),
        _ => Accepted::Names(List::of(NameOf(declared))),
    };
    let kind = Attribute {
        field,
        comparison: parameter.comparison,
        accepted,
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
    /// The condition that a room has any or all of some categories or tags.
    fn condition_of(&self, names: &[&'static str]) -> Condition {
        let (rooms, field) = (rooms::collection(), self.field);
        let names = names.iter();
        match self.comparison {
            Comparison::AllOf => {
                let tags = names.filter_map(|name| rooms.tag(field, name));
                Condition::AllTags(field, tags.fold(Tags::NONE, Tags::with))
            }
            _ => {
                let categories = names.filter_map(|name| rooms.category(field, name));
                let mut categories: Vec<Category> = categories.collect();
                categories.sort_unstable();
                categories.dedup();
                Condition::Category(field, categories)
            }
        }
    }
}
