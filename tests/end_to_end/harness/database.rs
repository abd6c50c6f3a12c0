//! A migrated database for each test.

use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{command, eventually, stderr};

/// The advisory lock under which the first process of a test run migrates the template.
const TEMPLATE_LOCK: i64 = 0x0072_6f6f_7374;

/// Postgres notices within this time that a reader has gone.
const SLOT_FREE_WITHIN: Duration = Duration::from_secs(30);

/// A migrated database without rows. Dropped at the end, with all of its slots.
pub(crate) struct TestDatabase {
    /// Also the name of the slot that nodes over this database use.
    pub(crate) name: String,
    /// Its connection URL.
    pub(crate) url: String,
    /// A pool of connections to it.
    pub(crate) pool: PgPool,
    server_url: String,
}

impl TestDatabase {
    /// Copies a template, which the first test of a run migrates.
    pub(crate) async fn create() -> Self {
        Self::create_on(server_url()).await
    }

    /// The same on another server.
    pub(crate) async fn create_on(server_url: String) -> Self {
        let name = format!("t_{:016x}", rand::random::<u64>());
        let mut server = PgConnection::connect(&server_url)
            .await
            .expect("the test cluster accepts connections");
        let template = template(&mut server, &server_url).await;
        run(
            &mut server,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await;
        server.close().await.unwrap();
        let url = with_database(&server_url, &name);
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .connect_lazy(&url)
            .unwrap();
        Self {
            name,
            url,
            pool,
            server_url,
        }
    }

    /// Runs one or more statements.
    pub(crate) async fn execute(&self, sql: &str) {
        let done = self.pool.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The one row that a query returns.
    pub(crate) async fn row(&self, sql: &str) -> PgRow {
        let row = self.pool.fetch_one(sqlx::raw_sql(AssertSqlSafe(sql))).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The first row that a query returns; `None` without a row or on an error.
    pub(crate) async fn row_if_possible(&self, sql: &str) -> Option<PgRow> {
        let row = self.pool.fetch_optional(sqlx::raw_sql(AssertSqlSafe(sql)));
        row.await.ok().flatten()
    }

    /// The position where the WAL ends. A server that commits asynchronously may not have flushed
    /// its WAL up to there yet.
    pub(crate) async fn wal_end(&self) -> String {
        let end = "SELECT pg_current_wal_insert_lsn()::text";
        sqlx::Row::get(&self.row(end).await, 0)
    }

    /// The position up to which the WAL is flushed, which a client reads after its commit.
    pub(crate) async fn flushed(&self) -> String {
        let end = "SELECT pg_current_wal_flush_lsn()::text";
        sqlx::Row::get(&self.row(end).await, 0)
    }

    /// Drops a slot as soon as no session reads from it.
    pub(crate) async fn drop_slot(&self, slot: &str) {
        let drop = format!(
            "SELECT pg_drop_replication_slot(slot_name)::text FROM pg_replication_slots
            WHERE slot_name = '{slot}'"
        );
        eventually("the slot is free", SLOT_FREE_WITHIN, async || {
            self.row_if_possible(&drop).await
        })
        .await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (name, server_url) = (self.name.clone(), self.server_url.clone());
        // `drop` cannot block the runtime of the test, and a runtime cannot start within another.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime
                .block_on(drop_database(&server_url, &name))
                .map_err(std::io::Error::other)
        })
        .join();
        if !matches!(dropped, Ok(Ok(()))) {
            eprintln!(
                "cannot drop the database {} of this test: {dropped:?}",
                self.name
            );
        }
    }
}

async fn drop_database(server_url: &str, name: &str) -> Result<(), sqlx::Error> {
    let mut server = PgConnection::connect(server_url).await?;
    let slots: Vec<(String, Option<i32>)> = sqlx::query_as(
        "SELECT slot_name::text, active_pid FROM pg_replication_slots WHERE database = $1",
    )
    .bind(name)
    .fetch_all(&mut server)
    .await?;
    for (slot, active_pid) in slots {
        if let Some(pid) = active_pid {
            // Waits for the WAL sender to end, since an active slot cannot be dropped.
            sqlx::query("SELECT pg_terminate_backend($1, 5000)")
                .bind(pid)
                .execute(&mut server)
                .await?;
        }
        sqlx::query("SELECT pg_drop_replication_slot($1)")
            .bind(slot)
            .execute(&mut server)
            .await?;
    }
    let sql = format!("DROP DATABASE {name} WITH (FORCE)");
    server.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    server.close().await
}

/// The template of the current migrations, created if it does not exist yet.
async fn template(server: &mut PgConnection, server_url: &str) -> String {
    let name = format!("roost_template_{}", migrations_version());
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *server)
        .await
        .unwrap();
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(&name)
            .fetch_one(&mut *server)
            .await
            .unwrap();
    if !exists {
        let unfinished = format!("{name}_unfinished");
        run(
            server,
            &format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
        )
        .await;
        run(server, &format!("CREATE DATABASE {unfinished}")).await;
        let url = with_database(server_url, &unfinished);
        let migrated = command()
            .args(["migrate", "--database-url", &url])
            .output()
            .unwrap();
        assert!(migrated.status.success(), "{}", stderr(&migrated));
        run(
            server,
            &format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
        )
        .await;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *server)
        .await
        .unwrap();
    name
}

/// A hash of the migrations, so that a long-lived cluster does not offer an outdated template.
fn migrations_version() -> String {
    let mut files: Vec<_> = std::fs::read_dir(super::repository().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut hash = std::hash::DefaultHasher::new();
    for file in files {
        std::hash::Hash::hash(&std::fs::read(file).unwrap(), &mut hash);
    }
    format!("{:016x}", std::hash::Hasher::finish(&hash))
}

async fn run(server: &mut PgConnection, sql: &str) {
    let done = server.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn server_url() -> String {
    std::env::var("ROOST_TEST_DATABASE_URL").expect(
        "ROOST_TEST_DATABASE_URL names a Postgres for the tests: `make test` sets it, or \
         ROOST_TEST_DATABASE_URL=$(roost postgres start --throwaway)",
    )
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (server, query) = match url.split_once('?') {
        Some((server, query)) => (server, format!("?{query}")),
        None => (url, String::new()),
    };
    let (scheme, rest) = server.split_once("://").expect("a URL");
    let address = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{address}/{name}{query}")
}
