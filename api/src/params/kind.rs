//! What reading a parameter returns, and how it is described.

use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use super::values::Params;
use crate::http::error::ApiError;

/// The kind of a parameter: which values it accepts and what reading it returns.
pub(crate) trait Kind {
    /// What reading returns.
    type Output;

    /// Reads the parameter of this name.
    fn read(&self, name: &'static str, params: &Params) -> Result<Self::Output, ApiError>;

    /// The values that it accepts, as errors state them: "a number from 0 to 5".
    fn expected(&self) -> String;

    /// The value of a query string as JSON.
    fn json(&self, text: &str) -> Value;

    /// Whether the value is a comma-separated list, and an array in JSON.
    fn is_list(&self) -> bool {
        false
    }

    /// The description for the OpenAPI document.
    fn shape(&self) -> Shape;
}

/// How the OpenAPI document describes a kind.
pub(crate) struct Shape {
    pub(crate) schema: RefOr<Schema>,
    pub(crate) is_required: bool,
}
