//! Tests of variables that are not settings: likely typos, and those of other programs.

use std::path::Path;

use super::{Flags, keys, layers, read};
use crate::config::environment::is_of_a_kubernetes_service;

#[test]
fn a_likely_typo_is_an_error_that_names_the_variable_and_the_likely_one() {
    for (typo, meant) in [
        ("ROOST_LISEN", "ROOST_LISTEN"),
        ("ROOST_LOGS", "ROOST_LOG"),
        ("ROOST_DATADIR", "ROOST_DATA_DIR"),
        ("ROOST_DATABSE_URL", "ROOST_DATABASE_URL"),
        ("ROOST_SYNONYM_FILES", "ROOST_SYNONYMS_FILE"),
        ("ROOST_CONFGI", "ROOST_CONFIG"),
    ] {
        let error = read("", &[(typo, "127.0.0.1:80")], &[]).unwrap_err();
        let start = format!("{typo} (in the environment) is not a variable of roost: expected ");
        assert!(error.starts_with(&format!("{start}{meant},")), "{error}");
    }
}

#[test]
fn a_variable_that_is_no_likely_typo_is_ignored_and_named() {
    let environment = [
        ("ROOST_IMAGE", "roost:1"),
        ("ROOST_HOST", "rooms.example"),
        ("ROOST_ENV", "production"),
        ("ROOST_SLOT", "mine"),
    ];
    let found = layers(&Flags::default(), &environment, Path::new("/nowhere")).unwrap();
    assert_eq!(
        found.ignored_variables().unwrap(),
        "ROOST_ENV, ROOST_HOST, ROOST_IMAGE"
    );
    assert_eq!(found.check().unwrap().slot, "mine");
}

#[test]
fn settings_and_variables_of_tests_are_not_ignored() {
    let environment = [
        ("ROOST_SLOT", "mine"),
        ("ROOST_TEST_DATABASE_URL", "postgres://test"),
        ("ROOST_TEST_CRASH_AT", "nowhere"),
    ];
    let found = layers(&Flags::default(), &environment, Path::new("/nowhere")).unwrap();
    assert_eq!(found.ignored_variables(), None);
}

#[test]
fn no_variable_of_a_kubernetes_service_is_an_error_whatever_the_service_is_called() {
    for key in keys() {
        for service in ["ROOST".to_owned(), key.variable()] {
            for end in [
                "SERVICE_HOST",
                "SERVICE_PORT",
                "SERVICE_PORT_HTTP",
                "PORT",
                "PORT_8080_TCP",
                "PORT_8080_TCP_PROTO",
                "PORT_8080_TCP_PORT",
                "PORT_8080_TCP_ADDR",
                "PORT_53_UDP",
            ] {
                let name = format!("{service}_{end}");
                assert!(
                    read("", &[(&name, "tcp://10.0.0.1:8080")], &[]).is_ok(),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn no_setting_has_a_name_that_kubernetes_gives_to_a_service() {
    for key in keys() {
        let variable = key.variable();
        assert!(!is_of_a_kubernetes_service(&variable), "{variable}");
    }
    for name in ["ROOST_PORT_8080_HTTP", "ROOST_PORT_HTTP", "ROOST_SUPPORT"] {
        assert!(!is_of_a_kubernetes_service(name), "{name}");
    }
}
