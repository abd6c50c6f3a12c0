//! The keys of the node and its connections.

use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::key::{COMMON, Key};
use crate::config::values::{parse, parse_some_in};

/// Where the node is, and who may connect to it.
pub(super) const NODE: &[Key] = &[
    Key {
        name: "database_url",
        value_name: "URL",
        help: "The URL of Postgres, such as postgres://user:password@host:5432/database",
        expected: "a URL such as postgres://user:password@host:5432/database",
        set: |config, text| {
            let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
            config.database_url = Some(text.to_owned());
            is_postgres && PgConnectOptions::from_str(text).is_ok()
        },
        ..COMMON
    },
    Key {
        name: "data_dir",
        value_name: "FOLDER",
        help: "The folder of the index",
        default: Some(".roost/data"),
        expected: "the path of a folder",
        set: |config, text| {
            config.data_dir = PathBuf::from(text);
            !text.is_empty() && !config.data_dir.is_file()
        },
        ..COMMON
    },
    Key {
        name: "listen",
        value_name: "ADDRESS",
        help: "The address of the API",
        default: Some("127.0.0.1:8080"),
        expected: "an IP address and a port such as 127.0.0.1:8080 or [::1]:8080",
        set: |config, text| parse(text, &mut config.listen),
        ..COMMON
    },
    Key {
        name: "connections_max",
        help: "The maximum number of connections; by default as many as descriptors allow",
        expected: "a whole number from 1 to 1000000",
        set: |config, text| parse_some_in(text, 1..=1_000_000, &mut config.connections_max),
        ..COMMON
    },
    Key {
        name: "connections_per_address_max",
        help: "The maximum number of connections of one client; by default half of all",
        expected: "a whole number from 1 to 1000000",
        set: |config, text| {
            parse_some_in(text, 1..=1_000_000, &mut config.connections_per_address_max)
        },
        ..COMMON
    },
    Key {
        name: "trusted_proxies",
        value_name: "NETWORKS",
        help: "Proxies whose X-Forwarded-For header names the client, such as 10.0.0.0/8,::1",
        expected: "IP addresses and networks separated by commas, such as 10.0.0.0/8,::1",
        set: |config, text| parse(text, &mut config.trusted_proxies),
        ..COMMON
    },
];
