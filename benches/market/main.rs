//! Simulates a market to compare rankings of the feeds of landlords (`docs/market.md`).
//!
//! ```text
//! make market
//! SEEDS=10 ROUNDS=12 make market
//! ```
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `SEEDS` | markets of each kind, whose figures are averaged | 3 |
//! | `ROUNDS` | rounds, in each of which every landlord reads the feed once | 4 |
//! | `LANDLORDS` | landlords, each with a capacity of 1 to 5 | 500 |
//! | `REQUESTS` | requests of students | 2000 |

mod feeds;
mod figures;
mod ipfp;
mod liking;
mod people;
mod ranking;
mod rounds;
#[path = "../shared/setting/mod.rs"]
mod setting;

use figures::Figures;
use people::{Crowding, People};
use ranking::Ranking;
use setting::setting;

fn main() {
    // Test runners also start benches, to list their tests. There are none.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (landlords, requests) = (setting("LANDLORDS", 500), setting("REQUESTS", 2_000));
    println!(
        "{requests} requests, {landlords} landlords, {} rounds, mean of {} markets:\n",
        setting("ROUNDS", 4),
        setting("SEEDS", 3)
    );
    println!("| crowding | ranking | matches | unseen | Gini | offers per match | liking |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    let mut last = [Figures::default(); 2];
    for crowding in [Crowding::Mild, Crowding::Strong] {
        for ranking in Ranking::ALL {
            let figures = simulate(crowding, ranking);
            println!(
                "| {} | {} | {:.0} | {:.1} % | {:.2} | {:.1} | {:.2} |",
                crowding.name(),
                ranking.name(),
                figures.matches,
                figures.unseen * 100.0,
                figures.gini,
                figures.offers_per_match,
                figures.student_liking,
            );
            match ranking {
                Ranking::LandlordOnly => last[0] = figures,
                Ranking::Feed => last[1] = figures,
                _ => {}
            }
        }
    }
    let [landlord_only, feed] = last;
    println!(
        "\nmarket: matches {:.0}, landlord-only {:.0}, gini {:.2}, unseen {:.1} %",
        feed.matches,
        landlord_only.matches,
        feed.gini,
        feed.unseen * 100.0
    );
}

/// The mean figures of some markets.
fn simulate(crowding: Crowding, ranking: Ranking) -> Figures {
    let size = |name, default| usize::try_from(setting(name, default)).unwrap_or(usize::MAX);
    let (landlords, requests) = (size("LANDLORDS", 500), size("REQUESTS", 2_000));
    let rounds = u32::try_from(setting("ROUNDS", 4)).unwrap_or(u32::MAX);
    let runs: Vec<Figures> = (0..setting("SEEDS", 3))
        .map(|seed| {
            let people = People::random(seed, crowding, landlords, requests);
            rounds::run(&people, ranking, seed, rounds)
        })
        .collect();
    Figures::mean(&runs)
}
