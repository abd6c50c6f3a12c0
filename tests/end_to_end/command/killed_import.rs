//! A killed import leaves no rows.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

use sqlx::Row;

use crate::harness::{Roost, TestDatabase, assert_equal, command, eventually, stderr};

const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_killed_import_leaves_no_rows_and_the_next_one_imports_all() {
    let database = TestDatabase::create().await;
    let mut killed = import(&database, 60_000).spawn().unwrap();
    eventually("rooms are being copied", DEADLINE, async || {
        let sql = "SELECT EXISTS (
            SELECT FROM pg_stat_progress_copy
            WHERE datname = current_database() AND relid = 'rooms'::regclass
                AND tuples_processed > 0
        )";
        assert!(killed.try_wait().unwrap().is_none(), "the import has ended");
        database.row(sql).await.get::<bool, _>(0).then_some(())
    })
    .await;
    killed.kill().unwrap();
    assert_eq!(killed.wait().unwrap().signal(), Some(9));
    let venues = database.row("SELECT count(*) FROM exam_venues").await;
    assert_eq!(venues.get::<i64, _>(0), 0);

    let imported = import(&database, 3_000).output().unwrap();
    assert!(imported.status.success(), "{}", stderr(&imported));
    let node = Roost::start(&database).await;
    assert_equal(&database, &node.data_dir, 3_000).await;
}

fn import(database: &TestDatabase, rooms: u32) -> Command {
    let mut command = command();
    command
        .args(["import", "shipped", "--rooms", &rooms.to_string()])
        .args(["--database-url", &database.url]);
    command
}
