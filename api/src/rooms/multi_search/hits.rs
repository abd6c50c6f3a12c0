//! Limits the hits of all searches of a request together, which bounds the size of its response.

use super::request::read_params;
use crate::http::error::ApiError;
use crate::params::json::Json;
use crate::params::values::Params;
use crate::query::paging::{LIMIT, NumberedPage};
use crate::rooms::search::groups;

/// The maximum number of hits that all searches together may request. The OpenAPI description of
/// `searches` repeats it.
pub(super) const HITS_MAX: usize = 1_000;

/// Checks the sum of `limit` over all searches; with `group_by` of `limit` times `group_limit`. The
/// error names the search that exceeds it.
pub(super) fn check(searches: &[Json]) -> Result<(), ApiError> {
    let mut total = 0;
    for (number, search) in searches.iter().enumerate() {
        let hits = read_params(search).map_or(0, |params| hits_max(&params));
        let left = HITS_MAX - total;
        if hits > left {
            let expected = format!(
                "at most {left} hits here, since all searches together may request {HITS_MAX}; \
                 group_limit multiplies limit"
            );
            let error = ApiError::parameter(LIMIT.name(), &hits.to_string(), expected);
            return Err(error.inside(&format!("searches[{number}]")));
        }
        total += hits;
    }
    Ok(())
}

/// The hits that a search may return. A search with an invalid parameter returns an error instead.
fn hits_max(params: &Params) -> usize {
    let page = NumberedPage::read(params, None).map_or(0, |page| page.limit);
    let groups = groups::read(params).map_or(Some(0), |hits_max| hits_max);
    page * groups.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn json(search: Value) -> Json {
        serde_json::from_value(search).unwrap()
    }

    #[test]
    fn the_hits_of_all_searches_are_limited_together() {
        let searches = |search: Value, count| vec![json(search); count];
        assert!(check(&searches(json!({}), 50)).is_ok());
        assert!(check(&searches(json!({"limit": 100}), 10)).is_ok());
        assert!(check(&searches(json!({"limit": "100"}), 11)).is_err());
        let grouped = json!({"group_by": "landlord", "group_limit": 10, "limit": 100});
        assert!(check(&searches(grouped.clone(), 1)).is_ok());
        assert!(check(&searches(grouped, 2)).is_err());
        // These get errors of their own and return no hits.
        assert!(check(&searches(json!({"limit": 101}), 50)).is_ok());
        assert!(check(&searches(json!(7), 50)).is_ok());
    }

    #[test]
    fn the_error_names_the_search_and_what_is_left() {
        let pair = [json!({"limit": 100}), json!({"limit": 30})];
        let searches: Vec<Json> = pair.map(json).into_iter().cycle().take(20).collect();
        let error = check(&searches).unwrap_err().into_envelope();
        let error = serde_json::to_value(&error).unwrap()["error"].clone();
        assert_eq!(error["field"], "searches[14].limit");
        assert_eq!(error["value"], "100");
        let expected = error["expected"].as_str().unwrap();
        assert!(expected.starts_with("at most 90 hits here"), "{expected}");
    }
}
