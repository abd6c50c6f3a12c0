//! Takes parameters from the members of a JSON object.

use super::declaration::{Declared, QueryParams, declared};
use super::json::Json;
use super::values::{Params, duplicate_parameter, unknown_parameter};
use crate::http::error::ApiError;

/// Takes the parameters `Q` from the members of an object: texts, numbers, `true` and `false`, and
/// arrays for lists. Null is the same as left out. The object may have `others`, which are not
/// among these members.
pub(crate) fn read_members<Q: QueryParams>(
    members: &[(String, Json)],
    others: &[&'static str],
) -> Result<Params, ApiError> {
    let mut values = Vec::with_capacity(members.len());
    for (at, (name, value)) in members.iter().enumerate() {
        let Some(parameter) = declared::<Q>().find(|it| it.name() == name) else {
            let names = declared::<Q>().map(Declared::name);
            let known: Vec<&str> = others.iter().copied().chain(names).collect();
            return Err(unknown_parameter(name, &value.to_string(), &known));
        };
        if members[..at].iter().any(|(before, _)| before == name) {
            return Err(duplicate_parameter(name, &value.to_string()));
        }
        let text = match value {
            Json::Array(items) if parameter.is_list() => list(name, items)?,
            value => scalar(parameter, value)?,
        };
        values.extend(text.map(|text| (parameter.name(), text)));
    }
    Ok(Params::of(values))
}

/// A JSON value as it is written in a query string; `None` for null.
fn scalar(parameter: &dyn Declared, value: &Json) -> Result<Option<String>, ApiError> {
    match value {
        Json::Null => Ok(None),
        Json::Text(text) => Ok(Some(text.clone())),
        Json::Bool(_) | Json::Number(_) => Ok(Some(value.to_string())),
        Json::Array(_) | Json::Object(_) => {
            let (name, expected) = (parameter.name(), parameter.expected());
            Err(ApiError::parameter(name, &value.to_string(), expected))
        }
    }
}

/// A JSON array as it is written in a query string; `None` for an empty one.
fn list(name: &str, items: &[Json]) -> Result<Option<String>, ApiError> {
    let texts = items.iter().map(|item| match item {
        Json::Text(text) => Ok(text.clone()),
        Json::Bool(_) | Json::Number(_) => Ok(item.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => {
            let expected = "an array of texts or numbers";
            Err(ApiError::parameter(name, &item.to_string(), expected))
        }
    });
    let texts: Vec<String> = texts.collect::<Result<_, ApiError>>()?;
    Ok((!texts.is_empty()).then(|| texts.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::declaration::{Group, Param, params};
    use crate::params::list::List;
    use crate::params::scalar::{Flag, Number, Text, Whole};

    params! {
        /// Parameters of these tests.
        const TEST;

        /// A text.
        Q: Text = Param::new("q", Text { chars_max: 100 });

        /// A number.
        LAT: Number = Param::new("lat", Number { min: -90.0, max: 90.0 });

        /// A whole number.
        LIMIT: Whole<u32> = Param::new("limit", Whole { min: 1, max: 100 });

        /// A flag.
        EXPLAIN: Flag = Param::new("explain", Flag);

        /// A list.
        AMENITIES: List<Text> = Param::new("amenities", List::of(Text { chars_max: 100 }));
    }

    struct TestParams;

    impl QueryParams for TestParams {
        const GROUPS: &'static [Group] = &[TEST];
    }

    fn members(json: &str) -> Result<Params, ApiError> {
        let Json::Object(members) = serde_json::from_str(json).unwrap() else {
            panic!("{json} is no object");
        };
        read_members::<TestParams>(&members, &["other"])
    }

    #[test]
    fn an_object_reads_as_the_query_string_with_the_same_values() {
        let params = members(
            r#"{"q": "a&b=c", "lat": 19.5, "limit": "5", "explain": true,
                "amenities": ["wifi", "desk,pool"]}"#,
        );
        let params = params.unwrap();
        assert_eq!(params.text("q").unwrap(), Some("a&b=c"));
        assert_eq!(LAT.read(&params).unwrap(), Some(19.5));
        assert_eq!(LIMIT.read(&params).unwrap(), Some(5));
        assert_eq!(EXPLAIN.read(&params).unwrap(), Some(true));
        assert_eq!(AMENITIES.read(&params).unwrap(), ["wifi", "desk", "pool"]);
        let params = members(r#"{"q": null, "amenities": []}"#).unwrap();
        assert_eq!(params.text("q").unwrap(), None);
        assert!(AMENITIES.read(&params).unwrap().is_empty());
    }

    #[test]
    fn a_member_of_the_wrong_kind_is_rejected_by_name() {
        for (bad, start) in [
            (r#"{"q": {}}"#, "q must be a text of at most 100 characters"),
            (
                r#"{"q": ["a"]}"#,
                "q must be a text of at most 100 characters",
            ),
            (
                r#"{"lat": [null, null]}"#,
                "lat must be a number from -90 to 90",
            ),
            (
                r#"{"amenities": [["a"]]}"#,
                "amenities must be an array of texts",
            ),
            (
                r#"{"amenities": [null]}"#,
                "amenities must be an array of texts",
            ),
            (r#"{"lat": 1, "lat": 1}"#, "lat is given more than once"),
            (
                r#"{"limt": 5}"#,
                "there is no parameter \"limt\" here; did you mean limit?",
            ),
            (
                r#"{"othr": 5}"#,
                "there is no parameter \"othr\" here; did you mean other?",
            ),
        ] {
            let message = members(bad).unwrap_err().to_string();
            assert!(message.starts_with(start), "{bad}: {message}");
        }
    }
}
