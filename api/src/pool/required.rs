//! Members of a body that must be present and not null.

use roost_market::Change;

use crate::http::error::ApiError;

/// The value of a required member.
pub(super) fn required<T>(
    member: &'static str,
    value: Change<T>,
    expected: impl Into<String>,
) -> Result<T, ApiError> {
    match value {
        Change::Set(value) => Ok(value),
        Change::Keep => Err(ApiError::missing(member, expected.into())),
        Change::Clear => Err(ApiError::parameter(member, "null", expected.into())),
    }
}
