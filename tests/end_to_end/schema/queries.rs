//! The queries cached in `.sqlx`, against which the code is compiled, fit the schema.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::harness::{TestDatabase, repository};

#[tokio::test]
async fn every_cached_query_fits_the_migrated_schema() {
    let database = TestDatabase::create().await;
    let mut checked = 0;
    for file in std::fs::read_dir(repository().join(".sqlx")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let query: Value = serde_json::from_str(&text).unwrap();
        let sql = query["query"].as_str().unwrap().to_owned();
        let mut connection = database.pool.acquire().await.unwrap();
        let described = connection
            .describe(AssertSqlSafe(sql.clone()).into_sql_str())
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}; run `make sqlx`"));
        let described = serde_json::to_value(described).unwrap();
        assert_eq!(described, query["describe"], "{sql}: run `make sqlx`");
        checked += 1;
    }
    assert!(checked > 10, "only {checked} queries are cached");
}
