//! The body of a request that may say why.

use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::params::object::JsonObject;

/// Why something is declined or cancelled.
#[derive(Debug, ToSchema)]
#[schema(as = Reason, example = json!({"reason": "I have found a room nearer to the venue."}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct ReasonBody {
    /// One line, which the other party reads.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$"
    )]
    reason: Option<String>,
}

/// Reads the reason; `None` without a body or a reason. The body `null` is none.
pub(super) fn read_reason(body: &[u8]) -> Result<Option<String>, ApiError> {
    if matches!(body.trim_ascii(), b"" | b"null") {
        return Ok(None);
    }
    let mut object = JsonObject::parse(body, &["reason"])?;
    object.text("reason", "a line of 1 to 500 characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_may_be_left_out_with_or_without_a_body() {
        for body in ["", "null", " null\n", "{}", r#"{"reason": null}"#] {
            assert_eq!(read_reason(body.as_bytes()).unwrap(), None, "{body}");
        }
        let reason = read_reason(br#"{"reason": "too far"}"#).unwrap();
        assert_eq!(reason.as_deref(), Some("too far"));
        for body in ["[]", "nul", r#"{"why": "too far"}"#, r#"{"reason": 5}"#] {
            read_reason(body.as_bytes()).unwrap_err();
        }
    }
}
