//! Measures the authentication of warm credentials.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use roost_api::{AccessTokens, AuthenticationCache, Live, Market, SigningKey};
use roost_market::PgPool;
use roost_market::accounts::{Cost, Passwords};
use roost_market::jobs::FailedJobs;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::node::Node;
use crate::node::http::Http;
use crate::requests::search_paths;
use crate::times::Times;

/// How often each credential is authenticated in this process.
const IN_PROCESS: u64 = 200_000;

/// In this process, another user's rights change after this many authentications.
const REVOCATION_EVERY: u64 = 1_000;

/// Searches over HTTP with each credential, one after the other.
const OVER_HTTP: usize = 5_000;

/// Measures an access token and an API key: in this process, and as a part of searches of a node.
pub(crate) async fn measure(
    accounts: &Accounts,
    folder: &Path,
    database_url: &str,
    node: &Node,
) -> Result<()> {
    let pool = PgPool::connect(database_url).await?;
    let market = Market {
        live: Live::new(pool.clone()),
        pool,
        passwords: Passwords::new(Cost::default(), 1)?,
        access_tokens: access_tokens(&folder.join("node").join("token_keys.json"))?,
        authentication: AuthenticationCache::new(),
        failed_jobs: FailedJobs::default(),
        payment_provider: None,
    };
    println!("authentication, us                        p50      p99");
    for (name, credential) in accounts.credentials() {
        let times = in_process(&market, credential).await?;
        println!("in process, {name:<24}{}", columns(&times));
    }
    let mut searches = vec![("anonymous", String::new())];
    searches.extend(
        accounts
            .credentials()
            .map(|(name, credential)| (name, format!("authorization: Bearer {credential}\r\n"))),
    );
    for ((name, _), times) in searches.iter().zip(over_http(node, &searches).await?) {
        println!("search over HTTP, {name:<18}{}", columns(&times));
    }
    Ok(())
}

/// Authenticates a credential that the cache has.
async fn in_process(market: &Market, credential: &str) -> Result<Times> {
    let mut times = Times::default();
    for n in 0..IN_PROCESS {
        if n.is_multiple_of(REVOCATION_EVERY) {
            let cache = &market.authentication;
            cache.mark_current(Instant::now());
            cache.apply_event("user", Uuid::from_u128(u128::from(n)), 1);
            // The first one reads the database.
            market.authenticate(credential).await?;
        }
        let started = Instant::now();
        let actor = market.authenticate(credential).await;
        times.push(started.elapsed());
        std::hint::black_box(actor?);
    }
    Ok(times)
}

/// Sends the same searches with each of these headers in turn over one connection.
async fn over_http(node: &Node, headers: &[(&str, String)]) -> Result<Vec<Times>> {
    let mut http = Http::connect(node.address).await?;
    let mut all: Vec<Times> = headers.iter().map(|_| Times::default()).collect();
    let paths = search_paths();
    for path in paths.iter().cycle().take(OVER_HTTP) {
        // The first search fills the processor's caches for all others.
        http.get(path).await?;
        for ((_, header), times) in headers.iter().zip(&mut all) {
            let request = format!("GET {path} HTTP/1.1\r\nhost: roost\r\n{header}\r\n");
            let started = Instant::now();
            let response = http.send(request.as_bytes()).await?;
            times.push(started.elapsed());
            ensure!(
                response.status == 200,
                "a search failed: {}",
                String::from_utf8_lossy(response.body)
            );
        }
    }
    Ok(all)
}

/// The keys of a node, which signs the access tokens.
fn access_tokens(file: &Path) -> Result<AccessTokens> {
    let stored: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    let keys = stored["keys"].as_array().context("a file without keys")?;
    let keys = keys.iter().map(|key| {
        let text = |name: &str| key[name].as_str().context("a key without id or seed");
        let digits = text("seed")?;
        let mut seed = [0; 32];
        for (at, byte) in seed.iter_mut().enumerate() {
            let pair = digits.get(2 * at..2 * at + 2).context("a short seed")?;
            *byte = u8::from_str_radix(pair, 16)?;
        }
        Ok(SigningKey::new(text("id")?, &seed, 0))
    });
    let keys: Result<Arc<[SigningKey]>> = keys.collect();
    Ok(AccessTokens::new(watch::channel(keys?).1))
}

fn columns(times: &Times) -> String {
    let us = |share| times.percentile_us(share).unwrap_or_default();
    format!("{:>9.1}{:>9.1}", us(0.5), us(0.99))
}
