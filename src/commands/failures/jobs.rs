//! `roost jobs`: lists, retries and drops jobs.

use clap::{Args, Subcommand};
use roost_market::jobs::{Job, JobFilter, drop_jobs, list_jobs, retry_jobs};
use roost_market::{Actor, PgPool, rfc3339};
use serde_json::json;

use crate::config::{DatabaseKeys, KeyFlags};
use crate::node::market;
use crate::startup::configure;
use crate::terminal::print_table;

/// The subcommands of `roost jobs`.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Print the jobs that wait, run or have failed for good, the newest first
    List {
        #[command(flatten)]
        filter: FilterFlags,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Run jobs now, with all of their attempts
    Retry(SelectionFlags),
    /// Delete jobs without doing them
    Drop(SelectionFlags),
}

/// Selects jobs; all of them without flags.
#[derive(Debug, Args)]
pub(crate) struct FilterFlags {
    #[command(flatten)]
    config: KeyFlags<DatabaseKeys>,
    /// Only jobs of this task, such as send_mail
    #[arg(long, value_name = "NAME")]
    task: Option<String>,
    /// Only jobs that have failed for good
    #[arg(long)]
    failed: bool,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: u32,
}

/// Selects jobs by their ids, or all that have failed.
#[derive(Debug, Args)]
#[group(id = "jobs", required = true, multiple = false, args = ["ids", "failed"])]
pub(crate) struct SelectionFlags {
    #[command(flatten)]
    config: KeyFlags<DatabaseKeys>,
    /// The ids of jobs
    #[arg(value_name = "ID")]
    ids: Vec<i64>,
    /// All jobs that have failed for good
    #[arg(long)]
    failed: bool,
}

/// Runs `roost jobs`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    match action {
        Action::List { filter, json } => {
            let pool = pool(filter.config)?;
            let filter = JobFilter {
                task: filter.task,
                only_failed: filter.failed,
                limit: filter.limit,
            };
            let jobs = list_jobs(&pool, &Actor::System, &filter).await?;
            match json {
                true => say!("{}", serde_json::to_string_pretty(&to_json(&jobs))?),
                false => print(&jobs),
            }
        }
        Action::Retry(selection) => {
            let (pool, ids) = selection.read().await?;
            let count = retry_jobs(&pool, &Actor::System, &ids).await?;
            say!("Jobs that run again: {count}");
        }
        Action::Drop(selection) => {
            let (pool, ids) = selection.read().await?;
            let count = drop_jobs(&pool, &Actor::System, &ids).await?;
            say!("Jobs dropped: {count}");
        }
    }
    Ok(())
}

impl SelectionFlags {
    async fn read(self) -> anyhow::Result<(PgPool, Vec<i64>)> {
        let pool = pool(self.config)?;
        if !self.failed {
            return Ok((pool, self.ids));
        }
        let failed = JobFilter {
            task: None,
            only_failed: true,
            limit: u32::MAX,
        };
        let failed = list_jobs(&pool, &Actor::System, &failed).await?;
        Ok((pool, failed.iter().map(|job| job.id).collect()))
    }
}

fn pool(config: KeyFlags<DatabaseKeys>) -> anyhow::Result<PgPool> {
    market::pool(configure(config)?.database_url()?, 1)
}

fn state(job: &Job) -> &'static str {
    match (job.is_running, job.has_failed()) {
        (true, _) => "running",
        (_, true) => "failed",
        _ => "waiting",
    }
}

fn to_json(jobs: &[Job]) -> Vec<serde_json::Value> {
    let job = |job: &Job| {
        json!({
            "id": job.id,
            "task": job.task,
            "payload": job.payload,
            "state": state(job),
            "created_at": rfc3339(job.created_at),
            "run_at": rfc3339(job.run_at),
            "attempts": job.attempts,
            "attempts_max": job.attempts_max,
            "last_error": job.last_error,
        })
    };
    jobs.iter().map(job).collect()
}

fn print(jobs: &[Job]) {
    if jobs.is_empty() {
        say!("No jobs.");
        return;
    }
    let headings = [
        "ID",
        "TASK",
        "STATE",
        "ATTEMPTS",
        "RUN AT",
        "PAYLOAD",
        "LAST ERROR",
    ];
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(jobs.iter().map(|job| {
        [
            job.id.to_string(),
            job.task.clone(),
            state(job).to_owned(),
            format!("{} of {}", job.attempts, job.attempts_max),
            rfc3339(job.run_at),
            job.payload.to_string(),
            // A line break in an error would break the table.
            job.last_error
                .as_deref()
                .map(|error| format!("{error:?}"))
                .unwrap_or_default(),
        ]
    }));
    print_table(&rows);
}
