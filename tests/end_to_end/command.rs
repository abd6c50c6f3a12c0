//! Does the command say clearly what it does, and what is wrong?

use sqlx::Row;

use crate::harness::{TestDatabase, command, roost, stderr, stdout};

#[test]
fn every_subcommand_has_a_help_of_its_own() {
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
fn config_prints_what_is_in_force_and_hides_the_password() {
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
fn a_database_that_is_not_there_is_named_with_the_cause() {
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
    assert!(error.contains("refused"), "{error}");
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

/// The names that a help lists under `Commands:`.
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
