//! Is the index equal to the tables after whatever breaks, at whatever moment?
//!
//! `make crash-test` runs many rounds: `ROUNDS=` says how many, and `SEED=` repeats what a run drew.

mod changes;
mod faults;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::{AssertSqlSafe, Executor};

use crate::harness::{
    ClusterFolder, Roost, SmallDisk, TestDatabase, eventually, stderr, stdout, verify,
};
use faults::{Fault, TABLE_IS_COPIED};

/// Room for an index of some hundred rooms, many times over.
const DISK_MEGABYTES: usize = 128;
const SOON: Duration = Duration::from_secs(60);
/// A place that is not passed by then is not passed in this round.
const PATIENCE: Duration = Duration::from_secs(10);

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
            world.ask_for_a_new_index();
        }
        let came = world.round(&fault, &mut dice).await;
        kills += u64::from(came.is_kill());
        *faults.entry(came.to_string()).or_insert(0) += 1;
        let output = verify(&world.database, &world.data_dir()).await;
        if output.status.code() != Some(0) {
            differences += 1;
            let said = format!("{}{}", stdout(&output), stderr(&output));
            println!(
                "crash-test: round {round} of SEED={seed}, {came:?}: {said}\n{}",
                world.node.log()
            );
        }
        println!(
            "crash-test: round {round}, {came:?}: {} rooms",
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
    /// Where the index is, if we may mount one.
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
        let more = [("ROOST_DATA_DIR", &*data_dir.to_string_lossy())];
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

    /// As `roost reindex` does. A node that is started later finds it too.
    fn ask_for_a_new_index(&self) {
        std::fs::write(self.data_dir().join("reindex"), []).unwrap();
    }

    async fn rooms(&self) -> i64 {
        sqlx::Row::get(&self.database.row("SELECT count(*) FROM rooms").await, 0)
    }

    /// Writes while something breaks, and brings the node back where it ended. Says what broke in the
    /// end: a place that was not passed becomes a kill.
    async fn round(&mut self, fault: &Fault, dice: &mut StdRng) -> Fault {
        match fault {
            Fault::Kill(after) => {
                write_during(&self.database, dice, tokio::time::sleep(*after)).await;
                self.node.kill();
                self.write(dice, 3).await;
                self.node.restart().await;
            }
            Fault::CrashAt(place, times) => return self.crash_at(place, *times, dice).await,
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
                let disk = self
                    .disk
                    .as_ref()
                    .expect("only a disk of our own is filled");
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

    async fn crash_at(&mut self, place: &'static str, times: u32, dice: &mut StdRng) -> Fault {
        self.node.kill();
        if place == TABLE_IS_COPIED {
            std::fs::remove_dir_all(self.data_dir()).unwrap();
        }
        if faults::NEW_INDEX.contains(&place) {
            self.ask_for_a_new_index();
        }
        self.node.start_doomed(&format!("{place}:{times}"));
        let (database, node) = (&self.database, &mut self.node);
        let mut has_crashed = false;
        write_during(database, dice, async {
            let ended = tokio::time::timeout(PATIENCE, node.wait_until_ended());
            has_crashed = ended.await.is_ok();
        })
        .await;
        self.node.kill();
        self.write(dice, 2).await;
        self.node.restart().await;
        if has_crashed {
            Fault::CrashAt(place, times)
        } else {
            Fault::Kill(PATIENCE)
        }
    }

    async fn write(&self, dice: &mut StdRng, transactions: u32) {
        for _ in 0..transactions {
            write(&self.database, changes::transaction(dice)).await;
        }
    }
}

/// A transaction that Postgres could not take was none: Postgres is going away, or one that nobody waited
/// for is still under way and was faster.
async fn write(database: &TestDatabase, sql: String) {
    let Ok(mut connection) = database.pool.acquire().await else {
        return;
    };
    if let Err(error) = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await {
        const MAY: [&str; 3] = ["57", "40", "23503"];
        let code = error.as_database_error().and_then(|error| error.code());
        let may = |code: &str| MAY.iter().any(|may| code.starts_with(may));
        assert!(code.is_none_or(|code| may(&code)), "{error}");
        // It would stay within the transaction that failed.
        let _closed = connection.close().await;
    }
}

/// Writes until something has happened, and a little longer.
async fn write_during(
    database: &TestDatabase,
    dice: &mut StdRng,
    happens: impl Future<Output = ()>,
) {
    let writing = async {
        loop {
            write(database, changes::transaction(dice)).await;
            let pause = Duration::from_millis(dice.random_range(0..40));
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        () = happens => {}
        () = writing => {}
    }
    eventually("Postgres takes a transaction", SOON, async || {
        let alive = database.pool.execute("SELECT 1").await;
        alive.is_ok().then_some(())
    })
    .await;
}

fn data_dir(disk: Option<&SmallDisk>, folder: &tempfile::TempDir) -> PathBuf {
    disk.map_or(folder.path(), SmallDisk::path).join("data")
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text}: a whole number was expected")),
    )
}
