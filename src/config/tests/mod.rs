//! Tests of the layers, the checks and the sample file.

mod collections;
mod environment;
mod profiles;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use roost_engine::Typos;

use super::flags::{DatabaseKeys, FolderKeys, IndexKeys, KeySet, NodeKeys, PublishKeys, SlotKeys};
use super::keys::keys;
use super::layers::{Flags, Layers};
use super::secrets::without_password;
use super::{Config, LogFormat};

const SAMPLE: &str = include_str!("../../../roost.example.toml");

#[test]
fn without_any_layer_the_defaults_are_in_effect() {
    let config = read("", &[], &[]).unwrap();
    assert_eq!(config.database_url, None);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.commit_interval.as_millis(), 200);
    assert_eq!(config.commit_changes_max, 10_000);
    assert_eq!(config.dead_letters_max, 1000);
    assert_eq!(config.search_timeout.as_millis(), 1000);
    assert_eq!(config.typos, Typos::default());
    assert_eq!(config.log_format, LogFormat::Text);
    assert_eq!(config.slot, "roost");
}

#[test]
fn the_file_overrides_defaults_the_environment_the_file_and_flags_everything() {
    let file = "slot = 'file'\npublication = 'file'\nlog = 'warn'\n";
    let environment = [("ROOST_PUBLICATION", "environment"), ("ROOST_LOG", "error")];
    let config = read(file, &environment, &[("log", "debug")]).unwrap();
    assert_eq!(config.slot, "file");
    assert_eq!(config.publication, "environment");
    assert_eq!(config.log, "debug");
}

#[test]
fn every_layer_overrides_a_default_of_a_subcommand() {
    let flags = Flags {
        defaults: vec![("log", "warn"), ("slot", "x")],
        ..Flags::default()
    };
    let layers = layers(&flags, &[("ROOST_SLOT", "mine")], Path::new("/nowhere")).unwrap();
    let config = layers.check().unwrap();
    assert_eq!(
        (config.log.as_str(), config.slot.as_str()),
        ("warn", "mine")
    );
}

#[test]
fn the_variable_of_other_tools_is_the_fallback_for_the_database_url() {
    let theirs = [("DATABASE_URL", "postgres://theirs")];
    let config = read("database_url = 'postgres://file'", &theirs, &[]).unwrap();
    assert_eq!(config.database_url.unwrap(), "postgres://theirs");
    let both = [
        ("DATABASE_URL", "postgres://theirs"),
        ("ROOST_DATABASE_URL", "postgres://ours"),
    ];
    assert_eq!(
        read("", &both, &[]).unwrap().database_url.unwrap(),
        "postgres://ours"
    );
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    assert_eq!(
        read("", &[("DATABASE_URL", "")], &[]).unwrap().database_url,
        None
    );
}

#[test]
fn an_error_names_the_key_its_value_its_source_and_the_expected_values() {
    let error = read("", &[("ROOST_COMMIT_INTERVAL_MS", "soon")], &[]).unwrap_err();
    assert_eq!(
        error,
        "commit_interval_ms is \"soon\" (from the environment variable ROOST_COMMIT_INTERVAL_MS): \
         expected milliseconds, a whole number from 1 to 60000"
    );
}

#[test]
fn an_error_lists_all_invalid_values() {
    let error = read(
        "listen = 8080\nslot = 'Roost-1'",
        &[],
        &[("log-format", "")],
    )
    .unwrap_err();
    assert!(error.contains("listen is \"8080\""), "{error}");
    assert!(error.contains("slot is \"Roost-1\""), "{error}");
}

