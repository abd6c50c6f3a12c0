//! Compares Roost with SQL on PostGIS: latency ratios and agreement of the answers.
//!
//! ```text
//! make versus                               # 100,000 rooms, 50 searches of each kind
//! make versus ROOMS=1000000 QUERIES=200 THROUGHPUT_SECONDS=30
//! ```
//!
//! One Postgres contains the rooms. The engine (in this process) and a node (`roost serve`, over
//! HTTP) follow it. The same searches run as SQL, over one connection and through a pool. The sides
//! take turns for each search. Each runs it twice in a row and the second run counts, because the
//! other sides have displaced its data from the processor caches. `docs/versus.md` explains the
//! method.

mod answer;
#[path = "../shared/cluster/mod.rs"]
mod cluster;
#[path = "../shared/cluster/copy.rs"]
mod copy;
mod database;
mod engine;
mod figures;
mod kinds;
#[path = "../shared/node/mod.rs"]
mod node;
#[path = "../shared/setting/mod.rs"]
mod setting;
#[path = "../shared/shipped/mod.rs"]
mod shipped;
mod throughput;
#[path = "../shared/times/mod.rs"]
mod times;

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use roost_engine::Reader;
use tokio::signal::unix::{SignalKind, signal};

use answer::Answer;
use cluster::Postgres;
use database::Sql;
use figures::{Figures, percent};
use kinds::{KINDS, Kind, Material, Search};
use node::Node;
use node::http::{self, Http};
use setting::setting;

/// Seed of the generated rooms.
const SEED: u64 = 7;

/// Uncounted searches of each kind at the start, to prepare statements and fill caches.
const WARM_UP: usize = 6;

/// Maximum number of printed differences.
const DIFFERENCES_MAX: usize = 5;

#[tokio::main]
async fn main() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    // However the run ends, dropping its future stops and deletes everything that it started.
    tokio::select! {
        done = run() => done,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
        _ = hangup.recv() => bail!("the terminal was closed"),
    }
}

async fn run() -> Result<()> {
    let rooms = setting("ROOMS", 100_000);
    let queries = usize::try_from(setting("QUERIES", 50))?;
    let throughput_s = setting("THROUGHPUT_SECONDS", 10);
    ensure!(
        rooms > 0 && queries > 0,
        "ROOMS or QUERIES is 0: expected larger numbers"
    );

    let folder = tempfile::tempdir()?;
    let step = Instant::now();
    let postgres = Postgres::start(folder.path()).await?;
    shipped::load(&postgres.url, rooms, SEED).await?;
    done(&format!("Postgres has {rooms} rooms"), step);
    let step = Instant::now();
    let reader = copy::copy(folder.path(), &postgres.url).await?;
    done("the engine has them", step);
    let step = Instant::now();
    let node = Node::start(folder.path(), &postgres.url).await?;
    let memory = node.memory_peak_mib().unwrap_or_default();
    done(&format!("the node has them, in {memory} MiB"), step);
    let step = Instant::now();
    let mut sql = Sql::prepare(&postgres.url).await?;
    let material = sql.material(queries).await?;
    done("SQL has its tables", step);

    let mut sides = Sides {
        reader,
        sql,
        http: Http::connect(node.address).await?,
        printed: 0,
    };
    println!("\n{}", Figures::heading());
    let mut all = Vec::new();
    for kind in KINDS {
        let figures = sides.measure(kind, &material, queries).await?;
        println!("{}", figures.row(kind.name));
        all.push(figures);
    }
    if throughput_s > 0 {
        let requests = requests(&material, queries);
        throughput::measure(&node, requests, Duration::from_secs(throughput_s)).await?;
    }
    println!("\n{}", last_line(&all).context("nothing was compared")?);
    Ok(())
}

struct Sides {
    reader: Reader,
    sql: Sql,
    http: Http,
    printed: usize,
}

