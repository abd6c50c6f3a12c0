//! `roost keys`: creates, lists, rotates and revokes API keys.

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use roost_api::Filter;
use roost_market::keys::{Key, NewKey, create_key, list_keys, revoke_key, rotate_key};
use roost_market::{Actor, PgPool, Scope, Transaction, parse_rfc3339, rfc3339};
use sqlx::types::Uuid;

use super::pool::{find_user, pool};
use crate::config::{DatabaseKeys, KeyFlags};
use crate::startup::configure;
use crate::terminal::print_table;

/// The subcommands of `roost keys`.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Create an API key, and print its secret once
    Create(CreateFlags),
    /// Print API keys, the newest first
    List {
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
        /// Also print revoked and expired keys
        #[arg(long)]
        ended: bool,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
    },
    /// Replace the secret of an API key, and print the new one once
    Rotate {
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
        /// The id of the key, or the start of its secret, such as roost_live_k3v5x2qade
        #[arg(value_name = "KEY")]
        key: String,
        /// How long the old secret is still accepted, in seconds, at most a week
        #[arg(long, value_name = "N", default_value_t = 0)]
        overlap_s: u32,
    },
    /// Revoke an API key and all keys that it has created
    Revoke {
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
        /// The id of the key, or the start of its secret, such as roost_live_k3v5x2qade
        #[arg(value_name = "KEY")]
        key: String,
    },
}

/// The flags of `roost keys create`.
#[derive(Debug, Args)]
pub(crate) struct CreateFlags {
    #[command(flatten)]
    config: KeyFlags<DatabaseKeys>,
    /// What people call the key
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What the key may do: search, rooms:write, venues:write, requests:write, feed:read,
    /// metrics:read or admin; several with a comma between them
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', required = true)]
    scopes: Vec<Scope>,
    /// When the key expires, such as 2027-12-01T00:00:00Z; never by default
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// How often the key may call a node; 600 by default
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u32>,
    /// Only rooms that pass this filter exist for the key, which can only search
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// The e-mail address of the user for whom the key acts
    #[arg(long, value_name = "ADDRESS")]
    user: Option<String>,
}

/// Runs `roost keys`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    match action {
        Action::Create(flags) => create(flags).await,
        Action::List {
            config,
            ended,
            limit,
        } => {
            let pool = pool(&configure(config)?).await?;
            let page = list_keys(&pool, &Actor::System, ended, None, limit).await?;
            print(&page.items);
            Ok(())
        }
        Action::Rotate {
            config,
            key,
            overlap_s,
        } => rotate(&pool(&configure(config)?).await?, &key, overlap_s).await,
        Action::Revoke { config, key } => {
            let pool = pool(&configure(config)?).await?;
            let id = find(&pool, &key).await?;
            let mut transaction = Transaction::begin(&pool, Actor::System).await?;
            let (key, revoked) = revoke_key(&mut transaction, id).await?;
            transaction.commit(()).await?;
            match revoked.len() {
                0 => say!("{} ({}) was revoked before.", key.prefix, key.name),
                1 => say!("Revoked {} ({}).", key.prefix, key.name),
                _ => say!(
                    "Revoked {} ({}) and {} keys that descend from it.",
                    key.prefix,
                    key.name,
                    revoked.len() - 1
                ),
            }
            Ok(())
        }
    }
}

async fn create(flags: CreateFlags) -> anyhow::Result<()> {
    let expires_at = flags.expires_at.map(|text| {
        let time = parse_rfc3339(&text);
        time.ok_or_else(|| {
            anyhow!("expires-at is {text:?}: expected a time such as 2027-12-01T00:00:00Z")
        })
    });
    if let Some(filter) = &flags.filter {
        filter.parse::<Filter>()?;
    }
    let pool = pool(&configure(flags.config)?).await?;
    let user_id = match &flags.user {
        Some(email) => Some(find_user(&pool, email).await?),
        None => None,
    };
    let new = NewKey {
        name: flags.name,
        scopes: flags.scopes,
        expires_at: expires_at.transpose()?,
        requests_per_minute: flags.requests_per_minute,
        filter: flags.filter,
        user_id,
    };
    let mut transaction = Transaction::begin(&pool, Actor::System).await?;
    let (key, secret) = create_key(&mut transaction, new).await?;
    transaction.commit(()).await?;
    say!("Created the key {} with the id {}.", key.name, key.id);
    say!("Secret, shown only now: {}", secret.expose());
    Ok(())
}

async fn rotate(pool: &PgPool, key: &str, overlap_s: u32) -> anyhow::Result<()> {
    let id = find(pool, key).await?;
    let mut transaction = Transaction::begin(pool, Actor::System).await?;
    let (key, secret) = rotate_key(&mut transaction, id, overlap_s).await?;
    transaction.commit(()).await?;
    let old = match overlap_s {
        0 => "is rejected from now on".to_owned(),
        _ => format!("is accepted for {overlap_s} more seconds"),
    };
    let (prefix, name) = (&key.prefix, &key.name);
    say!("Replaced the secret of {prefix} ({name}); the old one {old}.");
    say!("Secret, shown only now: {}", secret.expose());
    Ok(())
}

/// The id of a key by its id or the start of its secret.
async fn find(pool: &PgPool, text: &str) -> anyhow::Result<Uuid> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let mut after = None;
    loop {
        let page = list_keys(pool, &Actor::System, true, after, 1_000).await?;
        if let Some(key) = page.items.iter().find(|key| text.starts_with(&key.prefix)) {
            return Ok(key.id);
        }
        let last = page.items.last().filter(|_| page.has_more);
        // The text may be a whole secret, so it is not repeated.
        let last = last.context("the key is unknown: expected the id or prefix of a key")?;
        after = Some(last.id);
    }
}

fn print(keys: &[Key]) {
    if keys.is_empty() {
        say!("No keys.");
        return;
    }
    let headings = [
        "ID",
        "PREFIX",
        "NAME",
        "SCOPES",
        "FILTERS",
        "A MINUTE",
        "EXPIRES",
        "LAST USED",
        "REVOKED",
    ];
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(keys.iter().map(|key| {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        [
            key.id.to_string(),
            key.prefix.clone(),
            key.name.clone(),
            scopes.join(","),
            key.filters.join(" AND "),
            key.requests_per_minute.to_string(),
            key.expires_at.map(rfc3339).unwrap_or_default(),
            key.last_used_at.map(rfc3339).unwrap_or_default(),
            key.revoked_at.map(rfc3339).unwrap_or_default(),
        ]
    }));
    print_table(&rows);
}