#[test]
fn values_at_the_bounds_of_their_range_are_accepted_and_those_beyond_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let certificate = rcgen::generate_simple_self_signed([]).unwrap().cert;
    std::fs::write(&authority, certificate.pem()).unwrap();
    let authority = authority.to_string_lossy();
    for (key, good, bad) in [
        ("commit_interval_ms", "1", "0"),
        ("commit_interval_ms", "60000", "60001"),
        ("commit_changes_max", "1000000", "1000001"),
        ("commit_changes_max", "1", "-1"),
        ("silence_max_ms", "1000", "999"),
        ("dead_letters_max", "0", "1000001"),
        ("search_timeout_ms", "1", "0"),
        ("search_timeout_ms", "10000", "10001"),
        ("typos", "0", "3"),
        ("one_typo_min_chars", "1", "0"),
        ("two_typos_min_chars", "64", "65"),
        ("relax_below", "0", "10001"),
        ("synonyms_file", "Cargo.toml", "no/such/file"),
        ("stop_words_file", "Cargo.toml", "src"),
        ("synonym_percent", "1", "0"),
        ("synonym_percent", "100", "101"),
        ("anonymous_search", "false", "no"),
        ("anonymous_metrics", "false", "0"),
        ("payment_sandbox", "true", "yes"),
        ("place_names", "false", "no"),
        ("room_words", "true", "yes"),
        ("listen", "[::1]:0", "localhost:8080"),
        ("connections_max", "1", "0"),
        ("connections_max", "1000000", "1000001"),
        ("connections_per_address_max", "1", "many"),
        ("trusted_proxies", "10.0.0.0/8, ::1", "proxy.example"),
        ("slot", "roost_2", ""),
        ("publication", "a", "with space"),
        ("nats_url", "nats://a:4222,tls://u:p@b", "http://a"),
        ("nats_stream", "roost_2", "roost.2"),
        ("nats_ca_file", &authority, "Cargo.toml"),
        ("nats_ca_file", &authority, "no/such/file"),
        ("log_format", "json", "yaml"),
        ("log", "info,roost_indexer=debug", "info,=debug"),
        (
            "database_url",
            "postgresql://u:p@[::1]:5433/db",
            "mysql://u@h/db",
        ),
        ("data_dir", "some/folder", ""),
    ] {
        assert!(read("", &[], &[(key, good)]).is_ok(), "{key} = {good}");
        assert!(read("", &[], &[(key, bad)]).is_err(), "{key} = {bad}");
    }
}

