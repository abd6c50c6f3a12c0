//! Declares query parameters, and lists them in the OpenAPI document.

use std::marker::PhantomData;
use std::sync::OnceLock;

use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};

use super::kind::{Kind, Shape};
use super::presence::{Required, WithDefault};
use super::scalar::Scalar;
use super::values::Params;
use crate::http::error::ApiError;

/// The declaration of a query parameter. `K` says which values it accepts and what reading it
/// returns.
pub(crate) struct Param<K> {
    name: &'static str,
    kind: K,
    example: Option<&'static str>,
    description: &'static str,
}

/// What routing and the OpenAPI document need of a declaration, whatever its kind.
pub(crate) trait Declared: Send + Sync {
    /// The name in the query string.
    fn name(&self) -> &'static str;

    /// The values that it accepts, as errors state them.
    fn expected(&self) -> String;

    /// Whether the value is a comma-separated list, and an array in JSON.
    fn is_list(&self) -> bool;

    /// Its entry in the OpenAPI document.
    fn document(&self) -> Parameter;
}

/// Parameters that belong together, in the order of the OpenAPI document. A function returns them,
/// because some follow from the declaration of a collection.
#[derive(Clone, Copy)]
pub(crate) struct Group(fn() -> &'static [&'static dyn Declared]);

