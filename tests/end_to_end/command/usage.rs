//! Help, errors, exit codes and closed pipes of the `roost` command.

use std::fs::File;
use std::io::PipeWriter;

use sqlx::Row;

use crate::harness::{Roost, TestDatabase, command, roost, stderr, stdout};

#[test]
fn every_subcommand_has_its_own_help() {
    let help = stdout(&roost(&["--help"]));
    for subcommand in subcommands(&help) {
        if subcommand == "help" {
            continue;
        }
        let output = roost(&[&subcommand, "--help"]);
        assert!(output.status.success(), "{subcommand}");
        assert!(stdout(&output).contains("Usage: roost"), "{subcommand}");
    }
}

#[test]
fn a_usage_error_exits_with_2_and_a_failure_with_1() {
    assert_eq!(roost(&["fly"]).status.code(), Some(2));
    assert_eq!(roost(&["migrate", "--sideways"]).status.code(), Some(2));
    let output = roost(&["migrate"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).starts_with("roost: database_url is not set: expected"),
        "{output:?}"
    );
}

#[test]
fn config_prints_the_effective_settings_and_hides_the_password() {
    let output = command()
        .args(["config", "--listen", "127.0.0.1:9999"])
        .env("DATABASE_URL", "postgres://me:secret@localhost/rooms")
        .output()
        .unwrap();
    let printed = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!printed.contains("secret"), "{printed}");
    assert!(
        printed.contains(
            "database_url = \"postgres://me:***@localhost/rooms\"  \
             # the environment variable DATABASE_URL"
        ),
        "{printed}"
    );
    assert!(
        printed.contains("listen = \"127.0.0.1:9999\"  # the flag --listen"),
        "{printed}"
    );
}

#[test]
fn an_unknown_key_in_the_file_stops_every_subcommand() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("roost.toml"), "lisen = '127.0.0.1:80'\n").unwrap();
    for subcommand in ["config", "migrate", "serve"] {
        let output = command()
            .arg(subcommand)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{subcommand}");
        assert!(
            stderr(&output).contains("lisen (in roost.toml) is not a key"),
            "{output:?}"
        );
    }
}

#[test]
fn an_unreachable_database_is_named_with_the_cause() {
    let output = roost(&[
        "migrate",
        "--database-url",
        "postgres://u:secret@127.0.0.1:1/none",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(
        error.contains("cannot connect to postgres://u:***@127.0.0.1:1/none"),
        "{error}"
    );
    assert!(error.contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = TestDatabase::create().await;
    let log = "SELECT max(installed_on)::text || count(*) FROM _sqlx_migrations";
    let before: String = database.row(log).await.get(0);
    let output = roost(&["migrate", "--database-url", &database.url]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(database.row(log).await.get::<String, _>(0), before);
}

#[tokio::test]
async fn a_command_whose_output_is_closed_does_its_work_and_ends_quietly() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let (address, data_dir) = (node.address().to_string(), node.data_dir.to_string_lossy());
    let saved = tempfile::tempdir().unwrap();
    let (of_node, location) = (["--listen", &address], saved.path().to_string_lossy());
    for arguments in [
        &["openapi"][..],
        &["config"],
        &[&["status"][..], &of_node].concat(),
        &["verify"],
        &["dead-letters", "list"],
        &["snapshot", "save", &location, "--retain-wal"],
        &["snapshot", "list", &location],
        &[&["reindex"][..], &of_node].concat(),
    ] {
        let mut command = command();
        command
            .args(arguments)
            .env("ROOST_DATABASE_URL", &database.url)
            .env("ROOST_DATA_DIR", &*data_dir)
            .env("ROOST_SLOT", &database.name)
            .current_dir(saved.path())
            .stdout(closed_pipe());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        assert_eq!(stderr(&output), "", "{arguments:?}");
    }
    let listed = roost(&["snapshot", "list", &location]);
    assert_eq!(stdout(&listed).lines().count(), 2, "{listed:?}");
}

#[test]
fn an_error_that_cannot_be_printed_still_fails_the_command() {
    let mut failing = command();
    failing.arg("migrate").stderr(closed_pipe());
    assert_eq!(failing.output().unwrap().status.code(), Some(1));
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        eprintln!("skipped: this system has no /dev/full");
        return;
    };
    let output = command().arg("openapi").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(
        error.starts_with("roost: cannot write to stdout: "),
        "{error}"
    );
}

/// A pipe whose reading end is closed.
fn closed_pipe() -> PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

/// The subcommands that a help text lists under `Commands:`.
pub(crate) fn subcommands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}
