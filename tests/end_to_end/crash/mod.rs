//! Crash test: index and tables are equal after any fault at any moment.
//!
//! `make crash-test` runs `ROUNDS=` rounds, and `SEED=` repeats a run.

mod changes;
mod faults;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::{AssertSqlSafe, Executor};

use crate::harness::{
    ClusterFolder, Roost, SmallDisk, TestDatabase, eventually, stderr, stdout, verify_configured,
};
use faults::{Fault, TABLE_IS_COPIED};

/// Disk space for an index of some hundred rooms, several times over.
const DISK_MEGABYTES: usize = 128;
const DEADLINE: Duration = Duration::from_secs(60);
/// A crash point that is not reached within this time is not reached in this round.
const CRASH_DEADLINE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn after_any_crash_index_and_tables_are_equal() {
    let rounds = setting("ROUNDS").unwrap_or(4);
    let seed = setting("SEED").unwrap_or_else(rand::random);
    println!("crash-test: SEED={seed} ROUNDS={rounds}");
    let mut world = World::new().await;
    let (mut faults, mut kills, mut differences) = (BTreeMap::new(), 0, 0);
    for round in 0..rounds {
        let mut dice = StdRng::seed_from_u64(seed.wrapping_add(round));
        let fault = Fault::draw(&mut dice, world.disk.is_some());
        if dice.random_bool(0.2) {
            world.request_rebuild();
        }
        let actual = world.round(&fault, &mut dice).await;
        kills += u64::from(actual.is_kill());
        *faults.entry(actual.to_string()).or_insert(0) += 1;
        let (data_dir, config) = (world.data_dir(), world.config());
        let output = verify_configured(&world.database, &data_dir, &config).await;
        if output.status.code() != Some(0) {
            differences += 1;
            let printed = format!("{}{}", stdout(&output), stderr(&output));
            println!(
                "crash-test: round {round} of SEED={seed}, {actual:?}: {printed}\n{}",
                world.node.log()
            );
        }
        println!(
            "crash-test: round {round}, {actual:?}: {} rooms",
            world.rooms().await
        );
    }
    let counts = faults.iter().map(|(name, count)| format!("{name} {count}"));
    println!("crash-test: {}", counts.collect::<Vec<_>>().join(", "));
    println!("crash-test: {rounds} rounds, {kills} kills, {differences} differences");
    assert_eq!(differences, 0, "SEED={seed} ROUNDS={rounds}");
}

struct World {
    node: Roost,
    database: TestDatabase,
    cluster: ClusterFolder,
    /// The disk of the index, if the test has the privilege to mount one.
    disk: Option<SmallDisk>,
    folder: tempfile::TempDir,
}

impl World {
    async fn new() -> World {
        let disk = SmallDisk::mount(DISK_MEGABYTES);
        let folder = tempfile::tempdir().unwrap();
        let cluster = ClusterFolder::new("postgres");
        let database = TestDatabase::create_on(cluster.start()).await;
        database.execute(changes::PEOPLE).await;
        let data_dir = data_dir(disk.as_ref(), &folder);
        let config = config(&folder);
        std::fs::write(&config, changes::STATIONS).unwrap();
        let more = [
            ("ROOST_DATA_DIR", &*data_dir.to_string_lossy()),
            ("ROOST_CONFIG", &*config.to_string_lossy()),
        ];
        let node = Roost::start_unready(&database.url, &database.name, &more).await;
        node.wait_until_ready().await;
        World {
            node,
            database,
            cluster,
            disk,
            folder,
        }
    }

    fn data_dir(&self) -> PathBuf {
        data_dir(self.disk.as_ref(), &self.folder)
    }

    fn config(&self) -> PathBuf {
        config(&self.folder)
    }

    /// Requests a rebuild, also from a node that starts later.
    fn request_rebuild(&self) {
        std::fs::write(self.data_dir().join("reindex"), []).unwrap();
    }

    async fn rooms(&self) -> i64 {
        sqlx::Row::get(&self.database.row("SELECT count(*) FROM rooms").await, 0)
    }