/// A compared side.
#[derive(Clone, Copy)]
enum Side {
    Engine,
    Sql,
    Http,
    Pool,
}

const SIDES: [Side; 4] = [Side::Engine, Side::Sql, Side::Http, Side::Pool];

impl Sides {
    async fn measure(
        &mut self,
        kind: &'static Kind,
        material: &Material,
        queries: usize,
    ) -> Result<Figures> {
        for n in 0..WARM_UP {
            let search = kind.search(material, n);
            for side in SIDES {
                self.search(side, &search).await?;
            }
        }
        let mut figures = Figures::default();
        for n in 0..queries {
            let search = kind.search(material, n);
            let mut answers = Vec::new();
            for turn in 0..SIDES.len() {
                // Another side starts each time.
                let side = SIDES[(n + turn) % SIDES.len()];
                self.search(side, &search).await?;
                let Some((took, answer)) = self.search(side, &search).await? else {
                    continue;
                };
                match side {
                    Side::Engine => figures.engine.push(took),
                    Side::Sql => figures.sql.push(took),
                    Side::Http => figures.http.push(took),
                    Side::Pool => figures.pool.push(took),
                }
                answers.push(answer);
            }
            figures.compared += 1;
            if answers.windows(2).all(|two| two[0].agrees_with(&two[1])) {
                figures.agreed += 1;
            } else if self.printed < DIFFERENCES_MAX {
                self.printed += 1;
                eprintln!("{} differs, search {n}: {answers:#?}", kind.name);
            }
        }
        Ok(figures)
    }

    /// Runs a search on one side; `None` if the API does not support it.
    async fn search(&mut self, side: Side, search: &Search) -> Result<Option<(Duration, Answer)>> {
        Ok(match side {
            Side::Engine => Some(engine::search(&self.reader, &search.query(now_s()?)?)?),
            Side::Sql => Some(self.sql.search(search).await?),
            Side::Pool if search.path().is_none() => None,
            Side::Pool => Some(self.sql.search_pool(search).await?),
            Side::Http => match search.path() {
                Some(path) => Some(self.search_http(&path).await?),
                None => None,
            },
        })
    }

    async fn search_http(&mut self, path: &str) -> Result<(Duration, Answer)> {
        let request = http::request(path);
        let started = Instant::now();
        let response = self.http.send(request.as_bytes()).await?;
        let took = started.elapsed();
        let text = String::from_utf8_lossy(response.body);
        ensure!(response.status == 200, "{path}: {text}");
        let answer = Answer::from_json(&serde_json::from_slice(response.body)?);
        Ok((took, answer.with_context(|| format!("{path}: {text}"))?))
    }
}

/// The searches of the load: a place and a radius, with defaults for the rest.
fn requests(material: &Material, queries: usize) -> Vec<Vec<u8>> {
    let places = material.venues.iter().take(queries);
    let paths = places.map(|(lng, lat)| {
        let path = format!("/api/v1/rooms/search?lat={lat}&lng={lng}&radius_m=5000");
        http::request(&path).into_bytes()
    });
    paths.collect()
}

fn last_line(all: &[Figures]) -> Option<String> {
    let lowest = |ratio: fn(&Figures) -> Option<f64>| {
        let ratios = all.iter().filter_map(ratio);
        ratios.min_by(f64::total_cmp)
    };
    let agreed = all.iter().map(|figures| figures.agreed).sum();
    let compared = all.iter().map(|figures| figures.compared).sum();
    Some(format!(
        "versus: lowest p50 ratio engine {:.1}, http {:.1}, agreement {}",
        lowest(Figures::engine_ratio)?,
        lowest(Figures::http_ratio)?,
        percent(agreed, compared),
    ))
}

fn now_s() -> Result<i64> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_secs())?)
}

fn done(what: &str, since: Instant) {
    println!("{what} ({:.1} s)", since.elapsed().as_secs_f64());
}
