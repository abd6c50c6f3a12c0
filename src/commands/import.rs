//! `roost import`: loads rooms and venues into the tables.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use roost_datasets::airbnb::ListingOptions;
use roost_datasets::venues::VenueOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::types::chrono::Utc;
use sqlx::{ConnectOptions, PgPool};

use crate::config::{DatabaseKeys, KeyFlags, without_password};
use crate::import::{self, ShippedOptions};
use crate::startup::configure;
use crate::terminal::progress::ProgressDisplay;

/// The sources of `roost import`.
#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Load the shipped venues and localities, and rooms and rental requests generated around them
    ///
    /// The venues are real. Rooms, landlords and requests are generated: the same seed and numbers
    /// give the same rows. Everything is loaded in one transaction. If the dataset is already
    /// there, nothing changes.
    Shipped {
        #[command(flatten)]
        shipped: ShippedFlags,
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
    },
    /// Load a listings.csv of Inside Airbnb, short or long form, plain or gzipped
    ///
    /// An invalid row is reported with its line, column and reason, and does not stop the import:
    /// the exit code is 1 only if every row is invalid. Importing a file again updates the rows
    /// that differ.
    InsideAirbnb {
        /// The file to read
        file: PathBuf,
        /// The currency of the prices; the file does not contain it
        #[arg(long, value_name = "CODE", default_value = "USD")]
        currency: String,
        /// The country of the listings, as an ISO 3166 code
        #[arg(long, value_name = "CODE", default_value = "US")]
        country: String,
        /// The city of the listings [default: the city in the file]
        #[arg(long, value_name = "NAME")]
        city: Option<String>,
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
    },
    /// Load exam venues from a CSV file
    ///
    /// Columns are found by their names. An invalid row is reported with its line, column and
    /// reason, and does not stop the import: the exit code is 1 only if every row is invalid.
    Venues {
        /// The file to read
        file: PathBuf,
        /// The country of rows without one, as an ISO 3166 code
        #[arg(long, value_name = "CODE", default_value = "IN")]
        country: String,
        /// The namespace of the ids: the same source and id mean the same venue
        #[arg(long, value_name = "NAME", default_value = "file")]
        source: String,
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
    },
}

/// The default number of requests is one per this number of rooms.
const ROOMS_PER_REQUEST: u64 = 25;

/// Size and seed of the generated dataset.
#[derive(Clone, Debug, Args)]
pub(crate) struct ShippedFlags {
    /// How many rooms to generate, up to ten million
    #[arg(long, value_name = "N", default_value_t = 50_000,
          value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    rooms: u64,
    /// How many rental requests of students to generate, up to one million [default: one per 25
    /// rooms]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    requests: Option<u64>,
    /// The seed of the random generator
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl ShippedFlags {
    /// The options of these flags; generated times are relative to now.
    pub(crate) fn options(&self) -> ShippedOptions {
        ShippedOptions {
            rooms: self.rooms,
            requests: self.requests.unwrap_or(self.rooms / ROOMS_PER_REQUEST),
            seed: self.seed,
            now: Utc::now(),
        }
    }
}

/// Runs `roost import`.
pub(crate) async fn run(source: Source) -> anyhow::Result<()> {
    let progress = ProgressDisplay::default();
    let report = match source {
        Source::Shipped { shipped, config } => {
            let pool = connect(config).await?;
            import::load_shipped(&pool, shipped.options(), &progress).await?
        }
        Source::InsideAirbnb {
            file,
            currency,
            country,
            city,
            config,
        } => {
            let pool = connect(config).await?;
            let now_s = Utc::now().timestamp();
            let options = ListingOptions {
                country,
                currency,
                city,
                now_s,
            };
            import::import_inside_airbnb(&pool, &file, options, &progress).await?
        }
        Source::Venues {
            file,
            country,
            source,
            config,
        } => {
            let pool = connect(config).await?;
            let options = VenueOptions { country, source };
            import::import_venues(&pool, &file, options, &progress).await?
        }
    };
    say!("{}", report.to_string().trim_end());
    anyhow::ensure!(
        !report.is_all_rejected(),
        "every row of the file was rejected"
    );
    Ok(())
}

async fn connect(flags: KeyFlags<DatabaseKeys>) -> anyhow::Result<PgPool> {
    let config = configure(flags)?;
    let database_url = config.database_url()?;
    connect_for_import(database_url).await
}

/// Connects without warnings about slow statements, since every COPY is one.
pub(crate) async fn connect_for_import(database_url: &str) -> anyhow::Result<PgPool> {
    let message = || format!("cannot connect to {}", without_password(database_url));
    let options: PgConnectOptions = database_url.parse().with_context(message)?;
    PgPool::connect_with(options.disable_statement_logging())
        .await
        .with_context(message)
}
