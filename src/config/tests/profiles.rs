//! Tests of the match-score profiles in the configuration file.

use std::path::Path;

use roost_collections::rooms;
use roost_engine::Component;

use super::super::layers::Flags;
use super::{SAMPLE, layers, read, without_path};

#[test]
fn missing_keys_of_a_profile_have_defaults() {
    let file = "slot = 'mine'\n[profiles.near]\nweights = { distance = 60, text = 0.5 }\n\
                [profiles.room]\nbase = 10\nhalf_distance_m = 800.5\ndecay = 'linear'\n\
                weights.price = 1\n";
    let profiles = read(file, &[], &[]).unwrap().profiles;
    let [near, room] = &profiles[..] else {
        panic!("{profiles:?}")
    };
    assert_eq!((near.name(), near.base()), ("near", 0.0));
    assert_eq!(near.weight(Component::Distance), 60.0);
    assert_eq!(near.weight(Component::Text), 0.5);
    assert_eq!(near.weight(Component::Rating), 0.0);
    assert_eq!(near.decay(2_000.0), 0.5);
    assert_eq!(near.decay(4_000.0), rooms::profile().decay(4_000.0));
    assert_eq!((room.name(), room.base()), ("room", 10.0));
    assert_eq!(room.decay(800.5), 0.5);
    assert_eq!(room.decay(1_601.0), 0.0);
    assert!(read("", &[], &[]).unwrap().profiles.is_empty());
}

#[test]
fn every_error_in_a_profile_names_the_key_its_value_and_the_expected_values() {
    let weights = "weights.text = 1";
    for (section, expected) in [
        (
            "profiles = 5",
            "profiles is 5 (from FILE): expected a table",
        ),
        (
            "[profiles]\nnear = 'x'",
            "profiles.near is \"x\" (from FILE): expected a table",
        ),
        (
            "[profiles.Near]",
            "profiles.Near (in FILE) is not a profile's name: expected a name of 1 to 40 of the",
        ),
        (
            "[profiles.venue]",
            "profiles.venue (in FILE) is not available: expected another name",
        ),
        (
            &format!("[profiles.near]\nbse = 1\n{weights}"),
            "profiles.near.bse (in FILE) is not a key of a profile: expected one of base, half",
        ),
        (
            &format!("[profiles.near]\nbase = 120\n{weights}"),
            "profiles.near.base is 120 (from FILE): expected a number from 0 to 100",
        ),
        (
            &format!("[profiles.near]\nbase = nan\n{weights}"),
            "profiles.near.base is nan (from FILE): expected a number from 0 to 100",
        ),
        (
            &format!("[profiles.near]\nhalf_distance_m = '2 km'\n{weights}"),
            "profiles.near.half_distance_m is \"2 km\" (from FILE): expected a number from 1 to",
        ),
        (
            &format!("[profiles.near]\ndecay = 'steep'\n{weights}"),
            "profiles.near.decay is \"steep\" (from FILE): expected exponential, gauss or linear",
        ),
        (
            "[profiles.near]\nbase = 5",
            "profiles.near.weights is missing (in FILE): expected a weight above 0 for at least",
        ),
        (
            "[profiles.near.weights]",
            "profiles.near.weights is {} (from FILE): expected a weight above 0 for at least one",
        ),
        (
            "[profiles.near]\nweights = { text = 0, price = 0.0 }",
            "profiles.near.weights is { text = 0, price = 0.0 } (from FILE): expected a weight",
        ),
        (
            "[profiles.near.weights]\nlooks = 3",
            "profiles.near.weights.looks (in FILE) is not a component: expected one of text, dist",
        ),
        (
            "[profiles.near.weights]\ntext = -1",
            "profiles.near.weights.text is -1 (from FILE): expected a number from 0 to 1000",
        ),
    ] {
        let error = read(section, &[], &[]).unwrap_err();
        let error = without_path(&error);
        assert!(error.starts_with(expected), "{section}: {error}");
        assert!(!error.contains("; "), "one mistake, one problem: {error}");
    }
}

#[test]
fn an_error_lists_all_mistakes_in_all_profiles_and_other_keys() {
    let error = read(
        "listen = 8080\n[profiles.a]\nbase = -1\ndecay = 1\nweights = { x = 1, text = 2000 }\n\
         [profiles.b]\n",
        &[],
        &[],
    )
    .unwrap_err();
    for key in [
        "listen is",
        "profiles.a.base is -1",
        "profiles.a.decay is 1",
        "profiles.a.weights.x (in",
        "profiles.a.weights.text is 2000",
        "profiles.b.weights is missing",
    ] {
        assert!(error.contains(key), "{key}: {error}");
    }
    let twice = "[profiles.a]\nweights.text = 1\n[profiles.a]\nweights.text = 2\n";
    let error = read(twice, &[], &[]).unwrap_err();
    assert!(error.contains("duplicate key"), "{error}");
}

#[test]
fn printed_profiles_parse_to_the_same_profiles() {
    let section = "[profiles.near]\ndecay = \"gauss\"\nweights = { distance = 60, text = 0.5 }\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("roost.toml");
    std::fs::write(&path, section).unwrap();
    let flags = Flags {
        file: Some(path),
        ..Flags::default()
    };
    let layers = layers(&flags, &[], Path::new("/nowhere")).unwrap();
    let printed = layers.to_string();
    assert!(
        without_path(&printed).contains("[profiles.near]  # FILE\n"),
        "{printed}"
    );
    assert_eq!(
        read(&printed, &[], &[]).unwrap().profiles,
        layers.check().unwrap().profiles
    );
}

#[test]
fn the_commented_profile_of_the_sample_file_is_valid() {
    let (_, section) = SAMPLE.split_once("# [profiles").unwrap();
    let section = format!("[profiles{}", section.replace("\n# ", "\n"));
    let profiles = read(&section, &[], &[]).unwrap().profiles;
    assert_eq!(profiles.len(), 1);
    assert_eq!(profiles[0].name(), "near");
}
