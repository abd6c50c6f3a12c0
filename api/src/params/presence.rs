//! What reading returns where a parameter is left out: nothing, a default, or an error.

use serde_json::Value;
use utoipa::openapi::schema::Schema;

use super::kind::{Kind, Shape};
use super::scalar::{Scalar, ToJson};
use super::values::Params;
use crate::http::error::ApiError;

/// A parameter that reads as a default where it is left out.
#[derive(Clone, Copy)]
pub(crate) struct WithDefault<S: Scalar> {
    pub(super) scalar: S,
    pub(super) default: S::Value,
}

/// A parameter that may not be left out.
#[derive(Clone, Copy)]
pub(crate) struct Required<S>(pub(super) S);

/// Without a default, reading returns an option.
impl<S: Scalar> Kind for S {
    type Output = Option<S::Value>;

    fn read(&self, name: &'static str, params: &Params) -> Result<Option<S::Value>, ApiError> {
        let Some(text) = params.text(name)? else {
            return Ok(None);
        };
        self.parse(text).map(Some).map_err(|invalid| {
            invalid.explain(ApiError::parameter(name, text, Scalar::expected(self)))
        })
    }

    fn expected(&self) -> String {
        Scalar::expected(self)
    }

    fn json(&self, text: &str) -> Value {
        Scalar::json(self, text)
    }

    fn is_list(&self) -> bool {
        Scalar::is_list(self)
    }

    fn shape(&self) -> Shape {
        Shape {
            schema: self.schema().into(),
            is_required: false,
        }
    }
}

impl<S: ToJson> Kind for WithDefault<S>
where
    S::Value: Clone,
{
    type Output = S::Value;

    fn read(&self, name: &'static str, params: &Params) -> Result<S::Value, ApiError> {
        let given = self.scalar.read(name, params)?;
        Ok(given.unwrap_or_else(|| self.default.clone()))
    }

    fn expected(&self) -> String {
        Scalar::expected(&self.scalar)
    }

    fn json(&self, text: &str) -> Value {
        Scalar::json(&self.scalar, text)
    }

    fn is_list(&self) -> bool {
        Scalar::is_list(&self.scalar)
    }

    fn shape(&self) -> Shape {
        let mut schema = self.scalar.schema();
        if let Schema::Object(object) = &mut schema {
            object.default = Some(self.scalar.to_json(&self.default));
        }
        Shape {
            schema: schema.into(),
            is_required: false,
        }
    }
}

impl<S: Scalar> Kind for Required<S> {
    type Output = S::Value;

    fn read(&self, name: &'static str, params: &Params) -> Result<S::Value, ApiError> {
        let given = self.0.read(name, params)?;
        given.ok_or_else(|| ApiError::missing(name, Scalar::expected(&self.0)))
    }

    fn expected(&self) -> String {
        Scalar::expected(&self.0)
    }

    fn json(&self, text: &str) -> Value {
        Scalar::json(&self.0, text)
    }

    fn is_list(&self) -> bool {
        Scalar::is_list(&self.0)
    }

    fn shape(&self) -> Shape {
        Shape {
            schema: self.0.schema().into(),
            is_required: true,
        }
    }
}
