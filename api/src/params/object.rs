//! Reads the members of a JSON object that a request sends as its body.

use axum::http::StatusCode;
use roost_market::Change;

use super::json::Json;
use super::values::{duplicate_parameter, unknown_parameter};
use crate::http::error::{ApiError, Code};

/// The object of a body, whose members are all known. A member that is null counts as absent.
pub(crate) struct JsonObject(Vec<(String, Json)>);

impl JsonObject {
    /// Parses a body. `known` are the names of all members that it may have.
    pub(crate) fn parse(body: &[u8], known: &[&'static str]) -> Result<JsonObject, ApiError> {
        let invalid = |message: String| {
            ApiError::new(StatusCode::BAD_REQUEST, Code::BadRequest, message).with_expected(
                format!("a JSON object with the members {}", known.join(", ")),
            )
        };
        match serde_json::from_slice(body) {
            Ok(Json::Object(members)) => JsonObject::of_members(members, known),
            Ok(_) => Err(invalid("the body is not a JSON object".to_owned())),
            Err(error) => Err(invalid(format!("the body is not valid JSON: {error}"))),
        }
    }

    /// The object with these members. `known` are the names of all that it may have.
    pub(crate) fn of_members(
        members: Vec<(String, Json)>,
        known: &[&'static str],
    ) -> Result<JsonObject, ApiError> {
        for (at, (name, _)) in members.iter().enumerate() {
            // The value of a misspelt member may be a secret, so no error repeats it.
            if !known.contains(&name.as_str()) {
                return Err(unknown_parameter(name, "", known));
            }
            if members[..at].iter().any(|(before, _)| before == name) {
                return Err(duplicate_parameter(name, ""));
            }
        }
        Ok(JsonObject(members))
    }

    /// Checks that a member is present.
    pub(crate) fn require(
        &self,
        name: &'static str,
        expected: impl FnOnce() -> String,
    ) -> Result<(), ApiError> {
        match self.0.iter().any(|(member, _)| member == name) {
            true => Ok(()),
            false => Err(ApiError::missing(name, expected())),
        }
    }

    /// A text; `None` if it is absent.
    pub(crate) fn text(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(other) => Err(ApiError::parameter(name, &other.to_string(), expected)),
        }
    }

    /// A text that must be present.
    pub(crate) fn required_text(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<String, ApiError> {
        let text = self.text(name, expected)?;
        text.ok_or_else(|| ApiError::missing(name, expected))
    }

    /// A text that no error repeats, such as a password; `None` if it is absent.
    pub(crate) fn secret(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::secret(name, expected)),
        }
    }

    /// A text that must be present and that no error repeats.
    pub(crate) fn required_secret(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<String, ApiError> {
        let secret = self.secret(name, expected)?;
        secret.ok_or_else(|| ApiError::missing(name, expected))
    }

    /// A whole number that is not negative; `None` if it is absent. The action checks its range.
    pub(crate) fn whole(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<u32>, ApiError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let number = match &value {
            Json::Number(number) => number.as_u64(),
            _ => None,
        };
        let number = number.and_then(|number| u32::try_from(number).ok());
        number
            .map(Some)
            .ok_or_else(|| ApiError::parameter(name, &value.to_string(), expected))
    }

    /// A list that must be present.
    pub(crate) fn array(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Vec<Json>, ApiError> {
        match self.take(name) {
            None => Err(ApiError::missing(name, expected)),
            Some(Json::Array(items)) => Ok(items),
            Some(other) => Err(ApiError::parameter(name, &other.to_string(), expected)),
        }
    }

    /// Takes a member out, as a merge patch contains it.
    pub(crate) fn take_change(&mut self, name: &str) -> Change<Json> {
        let at = self.0.iter().position(|(member, _)| member == name);
        match at.map(|at| self.0.swap_remove(at).1) {
            None => Change::Keep,
            Some(Json::Null) => Change::Clear,
            Some(value) => Change::Set(value),
        }
    }

    /// Takes a member out; `None` if it is absent or null.
    fn take(&mut self, name: &str) -> Option<Json> {
        match self.take_change(name) {
            Change::Set(value) => Some(value),
            Change::Keep | Change::Clear => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["email", "password", "total_capacity"];

    fn object(text: &str) -> Result<JsonObject, String> {
        JsonObject::parse(text.as_bytes(), &KNOWN).map_err(|error| error.to_string())
    }

    #[test]
    fn known_members_are_read_and_null_counts_as_absent() {
        let text = r#"{"email": "a@b.c", "password": null, "total_capacity": 12}"#;
        let mut object = object(text).unwrap();
        assert_eq!(object.required_text("email", "a text").unwrap(), "a@b.c");
        assert_eq!(object.secret("password", "a text").unwrap(), None);
        assert_eq!(
            object.whole("total_capacity", "a number").unwrap(),
            Some(12)
        );
    }

    #[test]
    fn an_unknown_or_repeated_member_and_a_body_of_another_kind_are_rejected_by_name() {
        for (text, start) in [
            (
                r#"{"pasword": "hidden"}"#,
                "there is no parameter \"pasword\" here; did you mean password?",
            ),
            (
                r#"{"email": "a", "email": "b"}"#,
                "email is given more than once",
            ),
            ("[]", "the body is not a JSON object"),
            ("{", "the body is not valid JSON: EOF"),
            ("\"\u{7f}", "the body is not valid JSON"),
        ] {
            let message = object(text).err().unwrap();
            assert!(message.starts_with(start), "{text}: {message}");
            assert!(!message.contains("hidden"), "{message}");
        }
        assert!(JsonObject::parse(b"{\"email\": \"\xff\"}", &KNOWN).is_err());
    }

    #[test]
    fn a_member_of_the_wrong_type_is_rejected_by_name_and_a_secret_is_not_repeated() {
        let read = |text: &str| object(text).unwrap();
        let error = read(r#"{"email": 5}"#).text("email", "a text").unwrap_err();
        assert_eq!(error.to_string(), "email must be a text, not \"5\"");
        let error = read(r#"{"password": 12345}"#).required_secret("password", "a text");
        assert_eq!(error.unwrap_err().to_string(), "password must be a text");
        let error = read("{}")
            .required_secret("password", "a text")
            .unwrap_err();
        assert_eq!(error.to_string(), "password is missing: expected a text");
        for bad in ["-1", "1.5", "4294967296", "\"1\"", "true"] {
            let text = format!("{{\"total_capacity\": {bad}}}");
            let error = read(&text).whole("total_capacity", "a number").unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("total_capacity must be a number")
            );
        }
    }
}
