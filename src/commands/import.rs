//! How does `roost import` fill the tables?

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use roost_datasets::airbnb::ListingOptions;
use roost_datasets::venues::VenueOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::types::chrono::Utc;
use sqlx::{ConnectOptions, PgPool};

use crate::config::without_password;
use crate::flags::DatabaseFlags;
use crate::import::{self, ShippedOptions};
use crate::progress::Display;

/// What can be imported.
#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Load the shipped venues and localities, with generated rooms and landlords around them
    ///
    /// The venues are real. Rooms and landlords are generated from the seed: the same seed and
    /// number give the same rooms. All of it is one transaction; when it is there already, nothing
    /// is done.
    Shipped {
        #[command(flatten)]
        shipped: ShippedFlags,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Load a listings.csv of Inside Airbnb, short or long form, plain or gzipped
    ///
    /// A bad row is reported with its line, column and reason, and never stops the rest: the exit
    /// status is 1 only if no row was good. Importing a file again updates what differs.
    InsideAirbnb {
        /// The file
        file: PathBuf,
        /// The currency of the prices, which the file does not name
        #[arg(long, value_name = "CODE", default_value = "USD")]
        currency: String,
        /// The country of the listings, two letters
        #[arg(long, value_name = "CODE", default_value = "US")]
        country: String,
        /// The city of the listings [default: what the file says]
        #[arg(long, value_name = "NAME")]
        city: Option<String>,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Load exam venues from a CSV file
    ///
    /// Columns are found by their names. A bad row is reported with its line, column and reason,
    /// and never stops the rest: the exit status is 1 only if no row was good.
    Venues {
        /// The file
        file: PathBuf,
        /// The country of rows that name none, two letters
        #[arg(long, value_name = "CODE", default_value = "IN")]
        country: String,
        /// Whose ids the file has: the same source and id mean the same venue
        #[arg(long, value_name = "NAME", default_value = "file")]
        source: String,
        #[command(flatten)]
        database: DatabaseFlags,
    },
}

/// How much of the shipped dataset is generated, and from what.
#[derive(Clone, Debug, Args)]
pub(crate) struct ShippedFlags {
    /// How many rooms to generate, up to ten million
    #[arg(long, value_name = "N", default_value_t = 50_000,
          value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    rooms: u64,
    /// What the generated rooms follow from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl ShippedFlags {
    /// What these flags ask for, with now as the time that landlords' last activity is relative to.
    pub(crate) fn options(&self) -> ShippedOptions {
        ShippedOptions {
            rooms: self.rooms,
            seed: self.seed,
            now: Utc::now(),
        }
    }
}

/// Runs `roost import`.
pub(crate) async fn run(source: Source) -> anyhow::Result<()> {
    let progress = Display::default();
    let report = match source {
        Source::Shipped { shipped, database } => {
            let pool = connect(database).await?;
            import::load_shipped(&pool, shipped.options(), &progress).await?
        }
        Source::InsideAirbnb {
            file,
            currency,
            country,
            city,
            database,
        } => {
            let pool = connect(database).await?;
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
            database,
        } => {
            let pool = connect(database).await?;
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

async fn connect(flags: DatabaseFlags) -> anyhow::Result<PgPool> {
    let config = flags.into_flags().start()?;
    let database_url = config.database_url()?;
    connect_for_loading(database_url).await
}

/// Connects without warnings of slow statements: loading is made of them.
pub(crate) async fn connect_for_loading(database_url: &str) -> anyhow::Result<PgPool> {
    let shown = || format!("cannot connect to {}", without_password(database_url));
    let options: PgConnectOptions = database_url.parse().with_context(shown)?;
    PgPool::connect_with(options.disable_statement_logging())
        .await
        .with_context(shown)
}
