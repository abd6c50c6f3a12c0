//! Embeds the engine: indexes the rooms of a CSV file, and searches them by words and place.
//!
//! `cargo run --example embed -- examples/rooms.csv "quiet desk"`

use anyhow::Context;
use roost_engine::{
    Checkpoint, Collection, Component, DecayShape, Document, Field, FieldKind, Key, LatLng,
    Position, Profile, Query, Radius, SchemaBuilder, Store, StoreOptions, Typos, Words,
};

/// One row of the file.
#[derive(serde::Deserialize)]
struct Row {
    title: String,
    latitude: f64,
    longitude: f64,
    price: f64,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("usage: embed ROOMS.csv [WORDS]")?;
    let words = arguments.next().unwrap_or_else(|| "quiet desk".to_owned());

    // Rooms have a title, whose words are searched, and a price.
    let mut schema = SchemaBuilder::new("rooms");
    let title = schema.add(Field::new("title", FieldKind::Text).searched(1));
    schema.add(Field::new("price", FieldKind::Number));
    let rooms = Collection::new(schema.build()?);

    let folder = tempfile::tempdir()?;
    let (mut writer, reader) = Store::open(folder.path(), &[rooms], &StoreOptions::default())?;
    for (row, id) in csv::Reader::from_path(&file)?.deserialize().zip(1..) {
        let row: Row = row?;
        let place = LatLng::new(row.latitude, row.longitude)?;
        let values = [("title", row.title.into()), ("price", row.price.into())];
        let room = Document::of(rooms, Key::from_u128(id), place, values)?;
        writer.put(rooms, room)?;
    }
    // The position of the source, such as an offset, is stored with the commit.
    let (position, source) = (Position(1), serde_json::Value::Null);
    writer.commit(Checkpoint { position, source })?;

    let iit_bombay = LatLng::new(19.1334, 72.9133)?;
    let now_s = 1_800_000_000;
    let profile = Profile::new("near", 0.0, DecayShape::Exponential, 2_000.0)?
        .with_weight(Component::Text, 100.0)?
        .with_weight(Component::Distance, 30.0)?;
    let query = Query {
        text: Some(Words::new(&words)?.typos(Typos::default()).prefix_last()),
        center: Some(iit_bombay),
        radius: Some(Radius::new(5_000.0)?),
        ..Query::all(profile, now_s)
    };
    for hit in reader.search(rooms, &query)?.hits {
        let distance_m = hit.distance_m.unwrap_or_default();
        println!(
            "{:5.1}  {distance_m:4.0} m  {}",
            hit.score,
            hit.document.text(title)
        );
    }
    Ok(())
}
