//! Measures searches that name a city, in the words of students: whether the first rooms are there.

use anyhow::Result;
use roost_collections::rooms;
use roost_engine::Reader;
use uuid::Uuid;

use crate::engine;
use crate::figures::RANKS;
use crate::sql::Sql;

/// One phrasing per line, with a slot for the city. They were written before any was tried.
const PHRASINGS: &str = include_str!("phrasings.txt");

/// The number of cities, those with the most rooms.
const CITIES: i64 = 20;

/// Maximum number of printed misses of each ranking.
const MISSES_MAX: usize = 60;

/// The first pages of one ranking.
#[derive(Default)]
struct Pages {
    count: u32,
    first_in_city: u32,
    without_city: u32,
    missed: Vec<String>,
}

/// Prints for each ranking how often the first page has rooms of the city.
pub(crate) async fn measure(reader: &Reader, sql: &mut Sql) -> Result<()> {
    let profiles = [engine::text_only()?, rooms::profile()];
    let mut pages: [(&str, Pages); 3] =
        ["roost", "roost, profile `room`", "pg"].map(|name| (name, Pages::default()));
    for city in sql.largest_cities(CITIES).await? {
        for phrasing in PHRASINGS.lines() {
            let text = phrasing.replace("{city}", &city.name.to_lowercase());
            let answers = [
                engine::ranked(reader, &text, None, &profiles[0], RANKS)?,
                engine::ranked(reader, &text, None, &profiles[1], RANKS)?,
                sql.ranked(&text, None).await?,
            ];
            for ((_, pages), answer) in pages.iter_mut().zip(answers) {
                pages.add(&text, &answer, |room| city.rooms.contains(room));
            }
        }
    }
    println!("| city named | number | first hit in the city | first page without the city |");
    println!("|---|---:|---:|---:|");
    for (name, pages) in &pages {
        let share = |of: u32| f64::from(of) / f64::from(pages.count.max(1));
        println!(
            "| {name} | {} | {:.3} | {:.3} |",
            pages.count,
            share(pages.first_in_city),
            share(pages.without_city)
        );
    }
    if std::env::var("MISSES").is_ok_and(|text| text == "1") {
        for (name, pages) in &pages {
            for text in pages.missed.iter().take(MISSES_MAX) {
                println!("    {name}: {text:?}");
            }
        }
    }
    Ok(())
}

impl Pages {
    fn add(&mut self, text: &str, page: &[Uuid], is_in_city: impl Fn(&Uuid) -> bool) {
        self.count += 1;
        self.first_in_city += u32::from(page.first().is_some_and(&is_in_city));
        if !page.iter().any(is_in_city) {
            self.without_city += 1;
            self.missed.push(text.to_owned());
        }
    }
}
