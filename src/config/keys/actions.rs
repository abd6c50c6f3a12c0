//! The keys of actions, jobs and mail.

use std::path::{Path, PathBuf};

use roost_market::accounts::Email;

use super::key::{COMMON, Feature, Key};
use crate::config::values::{is_smtp_url, parse, parse_in};

const SMTP: Feature = Feature {
    name: "smtp",
    is_enabled: cfg!(feature = "smtp"),
};

/// How actions are done.
pub(super) const ACTIONS: &[Key] = &[
    Key {
        name: "cors_origins",
        value_name: "ORIGINS",
        help: "The web origins whose pages may call the API, separated by commas; * for all",
        default: Some("*"),
        expected: "* or origins such as https://example.com, separated by commas",
        set: |config, text| parse(text, &mut config.cors_origins),
        ..COMMON
    },
    Key {
        name: "anonymous_search",
        value_name: "BOOL",
        help: "Let callers search without a token or key, true or false",
        default: Some("true"),
        expected: "true or false",
        set: |config, text| parse(text, &mut config.anonymous.search),
        ..COMMON
    },
    Key {
        name: "anonymous_metrics",
        value_name: "BOOL",
        help: "Let callers read metrics without a token or key, true or false",
        default: Some("true"),
        expected: "true or false",
        set: |config, text| parse(text, &mut config.anonymous.metrics),
        ..COMMON
    },
    Key {
        name: "write_connections_max",
        help: "The maximum number of connections to Postgres for actions; searches use none",
        default: Some("10"),
        expected: "a whole number from 1 to 1000",
        set: |config, text| parse_in(text, 1..=1_000, &mut config.write_connections_max),
        ..COMMON
    },
    Key {
        name: "workers",
        help: "Run this many jobs at the same time, such as mail; 0 for none",
        default: Some("2"),
        expected: "a whole number from 0 to 100",
        set: |config, text| parse_in(text, 0..=100, &mut config.workers),
        ..COMMON
    },
    Key {
        name: "payment_sandbox",
        value_name: "BOOL",
        help: "Let students pay by a provider that moves no money, for tests, true or false",
        default: Some("false"),
        expected: "true or false",
        set: |config, text| parse(text, &mut config.payment_sandbox),
        ..COMMON
    },
    Key {
        name: "token_keys_file",
        value_name: "FILE",
        help: "The keys of access tokens; by default token_keys.json in the data folder",
        expected: "the path of a file, which is created if it does not exist",
        set: |config, text| {
            config.token_keys_file = Some(PathBuf::from(text));
            !text.is_empty() && !Path::new(text).is_dir()
        },
        ..COMMON
    },
    Key {
        name: "smtp_url",
        value_name: "URL",
        help: "The SMTP server for mail, such as smtps://user:password@host",
        expected: "a URL such as smtps://user:password@host or smtp://host:587?tls=required",
        set: |config, text| {
            config.smtp_url = Some(text.to_owned());
            is_smtp_url(text)
        },
        feature: Some(SMTP),
        ..COMMON
    },
    Key {
        name: "mail_from",
        value_name: "ADDRESS",
        help: "The sender of mail",
        default: Some("roost@localhost"),
        expected: "an e-mail address such as rooms@example.com",
        set: |config, text| {
            config.mail_from = text.to_owned();
            Email::new("mail_from", text).is_ok()
        },
        ..COMMON
    },
];
