//! The `roost` command: the only crate that knows the engine, the indexer and the API.

#![warn(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic on a closed pipe; say! and note! do not"
)]

#[macro_use]
mod terminal;

mod client;
mod commands;
mod config;
mod import;
mod node;
mod postgres;
mod shutdown;
mod snapshot;
mod startup;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;

/// Serializing a response makes hundreds of small allocations, which mimalloc serves faster than
/// the system allocator: `docs/decisions/0011-mimalloc-in-the-roost-binary.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rooms near exam venues: a search and ranking engine that follows Postgres
#[derive(Debug, Parser)]
#[command(
    name = "roost",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(after_help = config::HELP)]
struct Roost {
    #[command(subcommand)]
    command: Command,
}

/// The number of tasks that a thread runs before it looks for new events, such as a request. The
/// default of 61 lets a request wait for as many searches of other connections.
const EVENT_INTERVAL: u32 = 8;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(EVENT_INTERVAL)
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => {
            note!("roost: cannot start the threads of the service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> ExitCode {
    // rustls is built with two providers, so one must be chosen. Installing it twice is harmless.
    #[cfg(feature = "rustls")]
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let result = commands::run(Roost::parse().command).await;
    match result.and_then(|code| terminal::check_written().map(|()| code)) {
        Ok(code) => code,
        Err(error) => {
            note!("roost: {}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes in one line. Some errors already end with their cause, which is not
/// repeated.
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