    /// Writes during a fault, and restarts the node if it ended. Returns the actual fault: a crash
    /// point that was not reached becomes a kill.
    async fn round(&mut self, fault: &Fault, dice: &mut StdRng) -> Fault {
        match fault {
            Fault::Kill(after) => {
                write_during(&self.database, dice, tokio::time::sleep(*after)).await;
                self.node.kill();
                self.write(dice, 3).await;
                self.node.restart().await;
            }
            Fault::CrashAt(point, times) => return self.crash_at(point, *times, dice).await,
            Fault::PostgresRestarts => {
                let cluster = &self.cluster;
                let restart = async {
                    cluster.stop();
                    cluster.start();
                };
                write_during(&self.database, dice, restart).await;
            }
            Fault::ConnectionCut => {
                let cut = format!(
                    "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
                    WHERE slot_name = '{}' AND active",
                    self.database.name
                );
                let database = &self.database;
                write_during(database, dice, database.execute(&cut)).await;
            }
            Fault::DiskFull => {
                let disk = self.disk.as_ref().expect("disk faults need a small disk");
                disk.fill();
                let (database, node) = (&self.database, &mut self.node);
                write_during(database, dice, async {
                    node.wait_until_ended().await;
                })
                .await;
                disk.free();
                self.node.restart().await;
            }
        }
        fault.clone()
    }

    async fn crash_at(&mut self, point: &'static str, times: u32, dice: &mut StdRng) -> Fault {
        self.node.kill();
        if point == TABLE_IS_COPIED {
            std::fs::remove_dir_all(self.data_dir()).unwrap();
        }
        if faults::NEW_INDEX.contains(&point) {
            self.request_rebuild();
        }
        self.node.restart_to_crash_at(&format!("{point}:{times}"));
        let (database, node) = (&self.database, &mut self.node);
        let mut has_crashed = false;
        write_during(database, dice, async {
            let ended = tokio::time::timeout(CRASH_DEADLINE, node.wait_until_ended());
            has_crashed = ended.await.is_ok();
        })
        .await;
        self.node.kill();
        self.write(dice, 2).await;
        self.node.restart().await;
        if has_crashed {
            Fault::CrashAt(point, times)
        } else {
            Fault::Kill(CRASH_DEADLINE)
        }
    }

    async fn write(&self, dice: &mut StdRng, transactions: u32) {
        for _ in 0..transactions {
            write(&self.database, changes::transaction(dice)).await;
        }
    }
}

/// Runs a transaction. It may fail because Postgres shuts down, or because it conflicts with a
/// transaction that an earlier fault left running.
async fn write(database: &TestDatabase, sql: String) {
    let Ok(mut connection) = database.pool.acquire().await else {
        return;
    };
    if let Err(error) = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await {
        // Operator intervention, transaction rollback, foreign key violation.
        const EXPECTED: [&str; 3] = ["57", "40", "23503"];
        let code = error.as_database_error().and_then(|error| error.code());
        let is_expected = |code: &str| EXPECTED.iter().any(|class| code.starts_with(class));
        assert!(code.is_none_or(|code| is_expected(&code)), "{error}");
        // The connection is still within the failed transaction.
        let _closed = connection.close().await;
    }
}

/// Writes until a fault has happened and Postgres accepts transactions again.
async fn write_during(database: &TestDatabase, dice: &mut StdRng, fault: impl Future<Output = ()>) {
    let writing = async {
        loop {
            write(database, changes::transaction(dice)).await;
            let pause = Duration::from_millis(dice.random_range(0..40));
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        () = fault => {}
        () = writing => {}
    }
    eventually("Postgres accepts a transaction", DEADLINE, async || {
        let alive = database.pool.execute("SELECT 1").await;
        alive.is_ok().then_some(())
    })
    .await;
}

fn data_dir(disk: Option<&SmallDisk>, folder: &tempfile::TempDir) -> PathBuf {
    disk.map_or(folder.path(), SmallDisk::path).join("data")
}

fn config(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("roost.toml")
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text}: expected a whole number")),
    )
}
