//! Snapshots in object storage: saved there, and restored to a new node.
//!
//! Needs a server that speaks S3: `moto_server` of the Python package `moto[server]`.

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
    // Large enough for a multipart upload.
    database.execute(&rooms(5_000)).await;
    let large = "UPDATE rooms SET description = (SELECT string_agg(md5(id::text || n), ' ')
        FROM generate_series(1, 120) n)";
    database.execute(large).await;
    let node = Roost::start(&database).await;
    let location = "s3://snapshots/of/a/node";
    let (slot, new_slot) = (&database.name, format!("{}_new", database.name));
    let data_dir = node.data_dir.to_string_lossy();
    let save = ["save", location, "--retain-wal", "--data-dir", &data_dir];
    let printed = storage.run_ok(&database, slot, &save).await;
    assert!(printed.contains("5,000 rooms"), "{printed}");
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;
    assert_equal(&database, &node.data_dir, 4_999).await;
    let printed = storage
        .run_ok(&database, slot, &[&save[..], &["--keep", "1"]].concat())
        .await;
    assert!(printed.contains("Deleted snapshot"), "{printed}");
    let listed = storage.run_ok(&database, slot, &["list", location]).await;
    assert_eq!(listed.lines().count(), 2, "{listed}");

    let restored = TempDir::new().unwrap();
    let data_dir = restored.path().to_str().unwrap();
    let restore = ["restore", location, "--data-dir", data_dir];
    storage.run_ok(&database, &new_slot, &restore).await;
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

/// An S3 server with one bucket, stopped at the end of the test.
struct Storage {
    server: Child,
    endpoint: String,
}

impl Storage {
    /// `None` if the server is not installed.
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
        eventually(
            "the bucket is created",
            Duration::from_secs(60),
            async || {
                let made = client.put(&bucket).send().await.ok()?;
                made.status().is_success().then_some(())
            },
        )
        .await;
        Some(storage)
    }

    async fn run_ok(&self, database: &TestDatabase, slot: &str, arguments: &[&str]) -> String {
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
        // Both fail if the process has already ended.
        let _ended = self.server.kill();
        let _reaped = self.server.wait();
    }
}
