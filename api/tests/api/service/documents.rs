//! The documents that every test service has.

use roost_collections::{rooms, venues};
use roost_engine::{
    Category, Checkpoint, Collection, Document, FieldId, LatLng, Signals, Tags, Writer,
};

use super::{
    DRAFT, HIDDEN, IIT_BOMBAY, LANDLORD, PAUSED, POSITION, ROOM_COUNT, UNAVAILABLE_LANDLORD, VJTI,
    room_key,
};

pub(super) fn fill(writer: &mut Writer) {
    for at in 0..ROOM_COUNT {
        let room = numbered_room(at);
        writer.put(rooms::collection(), room).unwrap();
    }
    let hidden = Document {
        key: HIDDEN,
        owner: Some(UNAVAILABLE_LANDLORD),
        ..numbered_room(0)
    };
    writer.put(rooms::collection(), hidden).unwrap();
    for (key, status) in [(DRAFT, "draft"), (PAUSED, "paused")] {
        let mut room = Document {
            key,
            ..numbered_room(0)
        };
        room.set(
            rooms::STATUS,
            category(rooms::collection(), rooms::STATUS, status),
        );
        writer.put(rooms::collection(), room).unwrap();
    }
    for venue in two_venues() {
        writer.put(venues::collection(), venue).unwrap();
    }
    let signals = Signals {
        capacity_total: 4,
        capacity_used: 1,
        ..Signals::default()
    };
    writer.set_signals(LANDLORD, signals);
    let unavailable = Signals {
        available: false,
        ..signals
    };
    writer.set_signals(UNAVAILABLE_LANDLORD, unavailable);
    let checkpoint = Checkpoint {
        position: POSITION,
        source: serde_json::Value::Null,
    };
    writer.commit(checkpoint).unwrap();
}

/// Room 0 is at the gate of IIT Bombay, and each following one 160 m farther north. Each costs 10
/// rupees less than the one before, and room 7 has no price. Every third is verified.
fn numbered_room(at: usize) -> Document {
    let place = LatLng::new(19.1334 + 0.001_437 * at as f64, 72.9133).unwrap();
    let tag = |name| rooms::collection().tag(rooms::AMENITIES, name).unwrap();
    let kind = ["private_room", "entire_place", "shared_room"][at % 3];
    let room_type = category(rooms::collection(), rooms::ROOM_TYPE, kind);
    let amenities = match at % 2 {
        0 => tag("wifi").with(tag("desk")),
        _ => Tags::NONE,
    };
    let price = (at != 7).then_some(1000.0 - 10.0 * at as f64);
    let values = [
        ("title", format!("Room {at} with a desk").into()),
        ("description", "Café downstairs.".into()),
        ("address", "Hill Side Road".into()),
        ("locality", "Powai".into()),
        ("city", "Mumbai".into()),
        ("postal_code", "400076".into()),
        ("country_code", "IN".into()),
        ("currency", "INR".into()),
        ("room_type", room_type.into()),
        ("amenities", amenities.into()),
        ("price", price.into()),
        ("occupancy", (1.0 + (at % 4) as f64).into()),
        ("minimum_nights", 2.0.into()),
        ("floor", (at != 4).then_some((at % 3) as f64).into()),
        ("verified", at.is_multiple_of(3).into()),
        ("rating_average", 4.5.into()),
        ("review_count", 12.0.into()),
    ];
    Document {
        owner: Some(LANDLORD),
        ..Document::of(rooms::collection(), room_key(at), place, values).unwrap()
    }
}

fn category(collection: Collection, field: FieldId, name: &str) -> Category {
    collection.category(field, name).unwrap()
}

fn two_venues() -> [Document; 2] {
    let kind = |name| category(venues::collection(), venues::KIND, name);
    let iit_bombay = Document::of(
        venues::collection(),
        IIT_BOMBAY,
        LatLng::new(19.1334, 72.9133).unwrap(),
        [
            ("name", "Indian Institute of Technology Bombay".into()),
            (
                "aliases",
                vec!["IIT Bombay".to_owned(), "IITB".to_owned()].into(),
            ),
            ("address", "Main Gate Road, Powai".into()),
            ("city", "Mumbai".into()),
            ("state", "Maharashtra".into()),
            ("postal_code", "400076".into()),
            ("country_code", "IN".into()),
            ("seats", 1200.0.into()),
            ("kind", kind("institute").into()),
        ],
    );
    let vjti = Document::of(
        venues::collection(),
        VJTI,
        LatLng::new(19.0222, 72.8561).unwrap(),
        [
            ("name", "Veermata Jijabai Technological Institute".into()),
            ("aliases", vec!["VJTI".to_owned()].into()),
            ("city", "Mumbai".into()),
            ("state", "Maharashtra".into()),
            ("country_code", "IN".into()),
            ("kind", kind("college").into()),
        ],
    );
    [iit_bombay.unwrap(), vjti.unwrap()]
}
