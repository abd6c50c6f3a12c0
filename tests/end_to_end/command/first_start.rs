//! The documented steps from an empty database to a node that answers, run as they are written.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::harness::{ClusterFolder, Roost, eventually, repository};

/// Where the documents place the server, and the account of its superuser.
const SERVER: &str = "127.0.0.1:5432";
const SUPERUSER: &str = "postgres:password@";

#[tokio::test]
async fn the_steps_of_the_readme_lead_from_an_empty_database_to_a_node_that_answers() {
    let server = EmptyServer::start();
    let steps = blocks("README.md", "## From an empty database");
    let [(_, steps), (_, request)] = &steps[..] else {
        panic!("expected a block of commands and one with a request: {steps:?}");
    };
    assert!(steps.contains("cargo build --release "), "{steps}");
    assert!(steps.contains("target/release/roost"), "{steps}");
    let url = server.run_until_serve(steps);
    let node = Roost::start_unready(&url, "roost", &[]).await;
    node.wait_until_ready().await;
    let (_, path) = request.trim().split_once(":8080").unwrap();
    let (status, answer) = node.get(path.trim_end_matches('\'')).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["data"].as_array().unwrap().len(), 1, "{answer}");
}

#[tokio::test]
async fn the_documented_roles_run_a_node_without_a_warning() {
    let server = EmptyServer::start();
    let steps = blocks("docs/operations.md", "### A database, step by step");
    let [(sql, roles), (sh, commands)] = &steps[..] else {
        panic!("expected a block of SQL and one of commands: {steps:?}");
    };
    assert_eq!((sql.as_str(), sh.as_str()), ("sql", "sh"));
    server.psql(roles);
    let url = server.run_until_serve(commands);
    assert!(url.contains("roost_node"), "{url}");
    let mut node = Roost::start_unready(&url, "roost", &[]).await;
    node.wait_until_ready().await;
    eventually("the node follows", Duration::from_secs(30), async || {
        node.logged("streaming changes")
    })
    .await;
    node.stop().await;
    assert!(!node.log().contains("WARN"), "{}", node.log());
}

/// A server of its own, whose only database is `postgres`.
struct EmptyServer {
    _cluster: ClusterFolder,
    /// The account of the superuser, with `@`, and the address.
    account: String,
    address: String,
}

impl EmptyServer {
    fn start() -> Self {
        let cluster = ClusterFolder::new("postgres");
        let url = cluster.start();
        let (account, rest) = url
            .strip_prefix("postgres://")
            .and_then(|rest| rest.split_once('@'))
            .unwrap();
        let (address, database) = rest.split_once('/').unwrap();
        let server = Self {
            account: format!("{account}@"),
            address: address.to_owned(),
            _cluster: cluster,
        };
        server.psql(&format!("DROP DATABASE {database}"));
        server
    }

    /// Runs SQL, with commands of psql, as the superuser.
    fn psql(&self, sql: &str) {
        let url = format!("postgres://{}{}/postgres", self.account, self.address);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), sql).unwrap();
        let psql = format!(
            "psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file '{}' '{url}'",
            file.path().display()
        );
        self.bash(&psql);
    }

    /// Runs the commands before `roost serve`, with the binary of this build, and returns the URL
    /// of the database that `roost serve` would use.
    fn run_until_serve(&self, commands: &str) -> String {
        let (before, _) = commands
            .split_once("\nroost serve")
            .expect("the steps end with `roost serve`");
        // The build of the test stands for the one of the steps.
        let steps = before
            .lines()
            .filter(|line| !line.starts_with("cargo build") && !line.starts_with("export PATH="));
        let steps: Vec<&str> = steps.collect();
        let steps = steps
            .join("\n")
            .replace(SERVER, &self.address)
            .replace(SUPERUSER, &self.account);
        let printed = self.bash(&format!(
            "{steps}\nprintf '\\n%s' \"${{ROOST_DATABASE_URL:-$DATABASE_URL}}\""
        ));
        printed.lines().last().unwrap().to_owned()
    }

    /// Runs a script that stops at its first error, and returns what it printed.
    fn bash(&self, script: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new("bash")
            .args(["-e", "-u", "-o", "pipefail", "-c", script])
            .env("PATH", path())
            .env_remove("DATABASE_URL")
            .env_remove("ROOST_DATABASE_URL")
            .current_dir(folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{script}: {output:?}");
        printed
    }
}

/// The search path of programs, with the binary of this build and the programs of Postgres.
fn path() -> std::ffi::OsString {
    let mut folders = vec![binaries()];
    let found = Command::new("pg_config").arg("--bindir").output();
    if let Ok(found) = found {
        folders.push(String::from_utf8(found.stdout).unwrap().trim().into());
    }
    let own = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&own));
    std::env::join_paths(folders).unwrap()
}

fn binaries() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_roost"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The fenced blocks of a section, each with its language.
fn blocks(document: &str, heading: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(repository().join(document)).unwrap();
    let (_, section) = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("{document} has no section {heading}"));
    let section = section.split("\n#").next().unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    blocks
        .map(|block| {
            let (language, code) = block.split_once('\n').unwrap();
            (language.to_owned(), code.to_owned())
        })
        .collect()
}
