//! Do snapshots go to object storage and back? Over a server that speaks S3, `moto_server` of the Python
//! package `moto[server]`, where it is installed.

use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::{
    Roost, TestDatabase, assert_equal, command, eventually, rooms, stderr, stdout,
};

#[tokio::test]
async fn a_node_starts_from_a_snapshot_in_object_storage() {
    let Some(storage) = Storage::start().await else {
        eprintln!("skipped: this test needs moto_server (pip install 'moto[server]')");
        return;
    };
    let database = TestDatabase::create().await;
    // Large enough for a file that goes there in parts.
    database.execute(&rooms(5_000)).await;
    let large = "UPDATE rooms SET description = (SELECT string_agg(md5(id::text || n), ' ')
        FROM generate_series(1, 120) n)";
    database.execute(large).await;
    let node = Roost::start(&database).await;
    let place = "s3://snapshots/of/a/node";
    let (slot, new_slot) = (&database.name, format!("{}_new", database.name));
    let data_dir = node.data_dir.to_string_lossy();
    let save = ["save", place, "--retain-wal", "--data-dir", &data_dir];
    let said = storage.done(&database, slot, &save).await;
    assert!(said.contains("5,000 rooms"), "{said}");
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;
    assert_equal(&database, &node.data_dir, 4_999).await;
    let said = storage
        .done(&database, slot, &[&save[..], &["--keep", "1"]].concat())
        .await;
    assert!(said.contains("Deleted snapshot"), "{said}");
    let listed = storage.done(&database, slot, &["list", place]).await;
    assert_eq!(listed.lines().count(), 2, "{listed}");

    let restored = TempDir::new().unwrap();
    let data_dir = restored.path().to_str().unwrap();
    let restore = ["restore", place, "--data-dir", data_dir];
    storage.done(&database, &new_slot, &restore).await;
    let setting = ("ROOST_DATA_DIR", data_dir);
    let new = Roost::start_unready(&database.url, &new_slot, &[setting]).await;
    new.wait_until_ready().await;
    assert!(!new.log().contains("copying"), "{}", new.log());
    assert_equal(&database, restored.path(), 4_999).await;

    let output = storage.run(&database, slot, &["list", "s3://none"]).await;
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(
        error.contains("cannot list snapshots in s3://none"),
        "{error}"
    );
}

/// An S3 server with one bucket, which ends with the test.
struct Storage {
    server: Child,
    endpoint: String,
}

impl Storage {
    /// `None` where there is none to start.
    async fn start() -> Option<Storage> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let server = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let storage = Storage {
            server,
            endpoint: format!("http://127.0.0.1:{port}"),
        };
        let client = reqwest::Client::new();
        let bucket = format!("{}/snapshots", storage.endpoint);
        eventually("the bucket is made", Duration::from_secs(60), async || {
            let made = client.put(&bucket).send().await.ok()?;
            made.status().is_success().then_some(())
        })
        .await;
        Some(storage)
    }

    async fn done(&self, database: &TestDatabase, slot: &str, arguments: &[&str]) -> String {
        let output = self.run(database, slot, arguments).await;
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    }

    async fn run(&self, database: &TestDatabase, slot: &str, arguments: &[&str]) -> Output {
        let mut command = command();
        command
            .arg("snapshot")
            .args(arguments)
            .env("ROOST_DATABASE_URL", &database.url)
            .env("ROOST_SLOT", slot)
            .env("AWS_ENDPOINT", &self.endpoint)
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret");
        tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap()
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // Fails when the process has ended, which is as well.
        let _ended = self.server.kill();
        let _reaped = self.server.wait();
    }
}
