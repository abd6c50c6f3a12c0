//! Measures the throughput of a node over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::node::http::Http;
use crate::node::{Node, cpu_time};
use crate::times::{Times, thousands};

/// Numbers of concurrent connections.
const CONCURRENCY: [usize; 3] = [1, 8, 64];

/// Repeats the searches over each number of connections. A connection sends its next request as
/// soon as it has a response. Prints one line for each concurrency, with the processor time per
/// search of the node and of this program.
pub(crate) async fn measure(node: &Node, requests: Vec<Vec<u8>>, duration: Duration) -> Result<()> {
    println!("\nHTTP, 5 km, 20 hits, over keep-alive connections");
    println!("concurrency  searches/s    p50 us    p99 us   MB/s   node CPU us   load CPU us");
    let requests = Arc::new(requests);
    for concurrency in CONCURRENCY {
        let (node_before, load_before) = (node.cpu_time(), cpu_time("self"));
        let started = Instant::now();
        let until = started + duration;
        let clients: Vec<_> = (0..concurrency)
            .map(|first| {
                tokio::spawn(search_until(
                    node.address,
                    Arc::clone(&requests),
                    first,
                    until,
                ))
            })
            .collect();
        let (mut times, mut bytes) = (Times::default(), 0);
        for client in clients {
            let (of_one, bytes_of_one) = client.await??;
            times.extend(of_one);
            bytes += bytes_of_one;
        }
        let each_us = |before: Option<Duration>, after: Option<Duration>| {
            let spent = after?.checked_sub(before?)? / u32::try_from(times.len()).ok()?;
            Some(spent.as_micros().to_string())
        };
        let node_us = each_us(node_before, node.cpu_time());
        let load_us = each_us(load_before, cpu_time("self"));
        let lasted_s = started.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts within some seconds")]
        let (per_second, bytes_per_second) =
            (times.len() as f64 / lasted_s, bytes as f64 / lasted_s);
        println!(
            "{concurrency:>11}{:>12}{:>10}{:>10}{:>7.0}{:>14}{:>14}",
            thousands(per_second),
            thousands(times.percentile_us(0.5).unwrap_or_default()),
            thousands(times.percentile_us(0.99).unwrap_or_default()),
            bytes_per_second / 1e6,
            node_us.as_deref().unwrap_or("-"),
            load_us.as_deref().unwrap_or("-"),
        );
    }
    Ok(())
}

async fn search_until(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    first: usize,
    until: Instant,
) -> Result<(Times, usize)> {
    let mut http = Http::connect(address).await?;
    let (mut times, mut bytes) = (Times::default(), 0);
    for request in requests.iter().cycle().skip(first) {
        let started = Instant::now();
        if started >= until {
            break;
        }
        let response = http.send(request).await?;
        ensure!(
            response.status == 200,
            "a search failed with status {}",
            response.status
        );
        bytes += response.body.len();
        times.push(started.elapsed());
    }
    Ok((times, bytes))
}
