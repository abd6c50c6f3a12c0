//! `roost dead-letters`: lists, retries and drops the rows that could not be converted.

use clap::{Args, Subcommand};
use roost_indexer::{
    DatabaseUrl, DeadLetter, DeadLetterFilter, Name, drop_dead_letters, list_dead_letters,
    retry_dead_letters,
};

use crate::config::{KeyFlags, SlotKeys};
use crate::startup::configure;
use crate::terminal::print_table;

/// The subcommands of `roost dead-letters`.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Print the dead letters and the reason for each
    List {
        #[command(flatten)]
        filter: FilterFlags,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Make the node read rows again in their current state
    ///
    /// The request travels through the stream of changes, so a paused or stopped node acts on it
    /// once it continues. A row that is corrected by an UPDATE needs no retry.
    Retry(SelectionFlags),
    /// Drop dead letters without correcting their rows
    ///
    /// The rows stay out of the index until their next change, and nothing reports them any more.
    Drop(SelectionFlags),
}

/// Selects dead letters; all of them without flags.
#[derive(Debug, Args)]
pub(crate) struct FilterFlags {
    #[command(flatten)]
    config: KeyFlags<SlotKeys>,
    /// Only rows of this table
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Only the row with this id
    #[arg(long, value_name = "ID")]
    key: Option<String>,
}

/// Selects dead letters; selecting all of them takes a flag.
#[derive(Debug, Args)]
#[group(id = "rows", required = true, multiple = true, args = ["table", "key", "all"])]
pub(crate) struct SelectionFlags {
    #[command(flatten)]
    filter: FilterFlags,
    /// All dead letters of the slot
    #[arg(long, conflicts_with_all = ["table", "key"])]
    all: bool,
}

/// Runs `roost dead-letters`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    match action {
        Action::List { filter, json } => {
            let (database, slot, which) = filter.read()?;
            let dead_letters = list_dead_letters(&database, &slot, &which).await?;
            if json {
                say!("{}", serde_json::to_string_pretty(&dead_letters)?);
            } else {
                print(&dead_letters, &slot);
            }
        }
        Action::Retry(selection) => {
            let (database, slot, which) = selection.filter.read()?;
            let count = retry_dead_letters(&database, &slot, &which).await?;
            say!("Rows that the node of slot {slot} will read again: {count}");
        }
        Action::Drop(selection) => {
            let (database, slot, which) = selection.filter.read()?;
            let count = drop_dead_letters(&database, &slot, &which).await?;
            say!("Dead letters of slot {slot} dropped: {count}");
        }
    }
    Ok(())
}

impl FilterFlags {
    fn read(self) -> anyhow::Result<(DatabaseUrl, Name, DeadLetterFilter)> {
        let config = configure(self.config)?;
        let which = DeadLetterFilter {
            table: self.table,
            key: self.key,
        };
        Ok((config.database_url()?.parse()?, config.slot.parse()?, which))
    }
}

fn print(dead_letters: &[DeadLetter], slot: &Name) {
    if dead_letters.is_empty() {
        say!("No dead letters of slot {slot}.");
        return;
    }
    let headings = [
        "TABLE",
        "KEY",
        "SEEN",
        "LAST SEEN",
        "POSITION",
        "COLUMN",
        "VALUE",
        "REASON",
    ];
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(dead_letters.iter().map(|letter| {
        [
            letter.table.clone(),
            letter.key.clone(),
            letter.times_seen.to_string(),
            letter.last_seen_at.clone(),
            letter.position.to_string(),
            letter.column.clone(),
            // A line break in the value would break the table.
            format!("{:?}", letter.value),
            letter.reason.clone(),
        ]
    }));
    print_table(&rows);
}