/// The group of the parameters that a value owns, which lives as long as the program. It is built
/// once, when it is first needed.
#[derive(Default)]
pub(crate) struct OwnedGroup(OnceLock<Vec<&'static dyn Declared>>);

/// The query parameters of a route whose groups are only known when the program runs.
pub(crate) struct ParamSet {
    params: Vec<&'static dyn Declared>,
    names: Vec<&'static str>,
}

/// The query parameters of a route.
pub(crate) trait QueryParams {
    /// All that the route accepts.
    const GROUPS: &'static [Group];

    /// Parses a raw query string.
    fn parse(raw: Option<&str>) -> Result<Params, ApiError> {
        Params::parse(raw, &names::<Self>())
    }
}

/// The query parameters of a route that accepts none.
pub(crate) struct NoParams;

/// Lists the query parameters of a route in the OpenAPI document.
pub(crate) struct Documented<Q>(PhantomData<Q>);

/// Declares a group of parameters. The comment above a parameter is its description in the OpenAPI
/// document:
///
/// ```ignore
/// params! {
///     /// Where to look.
///     pub(crate) const REACH;
///
///     /// How far from the place a room may be, in metres; above 0.
///     RADIUS_M: WithDefault<Length> = Param::new("radius_m", METRES).default(RADIUS_DEFAULT);
/// }
/// ```
macro_rules! params {
    (
        $(#[doc = $group_doc:literal])*
        $vis:vis const $group:ident;
        $(
            $(#[doc = $doc:literal])*
            $name:ident: $kind:ty = $declaration:expr;
        )*
    ) => {
        $(
            $(#[doc = $doc])*
            $vis const $name: $crate::params::declaration::Param<$kind> =
                $declaration.describe(concat!($($doc),*));
        )*

        $(#[doc = $group_doc])*
        $vis const $group: $crate::params::declaration::Group =
            $crate::params::declaration::group!($($name),*);
    };
}

/// A group of some parameters that are constants.
macro_rules! group {
    ($($name:expr),*) => {
        $crate::params::declaration::Group::new(|| {
            const ALL: &[&dyn $crate::params::declaration::Declared] = &[$(&$name),*];
            ALL
        })
    };
}

pub(crate) use {group, params};

impl Group {
    pub(crate) const fn new(params: fn() -> &'static [&'static dyn Declared]) -> Group {
        Group(params)
    }

    /// The parameters in their order.
    pub(crate) fn params(self) -> &'static [&'static dyn Declared] {
        (self.0)()
    }
}

impl OwnedGroup {
    /// The parameters, which `list` lists.
    pub(crate) fn of(
        &'static self,
        list: impl FnOnce() -> Vec<&'static dyn Declared>,
    ) -> &'static [&'static dyn Declared] {
        self.0.get_or_init(list)
    }
}

impl ParamSet {
    pub(crate) fn of(groups: &[&[&'static dyn Declared]]) -> ParamSet {
        let params = groups.concat();
        ParamSet {
            names: params.iter().map(|param| param.name()).collect(),
            params,
        }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// Parses a raw query string.
    pub(crate) fn parse(&self, raw: Option<&str>) -> Result<Params, ApiError> {
        Params::parse(raw, &self.names)
    }

    /// The entries in the OpenAPI document.
    pub(crate) fn document(&self) -> impl Iterator<Item = Parameter> {
        self.params.iter().map(|param| param.document())
    }
}

impl<K> Param<K> {
    pub(crate) const fn new(name: &'static str, kind: K) -> Param<K> {
        Param {
            name,
            kind,
            example: None,
            description: "",
        }
    }
}

impl<K: Copy> Param<K> {
    /// Sets the example, as it is written in a query string before it is encoded.
    pub(crate) const fn example(mut self, example: &'static str) -> Param<K> {
        self.example = Some(example);
        self
    }

    /// Sets the description.
    pub(crate) const fn describe(mut self, description: &'static str) -> Param<K> {
        self.description = description;
        self
    }
}

impl<S: Scalar + Copy> Param<S>
where
    S::Value: Copy,
{
    /// Reads as this value where the parameter is left out.
    pub(crate) const fn default(self, value: S::Value) -> Param<WithDefault<S>> {
        Param {
            name: self.name,
            kind: WithDefault {
                scalar: self.kind,
                default: value,
            },
            example: self.example,
            description: self.description,
        }
    }
}

impl<S: Scalar + Copy> Param<S> {
    /// Rejects requests without the parameter.
    pub(crate) const fn required(self) -> Param<Required<S>> {
        Param {
            name: self.name,
            kind: Required(self.kind),
            example: self.example,
            description: self.description,
        }
    }
}

impl<K: Kind> Param<K> {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Reads the parameter from a request.
    pub(crate) fn read(&self, params: &Params) -> Result<K::Output, ApiError> {
        self.kind.read(self.name, params)
    }
}

impl<S: Scalar> Param<WithDefault<S>> {
    /// Reads the parameter without its default.
    pub(crate) fn given(&self, params: &Params) -> Result<Option<S::Value>, ApiError> {
        self.kind.scalar.read(self.name, params)
    }
}

impl<K: Kind + Send + Sync> Declared for Param<K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn expected(&self) -> String {
        self.kind.expected()
    }

    fn is_list(&self) -> bool {
        self.kind.is_list()
    }

    fn document(&self) -> Parameter {
        let Shape {
            schema,
            is_required,
        } = self.kind.shape();
        let is_list = self.kind.is_list();
        let is_required = match is_required {
            true => utoipa::openapi::Required::True,
            false => utoipa::openapi::Required::False,
        };
        let example = self.example.map(|example| self.kind.json(example));
        ParameterBuilder::new()
            .name(self.name)
            .parameter_in(ParameterIn::Query)
            .description(Some(self.description.trim()))
            .required(is_required)
            .schema(Some(schema))
            .style(is_list.then_some(ParameterStyle::Form))
            .explode(is_list.then_some(false))
            .example(example)
            .build()
    }
}

impl QueryParams for NoParams {
    const GROUPS: &'static [Group] = &[];
}

impl<Q: QueryParams> IntoParams for Documented<Q> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        declared::<Q>().map(Declared::document).collect()
    }
}

/// Every parameter of a route.
pub(crate) fn declared<Q: QueryParams + ?Sized>() -> impl Iterator<Item = &'static dyn Declared> {
    Q::GROUPS
        .iter()
        .flat_map(|group| group.params().iter().copied())
}

fn names<Q: QueryParams + ?Sized>() -> Vec<&'static str> {
    declared::<Q>().map(Declared::name).collect()
}
