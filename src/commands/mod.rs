//! The subcommands of `roost`, one module each.

mod accounts;
mod config;
mod demo;
mod failures;
mod import;
mod migrate;
mod openapi;
mod postgres;
mod publish;
mod running_node;
mod serve;
mod snapshot;

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::{AllKeys, DatabaseKeys, FolderKeys, KeyFlags, NodeKeys, PublishKeys};
use crate::startup::configure;
use accounts::{keys, users};
use failures::{dead_letters, jobs};
use running_node::{reindex, status, verify};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try Roost: a private Postgres, 50,000 rooms in India, and the API over them
    ///
    /// Starts a PostgreSQL cluster of its own in .roost/postgres (or uses the configured database),
    /// loads the shipped dataset, indexes and serves it, and prints example requests. Ctrl-C stops
    /// everything. The next run keeps all data and starts in seconds.
    Demo(demo::DemoFlags),
    /// Run one node: follow Postgres and answer searches
    ///
    /// /health/live answers at once, /health/ready once the initial copy is complete. While
    /// Postgres is unreachable the node keeps reconnecting and serves searches from its index.
    /// SIGTERM or Ctrl-C stops it cleanly: open requests finish and the index commits. A second
    /// signal stops it at once.
    Serve(KeyFlags<AllKeys>),
    /// Read the changes from Postgres once and publish them to NATS JetStream for many nodes
    ///
    /// Nodes with the same nats_url and nats_stream read the changes from there and need no
    /// replication slot. The publisher keeps reconnecting while Postgres or NATS is unreachable. A
    /// second publisher of the same slot waits until the first one ends.
    Publish(KeyFlags<PublishKeys>),
    /// Load rooms and venues into the tables
    Import {
        #[command(subcommand)]
        source: import::Source,
    },
    /// Compare the index with the tables row by row; exit with 1 on any difference
    ///
    /// Also compares the signals of landlords, rooms and requests that the node keeps in memory.
    /// Works beside a running node and during writes. Without a running node it first brings the
    /// index up to date.
    Verify(verify::VerifyFlags),
    /// Print the state of a running node: documents, segments, memory, position
    ///
    /// Exits with 1 when no node answers.
    Status(KeyFlags<NodeKeys>),
    /// Make a running node rebuild its index from all rows, and wait until searches use it
    ///
    /// Searches use the old index, which keeps following Postgres, until the new one is complete
    /// and has caught up. Meanwhile the data folder needs disk space for two indexes, and Postgres
    /// one more replication slot. If the rebuild fails, the node keeps the old index and this
    /// command prints the reason and exits with 1.
    Reindex(KeyFlags<FolderKeys>),
    /// List, retry or drop the rows that could not be converted
    ///
    /// A node leaves such a row out of its index and keeps it in the table dead_letters until the
    /// row changes. Each node has its own dead letters, identified by its slot.
    DeadLetters {
        #[command(subcommand)]
        action: dead_letters::Action,
    },
    /// List, retry or drop jobs, such as mail that could not be sent
    ///
    /// Nodes run jobs, and try a failed one again after growing pauses. A job without further
    /// attempts is kept until it is retried or dropped here.
    Jobs {
        #[command(subcommand)]
        action: jobs::Action,
    },
    /// Save the index to a folder or object storage, or start a node from a saved index
    ///
    /// A node that starts from a snapshot continues from its position instead of copying the
    /// tables. For s3://bucket/folder, credentials and endpoint come from AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT and AWS_ALLOW_HTTP.
    Snapshot {
        #[command(subcommand)]
        action: snapshot::Action,
    },
    /// Create, list and disable users, and give them roles
    Users {
        #[command(subcommand)]
        action: users::Action,
    },
    /// Create, list and revoke API keys, by which services call the API
    Keys {
        #[command(subcommand)]
        action: keys::Action,
    },
    /// Print the OpenAPI document of the API
    Openapi,
    /// Migrate the tables of the database to this version's schema
    ///
    /// Runs the migrations that the database has not had yet, each in a transaction. Running it
    /// again changes nothing. Rejects a database that is not in UTF8, and warns if wal_level is not
    /// logical.
    Migrate(KeyFlags<DatabaseKeys>),
    /// Print the configuration in effect and the source of each value
    ///
    /// The output is a valid roost.toml. Passwords in URLs are hidden.
    Config(KeyFlags<AllKeys>),
    /// Start, stop or find a private PostgreSQL cluster for demos and tests
    ///
    /// The cluster has its own folder, port, socket and password, and touches no other cluster.
    /// When started by root it runs as an unprivileged account.
    Postgres {
        #[command(subcommand)]
        action: postgres::Action,
    },
}

/// Runs a subcommand and returns its exit code.
pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(flags) => demo::run(flags).await?,
        Command::Serve(flags) => serve::run(&configure(flags)?).await?,
        Command::Publish(flags) => publish::run(&configure(flags)?).await?,
        Command::Import { source } => import::run(source).await?,
        Command::Verify(flags) => return verify::run(flags).await,
        Command::Status(flags) => status::run(&configure(flags)?).await?,
        Command::Reindex(flags) => reindex::run(&configure(flags)?).await?,
        Command::DeadLetters { action } => dead_letters::run(action).await?,
        Command::Jobs { action } => jobs::run(action).await?,
        Command::Snapshot { action } => snapshot::run(action).await?,
        Command::Users { action } => users::run(action).await?,
        Command::Keys { action } => keys::run(action).await?,
        Command::Openapi => openapi::run()?,
        Command::Migrate(flags) => migrate::run(&configure(flags)?).await?,
        Command::Config(flags) => config::run(flags)?,
        Command::Postgres { action } => postgres::run(action).await?,
    }
    Ok(ExitCode::SUCCESS)
}
