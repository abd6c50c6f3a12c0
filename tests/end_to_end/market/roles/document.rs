//! The OpenAPI document of a node.

use std::collections::BTreeSet;

use serde_json::Value;

use super::table::Row;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The document.
pub(super) struct Document(pub(super) Value);

impl Document {
    /// Method and path of each route.
    pub(super) fn routes(&self) -> BTreeSet<String> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        let routes = paths.flat_map(|(path, item)| {
            let methods = METHODS.iter().filter(|method| item[**method].is_object());
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        routes.collect()
    }

    /// The first example of a route's body; null if it has no body.
    pub(super) fn body(&self, row: &Row) -> Value {
        let content = &self.operation(row)["requestBody"]["content"]["application/json"];
        let mut schema = &content["schema"];
        // A body that may be left out is described as one schema or null.
        if schema["oneOf"].is_array() {
            schema = &schema["oneOf"][0];
        }
        if let Some(name) = schema["$ref"].as_str() {
            schema = self.0.pointer(name.trim_start_matches('#')).unwrap();
        }
        for example in [
            &content["example"],
            &schema["example"],
            &schema["examples"][0],
        ] {
            if !example.is_null() {
                return example.clone();
            }
        }
        assert!(content.is_null(), "{} has no example", row.route());
        Value::Null
    }

    /// Whether a route says that it may answer with this status.
    pub(super) fn has_status(&self, row: &Row, status: u16) -> bool {
        self.operation(row)["responses"][status.to_string()].is_object()
    }

    fn operation(&self, row: &Row) -> &Value {
        &self.0["paths"][&row.path][row.method.to_lowercase()]
    }
}
