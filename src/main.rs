//! The `roost` command: the only place that knows the engine, the indexer and the API.

#![warn(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic where nobody reads: say! and note! do not"
)]

#[macro_use]
mod output;

mod columns;
mod config;
mod dead_letters;
mod demo;
mod flags;
mod health;
mod held;
mod import;
mod language;
mod load;
mod logging;
mod marker;
mod migrate;
mod openapi;
mod postgres;
mod progress;
mod publish;
mod reindex;
mod serve;
mod shutdown;
mod snapshot;
mod status;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use flags::{AllFlags, DatabaseFlags, NodeFlags, PublishFlags};

/// An answer is made of hundreds of small pieces, which this one hands out faster than the system's:
/// `docs/decisions/0011-mimalloc-in-the-roost-binary.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rooms near exam venues: a search-and-ranking engine that follows Postgres
#[derive(Debug, Parser)]
#[command(
    name = "roost",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(after_help = flags::HELP)]
struct Roost {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show all of Roost: a private Postgres, 50,000 rooms in India, and the API over them
    ///
    /// Starts a PostgreSQL cluster of its own in .roost/postgres (or takes the database that is
    /// configured), loads the shipped dataset, follows it, serves it, and prints requests to try.
    /// Ctrl-C stops everything. Run again, it starts in seconds with all data.
    Demo(demo::DemoFlags),
    /// Run one node: follow Postgres and answer searches
    ///
    /// Answers /health/live at once and /health/ready once the first copy is done. When Postgres is
    /// away it keeps trying, and searches go on over what is there. SIGTERM or Ctrl-C stops it
    /// cleanly: open requests end, the index commits. A second one ends it at once.
    Serve(AllFlags),
    /// Read the changes from Postgres once and publish them to NATS JetStream for many nodes
    ///
    /// Nodes that have the same nats_url and nats_stream take them from there, and need no slot of their
    /// own. Keeps trying while Postgres or NATS is away. A second publisher of the same slot waits until
    /// the first is gone.
    Publish(PublishFlags),
    /// Load rooms and venues into the tables
    Import {
        #[command(subcommand)]
        source: load::Source,
    },
    /// Compare the index with the tables, row by row; exit with 1 on any difference
    ///
    /// Signals of landlords and booked nights are compared too, as the node has them in memory. Works
    /// beside a running node, also while rows are written. Without one it brings the index up to date
    /// first.
    Verify(verify::VerifyFlags),
    /// Ask a running node how it is: documents, segments, memory, position
    ///
    /// Exits with 1 when no node answers.
    Status(NodeFlags),
    /// Have a running node make a new index from all rows, and wait until searches see it
    ///
    /// Searches go on over the old index, which goes on following, until the new one is whole and has
    /// caught up. The data folder needs room for twice the index meanwhile, and Postgres one more
    /// replication slot. Exits with 1 and the reason when it comes to nothing; the old index is kept
    /// then.
    Reindex(flags::FolderFlags),
    /// List, try again or forget the rows that cannot be converted
    ///
    /// A node leaves such a row out of its index and keeps it in the table dead_letters until its next
    /// good change. Each node has its own, told apart by its slot.
    DeadLetters {
        #[command(subcommand)]
        action: dead_letters::Action,
    },
    /// Save the index to a folder or object storage, and begin a node with it
    ///
    /// A node that begins with a snapshot follows from its position instead of copying the tables. In a
    /// place s3://bucket/folder, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT and
    /// AWS_ALLOW_HTTP say who asks whom.
    Snapshot {
        #[command(subcommand)]
        action: snapshot::Action,
    },
    /// Print the OpenAPI document of the API
    Openapi,
    /// Bring the tables of the database to this version's schema
    ///
    /// Runs the migrations that the database has not seen yet, each in a transaction. Running it
    /// again changes nothing.
    Migrate(DatabaseFlags),
    /// Print the configuration in force and where each value comes from
    ///
    /// The output is a valid roost.toml. The password in database_url is hidden.
    Config(AllFlags),
    /// Start, stop or find a private PostgreSQL cluster for demos and tests
    ///
    /// The cluster has a folder, a port, a socket and a password of its own and touches no other
    /// cluster. When we are root it runs as the account postgres or nobody.
    Postgres {
        #[command(subcommand)]
        action: postgres::Action,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    // Of the two that TLS could use here, all of us use the same; installing it a second time is no harm.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let done = run(Roost::parse().command).await;
    match done.and_then(|code| output::check().map(|()| code)) {
        Ok(code) => code,
        Err(error) => {
            note!("roost: {}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(flags) => demo::run(flags).await?,
        Command::Serve(flags) => serve::run(&flags.into_flags().start()?).await?,
        Command::Publish(flags) => publish::run(&flags.into_flags().start()?).await?,
        Command::Import { source } => load::run(source).await?,
        Command::Verify(flags) => return verify::run(flags).await,
        Command::Status(flags) => status::run(&flags.into_flags().start()?).await?,
        Command::Reindex(flags) => reindex::run(&flags.into_flags().start()?).await?,
        Command::DeadLetters { action } => dead_letters::run(action).await?,
        Command::Snapshot { action } => snapshot::run(action).await?,
        Command::Openapi => openapi::run()?,
        Command::Migrate(flags) => migrate::run(&flags.into_flags().start()?).await?,
        Command::Config(flags) => {
            let layers = config::Layers::read(&flags.into_flags())?;
            layers.check()?;
            say!("{}", layers.to_string().trim_end());
        }
        Command::Postgres { action } => postgres::run(action).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The error and its causes in one line. Some errors say their cause themselves; it is not repeated.
fn with_causes(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.ends_with(&cause) {
            line.push_str(": ");
            line.push_str(&cause);
        }
    }
    line
}
