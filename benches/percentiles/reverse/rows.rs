//! Converts generated requests to documents, as the indexer converts the rows of Postgres.

use roost_collections::requests;
use roost_datasets::rows::RequestRow;
use roost_engine::{Date, DateRange, Document, FieldId, LatLng, Tags};

pub(crate) fn document(request: RequestRow) -> Document {
    let collection = requests::collection();
    let place = LatLng::new(request.latitude, request.longitude).expect("a place");
    let tags = |field: FieldId, names: &[&str]| {
        let tags = names.iter().map(|name| collection.tag(field, name));
        tags.fold(Tags::NONE, |tags, tag| {
            tags.with(tag.expect("a known name"))
        })
    };
    let date = |day: i64| Date::of_days(i32::try_from(day).expect("a date of this century"));
    let stay = DateRange::new(date(request.check_in_day), date(request.check_out_day));
    let mut document = Document {
        owner: Some(request.student_id),
        ..Document::empty(collection, request.id, place)
    };
    document.set(requests::TITLE, request.title);
    document.set(requests::REACH_M, f64::from(request.reach_m));
    document.set(requests::STAY, stay.expect("a night or more"));
    document.set(
        requests::OCCUPANTS,
        u32::from(request.occupants.unsigned_abs()),
    );
    document.set(requests::BUDGET, request.budget);
    for (field, names) in [
        (requests::REQUIRED_AMENITIES, &request.required_amenities),
        (requests::PREFERRED_AMENITIES, &request.preferred_amenities),
        (requests::ROOM_TYPES_ACCEPTED, &request.room_types),
    ] {
        document.set(field, tags(field, names));
    }
    let status = collection.category(requests::STATUS, request.status);
    document.set(requests::STATUS, status);
    document
}
