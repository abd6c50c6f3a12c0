//! Environment variables that start with `ROOST_` and are not settings.

use crate::harness::{Roost, TestDatabase, command, stderr, stdout};

/// The variables that Kubernetes sets in every container if there is a service called `roost`.
const OF_A_SERVICE: [(&str, &str); 7] = [
    ("ROOST_SERVICE_HOST", "10.0.0.1"),
    ("ROOST_SERVICE_PORT", "8080"),
    ("ROOST_PORT", "tcp://10.0.0.1:8080"),
    ("ROOST_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
    ("ROOST_PORT_8080_TCP_PROTO", "tcp"),
    ("ROOST_PORT_8080_TCP_PORT", "8080"),
    ("ROOST_PORT_8080_TCP_ADDR", "10.0.0.1"),
];

#[tokio::test]
async fn a_node_beside_a_kubernetes_service_called_roost_starts_and_names_what_it_ignores() {
    let database = TestDatabase::create().await;
    let mut node = Roost::start_unready(&database.url, &database.name, &OF_A_SERVICE).await;
    node.wait_until_ready().await;
    let ignored = node.logged("ignored environment variables that are not settings");
    let ignored = ignored.unwrap();
    assert_eq!(ignored["level"], "WARN");
    let names = ignored["variables"].as_str().unwrap();
    for (name, _) in OF_A_SERVICE {
        assert!(names.split(", ").any(|ignored| ignored == name), "{names}");
    }
    node.stop().await;
}

#[test]
fn a_likely_typo_of_a_variable_stops_every_subcommand_and_names_the_likely_one() {
    let folder = tempfile::tempdir().unwrap();
    for subcommand in ["config", "migrate", "serve"] {
        let output = command()
            .arg(subcommand)
            .env("ROOST_LISTN", "127.0.0.1:80")
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{subcommand}");
        assert!(
            stderr(&output).starts_with(
                "roost: ROOST_LISTN (in the environment) is not a variable of roost: expected \
                 ROOST_LISTEN"
            ),
            "{output:?}"
        );
    }
}

#[test]
fn the_printed_configuration_is_valid_beside_a_kubernetes_service_called_roost() {
    let folder = tempfile::tempdir().unwrap();
    let output = command()
        .arg("config")
        .envs(OF_A_SERVICE)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(stdout(&output).contains("listen = \"127.0.0.1:8080\"  # default"));
    assert!(
        stderr(&output).contains("ROOST_PORT_8080_TCP_ADDR"),
        "{output:?}"
    );
}
