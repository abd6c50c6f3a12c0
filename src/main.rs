//! The `roost` command: the only place that knows the engine, the indexer and the API.

mod config;
mod flags;
mod logging;
mod migrate;
mod postgres;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use flags::{AllFlags, DatabaseFlags};

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
    match run(Roost::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("roost: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Migrate(flags) => migrate::run(&flags.into_flags().start()?).await?,
        Command::Config(flags) => {
            let layers = config::Layers::read(&flags.into_flags())?;
            layers.check()?;
            print!("{layers}");
        }
        Command::Postgres { action } => postgres::run(action).await?,
    }
    Ok(ExitCode::SUCCESS)
}