#[test]
fn an_unknown_key_in_the_file_is_an_error_that_lists_the_keys() {
    let error = read("lisen = '127.0.0.1:80'", &[], &[]).unwrap_err();
    assert!(error.starts_with("lisen (in "), "{error}");
    assert!(
        error.contains("is not a key: expected one of database_url, data_dir,"),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_an_error_if_it_was_named_and_not_if_it_is_the_default() {
    let flags = Flags {
        file: Some(PathBuf::from("/nowhere/roost.toml")),
        ..Flags::default()
    };
    let error = layers(&flags, &[], Path::new("/nowhere/default.toml")).unwrap_err();
    assert!(
        format!("{error:#}").contains("/nowhere/roost.toml"),
        "{error:#}"
    );
    assert!(layers(&Flags::default(), &[], Path::new("/nowhere/default.toml")).is_ok());
}

#[test]
fn a_wrong_database_url_does_not_leak_its_password() {
    let error = read("", &[("ROOST_DATABASE_URL", "mysql://u:secret@h/db")], &[]).unwrap_err();
    assert!(!error.contains("secret"), "{error}");
    let error = read("", &[("ROOST_DATABASE_URL", "secret")], &[]).unwrap_err();
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_password_is_hidden_wherever_it_stands_in_a_url() {
    for (url, shown) in [
        ("postgres://u:secret@h:1/db", "postgres://u:***@h:1/db"),
        ("postgres://u:se@cr:et@h/db", "postgres://u:***@h/db"),
        ("postgres://u@h/db", "postgres://u@h/db"),
        (
            "postgres://h/db?a=1&password=secret",
            "postgres://h/db?a=1&password=***",
        ),
        ("host=h password=secret", "***"),
    ] {
        assert_eq!(without_password(url), shown);
    }
}

#[test]
fn no_password_of_nats_is_printed() {
    let url = "nats://ann:hidden@a:4222,nats://ann:hidden@b:4222";
    let printed = layers(
        &Flags::default(),
        &[("ROOST_NATS_URL", url)],
        Path::new("/nowhere"),
    );
    let printed = printed.unwrap().to_string();
    assert!(!printed.contains("hidden"), "{printed}");
    assert!(
        printed.contains("nats://ann:***@a:4222,nats://ann:***@b:4222"),
        "{printed}"
    );
}

#[test]
fn the_printed_configuration_is_a_file_that_parses_to_the_same_values() {
    let flags = Flags {
        values: vec![("slot", "mine".to_owned())],
        ..Flags::default()
    };
    let printed = layers(&flags, &[], Path::new("/nowhere"))
        .unwrap()
        .to_string();
    assert!(
        printed.contains("slot = \"mine\"  # the flag --slot"),
        "{printed}"
    );
    assert!(
        printed.contains("commit_interval_ms = 200  # default"),
        "{printed}"
    );
    assert_eq!(read(&printed, &[], &[]).unwrap().slot, "mine");
}

#[test]
fn the_sample_file_names_every_key_with_its_default() {
    let sample: toml::Table = toml::from_str(SAMPLE).unwrap();
    for key in keys() {
        let line = SAMPLE.lines().find(|line| {
            line.trim_start_matches("# ")
                .starts_with(&format!("{} = ", key.name))
        });
        let line = line.unwrap_or_else(|| panic!("roost.example.toml does not name {}", key.name));
        if let Some(default) = key.default {
            let value = sample
                .get(key.name)
                .unwrap_or_else(|| panic!("{line} is commented out"));
            assert_eq!(value.to_string().trim_matches('"'), default, "{line}");
        }
    }
    assert!(read(SAMPLE, &[], &[]).is_ok());
}

#[test]
fn a_key_of_a_missing_cargo_feature_is_an_error_that_names_the_feature() {
    let result = read("nats_stream = 'changes'", &[], &[]);
    if cfg!(feature = "nats") {
        assert_eq!(result.unwrap().nats_stream, "changes");
    } else {
        let error = result.unwrap_err();
        assert!(error.contains("lacks the cargo feature nats"), "{error}");
    }
}

#[test]
fn every_subcommand_lists_only_keys_that_exist() {
    let sets = [
        DatabaseKeys::names(),
        SlotKeys::names(),
        NodeKeys::names(),
        FolderKeys::names(),
        IndexKeys::names(),
        PublishKeys::names(),
    ];
    for name in sets.concat() {
        assert!(keys().any(|key| key.name == name), "{name}");
    }
}

/// Returns the configuration from a file, an environment and flags, or the error with its causes.
fn read(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("roost.toml");
    std::fs::write(&path, file).unwrap();
    let values = flags
        .iter()
        .map(|(name, text)| (*name, (*text).to_owned()))
        .collect();
    layers(
        &Flags {
            file: Some(path),
            values,
            ..Flags::default()
        },
        environment,
        Path::new("/nowhere"),
    )
    .and_then(|layers| layers.check())
    .map_err(|error| format!("{error:#}"))
}

fn layers(
    flags: &Flags,
    environment: &[(&str, &str)],
    default_file: &Path,
) -> anyhow::Result<Layers> {
    let environment = environment
        .iter()
        .map(|(name, text)| (name.into(), text.into()));
    Layers::read_from(
        flags,
        environment
            .collect::<Vec<(OsString, OsString)>>()
            .into_iter(),
        default_file,
    )
}

/// Replaces the path of the temporary file by FILE.
fn without_path(text: &str) -> String {
    let words = text.split_inclusive(['\n', ' ']).map(|word| {
        let start = word.find('/').filter(|_| word.contains("roost.toml"));
        match (start, word.find("roost.toml")) {
            (Some(start), Some(end)) => {
                format!(
                    "{}FILE{}",
                    &word[..start],
                    &word[end + "roost.toml".len()..]
                )
            }
            _ => word.to_owned(),
        }
    });
    words.collect()
}
