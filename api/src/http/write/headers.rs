//! The headers of a request that writes, as the OpenAPI document describes them.

use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};

use super::conditions::schema_of_header;

/// `If-Match`, of a route that changes a row with a version.
pub(crate) struct IfMatchHeader;

/// `Idempotency-Key`.
pub(crate) struct IdempotencyKeyHeader;

/// `Idempotency-Key` of a route that answers with a secret.
pub(crate) struct IdempotencyKeyOfSecretHeader;

impl IntoParams for IfMatchHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The `ETag` of the version that the caller has seen. Any version if it \
                           is left out.";
        vec![header("If-Match", description, json!("\"3\""))]
    }
}

impl IntoParams for IdempotencyKeyHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "A repeated request with the same key gets the same response, within 24 \
                           hours.";
        vec![header("Idempotency-Key", description, a_key())]
    }
}

impl IntoParams for IdempotencyKeyOfSecretHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "A repeated request with the same key gets the same response without \
                           the secret, within 24 hours.";
        vec![header("Idempotency-Key", description, a_key())]
    }
}

fn a_key() -> Value {
    json!("5f0c8a6e-8a34-4b1e-9f0e-0f8e7d6c5b4a")
}

fn header(name: &str, description: &str, example: Value) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(schema_of_header(name))
        .example(Some(example))
        .build()
}
