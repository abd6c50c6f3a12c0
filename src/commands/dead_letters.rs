//! Which rows does a node leave out, and what is to become of them?

use clap::{Args, Subcommand};
use roost_indexer::{
    DatabaseUrl, DeadLetter, DeadLetterFilter, Name, drop_dead_letters, list_dead_letters,
    retry_dead_letters,
};

use crate::columns;
use crate::flags::SlotFlags;

/// What can be done with rows that are left out.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Print the rows that are left out, and why
    List {
        #[command(flatten)]
        which: WhichFlags,
        /// Print a JSON array for a program
        #[arg(long)]
        json: bool,
    },
    /// Have the node read rows again as they are now
    ///
    /// The request goes through the stream of changes, so a node that is paused or stopped does it once
    /// it goes on. Rows that are mended by a change need no retry.
    Retry(ChosenFlags),
    /// Forget rows without mending them
    ///
    /// They stay left out until their next change, and nothing tells of them any more.
    Drop(ChosenFlags),
}

/// Which rows, all if nothing is said.
#[derive(Debug, Args)]
pub(crate) struct WhichFlags {
    #[command(flatten)]
    slot: SlotFlags,
    /// Only rows of this table
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Only the row of this id
    #[arg(long, value_name = "ID")]
    key: Option<String>,
}

/// Which rows; all of them must be said.
#[derive(Debug, Args)]
#[group(id = "rows", required = true, multiple = true, args = ["table", "key", "all"])]
pub(crate) struct ChosenFlags {
    #[command(flatten)]
    which: WhichFlags,
    /// All rows that are left out
    #[arg(long, conflicts_with_all = ["table", "key"])]
    all: bool,
}

/// Runs `roost dead-letters`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    match action {
        Action::List { which, json } => {
            let (database, slot, which) = which.read()?;
            let letters = list_dead_letters(&database, &slot, &which).await?;
            if json {
                say!("{}", serde_json::to_string_pretty(&letters)?);
            } else {
                print(&letters, &slot);
            }
        }
        Action::Retry(chosen) => {
            let (database, slot, which) = chosen.which.read()?;
            let count = retry_dead_letters(&database, &slot, &which).await?;
            say!("Rows that the node of slot {slot} is asked to read again: {count}");
        }
        Action::Drop(chosen) => {
            let (database, slot, which) = chosen.which.read()?;
            let count = drop_dead_letters(&database, &slot, &which).await?;
            say!("Rows of slot {slot} that are forgotten: {count}");
        }
    }
    Ok(())
}

impl WhichFlags {
    fn read(self) -> anyhow::Result<(DatabaseUrl, Name, DeadLetterFilter)> {
        let config = self.slot.into_flags().start()?;
        let which = DeadLetterFilter {
            table: self.table,
            key: self.key,
        };
        Ok((config.database_url()?.parse()?, config.slot.parse()?, which))
    }
}

fn print(letters: &[DeadLetter], slot: &Name) {
    if letters.is_empty() {
        say!("No row is left out by the node of slot {slot}.");
        return;
    }
    let head = [
        "TABLE",
        "KEY",
        "SEEN",
        "LAST SEEN",
        "POSITION",
        "COLUMN",
        "VALUE",
        "REASON",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(letters.iter().map(|letter| {
        [
            letter.table.clone(),
            letter.key.clone(),
            letter.times_seen.to_string(),
            letter.last_seen_at.clone(),
            letter.position.to_string(),
            letter.column.clone(),
            // Line ends in a value would break the table.
            format!("{:?}", letter.value),
            letter.reason.clone(),
        ]
    }));
    columns::print(&rows);
}
